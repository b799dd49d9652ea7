import { describe, expect, test } from 'vitest';
import { anEntry } from '../chains/an-entry.ts';
import type { CatalogueEntry } from '../chains/catalogue-entry.ts';
import { chains } from '../chains/chains.ts';
import type { KeepRules, RetentionPolicy } from './plan.ts';
import { planRetention } from './plan-retention.ts';

const start = Date.UTC(2026, 0, 1);

/** A FULL for each time; what is kept beside the newest, which always is. */
function kept(times: readonly string[], keep: KeepRules, more: Partial<RetentionPolicy> = {}): string[] {
  const entries = times.map((time) => fullAt(time));
  const policy = { maxCount: 1, suspended: false, keep, ...more };
  const plan = planRetention(policy, chains(entries), { unreadable: 0 }, new Date('2027-12-31T00:00:00Z'));
  return plan.keep.map(({ chain, because }) => `${chain.id}: ${because.words.join(', ')}`);
}

function fullAt(time: string, run?: string): CatalogueEntry {
  return anEntry({ artifact: time, hour: (Date.parse(`${time}:00Z`) - start) / 3_600_000, ...(run && { run }) });
}

describe('the last run of a period stays', () => {
  const days = ['2026-11-18T02:00', '2026-11-18T14:00', '2026-11-19T02:00', '2026-11-20T02:00', '2026-11-20T14:00'];

  test('of each of the newest days', () => {
    expect(kept(days, { daily: 2 })).toEqual([
      '2026-11-20T14:00: newest 1, daily 2026-11-20, newest verified chain',
      '2026-11-19T02:00: daily 2026-11-19',
    ]);
    expect(kept(days, { daily: 3 }).at(-1)).toBe('2026-11-18T14:00: daily 2026-11-18');
  });

  test('a day without a run takes no place', () => {
    const gaps = ['2026-11-02T02:00', '2026-11-09T02:00', '2026-11-20T02:00'];
    expect(kept(gaps, { daily: 3 })).toHaveLength(3);
  });

  test('a day is a day on the wall of the zone', () => {
    const evening = ['2026-11-18T22:30', '2026-11-18T23:30', '2026-11-19T10:00'];
    expect(kept(evening, { daily: 2 })).toContain('2026-11-18T23:30: daily 2026-11-18');
    expect(kept(evening, { daily: 2 }, { timeZone: 'Europe/Stockholm' })).toEqual([
      '2026-11-19T10:00: newest 1, daily 2026-11-19, newest verified chain',
      '2026-11-18T22:30: daily 2026-11-18',
    ]);
  });

  test('the day on which clocks go back has 25 hours, and the hour that comes twice is one', () => {
    const night = ['2026-10-24T22:30', '2026-10-25T00:30', '2026-10-25T01:30', '2026-10-25T22:30', '2026-10-25T23:30'];
    const zone = { timeZone: 'Europe/Stockholm' };
    expect(kept(night, { daily: 2 }, zone).at(-1)).toBe('2026-10-25T22:30: daily 2026-10-25');
    expect(kept(night, { hourly: 9 }, zone)).toEqual([
      '2026-10-25T23:30: newest 1, hourly 2026-10-26T00:00, newest verified chain',
      '2026-10-25T22:30: hourly 2026-10-25T23:00',
      '2026-10-25T01:30: hourly 2026-10-25T02:00',
      '2026-10-24T22:30: hourly 2026-10-25T00:00',
    ]);
  });

  test('weeks begin on Monday and belong to the year of their Thursday', () => {
    const turn = ['2026-12-27T23:00', '2026-12-28T02:00', '2027-01-03T02:00', '2027-01-04T02:00'];
    expect(kept(turn, { weekly: 3 })).toEqual([
      '2027-01-04T02:00: newest 1, weekly 2027-W01, newest verified chain',
      '2027-01-03T02:00: weekly 2026-W53',
      '2026-12-27T23:00: weekly 2026-W52',
    ]);
  });

  test('of months and years', () => {
    const long = ['2026-01-31T02:00', '2026-02-01T02:00', '2026-12-31T02:00', '2027-01-01T02:00'];
    expect(kept(long, { monthly: 4, yearly: 2 })).toEqual([
      '2027-01-01T02:00: newest 1, monthly 2027-01, yearly 2027, newest verified chain',
      '2026-12-31T02:00: monthly 2026-12, yearly 2026',
      '2026-02-01T02:00: monthly 2026-02',
      '2026-01-31T02:00: monthly 2026-01',
    ]);
  });

  test('the newest ones, however many share a day', () => {
    expect(kept(days, { last: 3 })).toEqual([
      '2026-11-20T14:00: newest 1, last 3, newest verified chain',
      '2026-11-20T02:00: last 3',
      '2026-11-19T02:00: last 3',
    ]);
  });
});

test('what a rule keeps stays whatever its age', () => {
  const times = ['2026-01-31T02:00', '2026-02-01T02:00', '2026-02-28T02:00'];
  const byAge = { maxCount: undefined, maxAgeMs: 3_600_000 };
  expect(kept(times, { monthly: 12 }, byAge)).toEqual([
    '2026-02-28T02:00: monthly 2026-02, newest verified chain',
    '2026-01-31T02:00: monthly 2026-01',
  ]);
});

test('a whole chain stays for one of its runs, and says for which', () => {
  const diff = (time: string, parent: string, tx: number) => ({
    ...anEntry({
      artifact: time,
      chain: '2026-11-18T02:00',
      parent,
      hour: (Date.parse(`${time}:00Z`) - start) / 3_600_000,
      tx: [tx, tx],
    }),
  });
  const entries = [
    fullAt('2026-11-18T02:00'),
    diff('2026-11-18T14:00', '2026-11-18T02:00', 11),
    diff('2026-11-19T02:00', '2026-11-18T14:00', 12),
    fullAt('2026-11-20T02:00'),
  ];
  const policy = { maxCount: 1, suspended: false, keep: { daily: 3 } };
  const { keep } = planRetention(policy, chains(entries), { unreadable: 0 }, new Date('2026-12-01T00:00:00Z'));
  expect(keep[1]?.chain.entries).toHaveLength(3);
  expect(keep[1]?.because).toEqual({
    reason: 'Kept',
    sentence: `the policy wants run ${entries[2]?.manifest.run}, which needs this chain`,
    words: ['daily 2026-11-19', 'daily 2026-11-18'],
  });
});

test('a run that no restore can reach takes the place of none', () => {
  const orphan = anEntry({ artifact: 'o', chain: 'gone', parent: 'x', tx: [9, 9], hour: 7_709.5 });
  const good = fullAt('2026-11-18T02:00');
  const newest = fullAt('2026-11-30T02:00');
  const policy = { maxCount: 1, suspended: false, keep: { daily: 2 } };
  const plan = planRetention(policy, chains([orphan, good, newest]), { unreadable: 0 }, new Date('2026-12-01T00:00Z'));
  expect(plan.keep.map(({ chain }) => chain.id)).toEqual(['2026-11-30T02:00', '2026-11-18T02:00']);
});

test('runs from a time when the clock was wrong push nothing out, and nothing that came after them is expendable', () => {
  const wrong = ['2030-01-01T02:00', '2030-01-02T02:00', '2030-01-03T02:00'];
  const right = ['2026-11-18T02:00', '2026-11-19T02:00', '2026-11-20T02:00'];
  const entries = [...wrong, ...right].map((time) => fullAt(time));
  const now = new Date('2026-11-20T03:00:00Z');
  const byCount = planRetention({ maxCount: 2, suspended: false }, chains(entries), { unreadable: 0 }, now);
  expect(byCount.remove.map(({ chain }) => chain.id)).toEqual(['2026-11-18T02:00']);
  const byAge = planRetention({ maxAgeMs: 60_000, suspended: false }, chains(entries), { unreadable: 0 }, now);
  expect(byAge.keep.map(({ chain }) => chain.id)).toContain('2026-11-20T02:00');
});

test('a chain that began in the past and was extended in the future protects its database, and nothing older has to', () => {
  const ahead = { ...fullAt('2026-11-19T02:00'), modifiedAt: new Date('2026-11-19T02:00:00Z') };
  const diff = anEntry({
    artifact: 'd',
    chain: '2026-11-19T02:00',
    parent: '2026-11-19T02:00',
    tx: [11, 11],
    hour: 35_000,
  });
  const all = chains([fullAt('2026-11-18T02:00'), ahead, diff]);
  const plan = planRetention(
    { maxCount: 1, suspended: false },
    all,
    { unreadable: 0 },
    new Date('2026-11-20T03:00:00Z'),
  );
  expect(plan.remove.map(({ chain }) => chain.id)).toEqual(['2026-11-18T02:00']);
});

test('a hundred runs of one chain need no hundred words', () => {
  const entries = [
    anEntry({ artifact: 'f', hour: 0, tx: [1, 1] }),
    ...Array.from({ length: 99 }, (_, index) =>
      anEntry({
        artifact: `d${index + 1}`,
        chain: 'f',
        parent: index === 0 ? 'f' : `d${index}`,
        hour: index + 1,
        tx: [index + 2, index + 2],
      }),
    ),
    anEntry({ artifact: 'g', hour: 200 }),
  ];
  const policy = { maxCount: 1, suspended: false, keep: { hourly: 200 } };
  const plan = planRetention(policy, chains(entries), { unreadable: 0 }, new Date('2026-12-01T00:00:00Z'));
  expect(plan.keep[1]?.because.words).toHaveLength(7);
  expect(plan.keep[1]?.because.words.at(-1)).toBe('94 more');
});
