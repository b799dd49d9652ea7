import type { Family, Refused, Taken } from './row.ts';

const retention = (fields: object) => ({ retention: fields });

export const retentionFamily: Family = {
  taken: [
    ...['30d', '720h', '90m', '1h30m', '2w', '3600s', '1w2d3h4m5s', '3155760000s', '36525d'].map((maxAge): Taken => ({
      what: `the age ${maxAge}`,
      spec: retention({ maxAge }),
    })),
    { what: 'an empty policy', spec: retention({}) },
    { what: 'a count', spec: retention({ maxCount: 1 }) },
    { what: 'an archive', spec: retention({ maxAge: '1d', deletePolicy: 'Archive' }) },
    { what: 'age and count', spec: retention({ maxAge: '7d', maxCount: 7, deletePolicy: 'Delete' }) },
    ...['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'].map((rule): Taken => ({
      what: `what stays by the rule ${rule}`,
      spec: retention({ maxCount: 1, keep: { [rule]: 7 } }),
    })),
    { what: 'a rule that keeps nothing', spec: retention({ keep: { daily: 0 } }) },
    {
      what: 'days by a clock of their own, without a schedule',
      spec: { timeZone: 'Europe/Stockholm', ...retention({ maxAge: '7d', keep: { daily: 7 } }) },
    },
    { what: 'a share that waits for a person', spec: retention({ maxAge: '30d', maxDeletePercent: 20 }) },
    { what: 'data that stays', spec: retention({ onDelete: 'Retain' }) },
    { what: 'data that goes with the object', spec: retention({ onDelete: 'Delete' }) },
    { what: 'the largest count there is', spec: retention({ maxCount: 2_147_483_647 }) },
    { what: 'a history', spec: { historyLimit: 50 } },
    { what: 'a history of one', spec: { historyLimit: 1 } },
  ],
  refused: [
    {
      what: 'a text for a count',
      spec: retention({ maxCount: '3' }),
      server: 'spec.retention.maxCount in body must be of type integer: "string"',
    },
    {
      what: 'a switch for a count',
      spec: retention({ maxCount: true }),
      server: 'spec.retention.maxCount in body must be of type int32: ""',
    },
    {
      what: 'a count of nothing',
      spec: retention({ maxCount: 0 }),
      server: 'spec.retention.maxCount in body should be greater than or equal to 1',
    },
    {
      what: 'a number for an age',
      spec: retention({ maxAge: 30 }),
      server: 'spec.retention.maxAge in body must be of type string: "integer"',
    },
    {
      what: 'an age of one character',
      spec: retention({ maxAge: 'd' }),
      server: 'spec.retention.maxAge in body should be at least 2 chars long',
    },
    {
      what: 'a policy nobody has',
      spec: retention({ deletePolicy: 'Keep' }),
      server: 'spec.retention.deletePolicy: Unsupported value: "Keep": supported values: "Delete", "Archive"',
    },
    {
      what: 'a field of another product',
      spec: retention({ days: 30 }),
      server: 'unknown field "spec.retention.days"',
    },
    {
      what: 'a share of 101 per cent',
      spec: retention({ maxDeletePercent: 101 }),
      server: 'spec.retention.maxDeletePercent in body should be less than or equal to 100',
    },
    {
      what: 'a history of 51',
      spec: { historyLimit: 51 },
      server: 'spec.historyLimit in body should be less than or equal to 50',
    },
    {
      what: 'no history',
      spec: { historyLimit: 0 },
      server: 'spec.historyLimit in body should be greater than or equal to 1',
    },
    ...(['30', '-1d', '1.5d', '30 d', '1y', 'P30D', '1d1'] as const).map((maxAge): Refused => ({
      what: `the age ${JSON.stringify(maxAge)}`,
      spec: retention({ maxAge }),
      rule: 'write whole numbers with w, d, h, m or s, such as 30d, 720h or 1h30m',
    })),
    { what: 'an age of nothing', spec: retention({ maxAge: '0d' }), rule: 'write a duration above zero, such as 30d' },
    {
      what: 'an age of nothing, said twice',
      spec: retention({ maxAge: '0h00m' }),
      rule: 'write a duration above zero, such as 30d',
    },
    {
      what: 'an age of a thousand years',
      spec: retention({ maxAge: '365250d' }),
      rule: 'write at most 36525d, a hundred years',
    },
    {
      what: 'an age of a hundred years and a second',
      spec: retention({ maxAge: '36525d1s' }),
      rule: 'write at most 36525d, a hundred years',
    },
    {
      what: 'what stays, and nothing that goes',
      spec: retention({ keep: { daily: 7 } }),
      rule: 'nothing says what goes; add spec.retention.maxAge or maxCount',
    },
    {
      what: 'more days than anybody counts',
      spec: retention({ maxAge: '1d', keep: { daily: 10001 } }),
      server: 'spec.retention.keep.daily in body should be less than or equal to 10000',
    },
  ],
};
