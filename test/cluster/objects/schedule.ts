import type { Family, Refused, Taken } from './row.ts';

const zoned = (timeZone: string) => ({ schedule: '0 2 * * *', timeZone });

export const scheduleFamily: Family = {
  taken: [
    ...[
      '0 2 * * *',
      '*/15 * * * *',
      '0 0,12 1-7 * MON-FRI',
      '30 4 L * *',
      '0 3 * * 5L',
      '0 3 * * 1#2',
      '5 4 * jan,JUL sun',
      'H 2 * * *',
      'H(0-29)/10 * * * *',
      ' 0  2 * * * ',
      '@daily',
      '@Weekly',
      '@midnight',
      '@weekdays',
    ].map((schedule): Taken => ({ what: `the schedule ${JSON.stringify(schedule)}`, spec: { schedule } })),
    { what: 'a zone', spec: zoned('Europe/Stockholm') },
    { what: 'a zone with a sign in its name', spec: zoned('Etc/GMT+3') },
    { what: 'a zone of three parts', spec: zoned('America/Argentina/Buenos_Aires') },
    { what: 'a deadline for starting', spec: { schedule: '@hourly', startingDeadlineSeconds: 600 } },
    { what: 'a policy for runs that meet', spec: { schedule: '@hourly', concurrencyPolicy: 'Forbid' } },
    { what: 'a schedule that waits', spec: { schedule: '@hourly', suspend: true } },
  ],
  refused: [
    {
      what: 'a cron block',
      spec: { schedule: { cron: '@daily' } },
      server: 'unknown field "spec.schedule.cron"',
    },
    {
      what: 'a number for a schedule',
      spec: { schedule: 5 },
      server: 'spec.schedule in body must be of type string: "integer"',
    },
    {
      what: 'an empty schedule',
      spec: { schedule: '' },
      server: 'spec.schedule in body should be at least 1 chars long',
    },
    {
      what: 'a schedule of 257 characters',
      spec: { schedule: '1,'.repeat(200) },
      server: 'spec.schedule: Too long: may not be more than 256 bytes',
    },
    { what: 'a schedule by another name', spec: { schedul: '@daily' }, server: 'unknown field "spec.schedul"' },
    {
      what: 'a text for suspend',
      spec: { suspend: 'true' },
      server: 'spec.suspend in body must be of type boolean: "string"',
    },
    {
      what: 'a policy nobody has',
      spec: { concurrencyPolicy: 'Allow' },
      server: 'spec.concurrencyPolicy: Unsupported value: "Allow": supported values: "Forbid", "Replace"',
    },
    {
      what: 'no time to start',
      spec: { schedule: '@daily', startingDeadlineSeconds: 0 },
      server: 'spec.startingDeadlineSeconds in body should be greater than or equal to 1',
    },
    {
      what: 'a fraction of a second',
      spec: { schedule: '@daily', startingDeadlineSeconds: 1.5 },
      server: 'spec.startingDeadlineSeconds in body must be of type int64: "float64"',
    },
    {
      what: 'four fields',
      spec: { schedule: '0 2 * *' },
      rule: 'write five fields (minute hour day month weekday), such as "0 2 * * *"',
    },
    {
      what: 'words',
      spec: { schedule: 'nightly' },
      rule: 'write five fields (minute hour day month weekday), such as "0 2 * * *"',
    },
    {
      what: 'a blank',
      spec: { schedule: '   ' },
      rule: 'write five fields (minute hour day month weekday), such as "0 2 * * *"',
    },
    {
      what: 'six fields',
      spec: { schedule: '0 0 2 * * *' },
      rule: 'has six fields; leave out the seconds: minute hour day month weekday',
    },
    {
      what: 'a zone inside',
      spec: { schedule: 'TZ=UTC 0 2 * * *' },
      rule: 'leave out TZ= and write the zone in spec.timeZone',
    },
    {
      what: 'a zone inside, in the other words',
      spec: { schedule: 'CRON_TZ=UTC 0 2 * * *' },
      rule: 'leave out TZ= and write the zone in spec.timeZone',
    },
    {
      what: 'an alias nobody has',
      spec: { schedule: '@nightly' },
      rule: 'write five fields, or one of @yearly, @annually, @monthly',
    },
    {
      what: 'an interval',
      spec: { schedule: '@every 1h' },
      rule: 'write five fields, or one of @yearly, @annually, @monthly',
    },
    ...['61 * * * *', '0 24 * * *', '0 2 32 * *', '0 2 * 13 *', '0 2 * * 8', '0,75 * * * *', '0 9-25 * * *'].map(
      (schedule): Refused => ({
        what: `the schedule ${JSON.stringify(schedule)}`,
        spec: { schedule },
        rule: 'write five fields such as "0 2 * * *"',
      }),
    ),
    {
      what: 'a zone without a schedule',
      spec: { timeZone: 'Europe/Stockholm' },
      rule: 'spec.timeZone has no meaning without spec.schedule or spec.retention.keep; remove it or add a schedule',
    },
    {
      what: 'a deadline without a schedule',
      spec: { startingDeadlineSeconds: 60 },
      rule: 'spec.startingDeadlineSeconds has no meaning without spec.schedule; remove it or add a schedule',
    },
    { what: 'an offset for a zone', spec: zoned('+02:00'), rule: 'write an IANA name such as Europe/Stockholm' },
    {
      what: 'a zone that does not exist',
      spec: zoned('Mars/Olympus'),
      later:
        'spec.timeZone is "Mars/Olympus", which is no known time zone; write an IANA name such as Europe/Stockholm',
    },
    ...(['0 2 0 * *', '0 2 * * MONDAYS', '0 2 * * 1-', 'a b c d e'] as const).map((schedule): Refused => ({
      what: `the schedule ${JSON.stringify(schedule)}`,
      spec: { schedule },
      later: `spec.schedule is ${JSON.stringify(schedule)}, which is no cron expression`,
    })),
    {
      what: 'a hashed value inside a range',
      spec: { schedule: '5-H * * * *' },
      later: 'spec.schedule contains "5-H"; write H, H(0-29), H/15 or H(0-29)/10',
    },
    {
      what: 'a day that never comes',
      spec: { schedule: '0 0 30 2 *' },
      later: 'spec.schedule is "0 0 30 2 *", which never fires; no such day exists',
    },
    {
      what: 'a run that makes way',
      spec: { schedule: '@hourly', concurrencyPolicy: 'Replace' },
      later: 'spec.concurrencyPolicy is Replace, which this version does not do yet; write Forbid or leave it out',
      reason: 'NotSupportedYet',
    },
  ],
};
