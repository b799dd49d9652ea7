import { describe, expect, test } from 'vitest';
import { anEntry, atHour } from '../chains/an-entry.ts';
import type { CatalogueEntry } from '../chains/catalogue-entry.ts';
import { chains } from '../chains/chains.ts';
import type { RetentionFacts, RetentionPlan, RetentionPolicy } from './plan.ts';
import { planRetention } from './plan-retention.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** A FULL on days 0, 3, 6 and 9 with a DIFF on each of the two days that follow. */
const fourChains = Array.from({ length: 12 }, (_, day) => onDay(day));

describe('a restore point is a run', () => {
  test('a chain goes when none of its runs is wanted, and stays whole as long as one is', () => {
    expect(removed(plan(fourChains, { maxCount: 4 }))).toEqual(['orders-0', 'orders-3']);
    expect(removed(plan(fourChains, { maxCount: 3 }))).toEqual(['orders-0', 'orders-3', 'orders-6']);
  });

  test('count speaks of runs and not of the artifacts of many databases', () => {
    const stock = Array.from({ length: 12 }, (_, day) => onDay(day, 'stock'));
    const made = plan([...fourChains, ...stock], { maxCount: 4 });
    expect(removed(made)).toEqual(['orders-0', 'stock-0', 'orders-3', 'stock-3'].sort(byDay));
    expect(made.totals.keep).toMatchObject({ chains: 4, artifacts: 12, runs: 6 });
  });

  test('a run that made nothing but an empty DIFF keeps the chain it tells of', () => {
    const full = anEntry({ artifact: 'a', hour: 0 });
    const empty = anEntry({ artifact: 'b', chain: 'a', parent: 'a', tx: [0, 0], hour: 10 });
    const newer = anEntry({ artifact: 'c', hour: 11 });
    expect(removed(plan([full, empty, newer], { maxCount: 2 }))).toEqual([]);
    expect(removed(plan([full, empty, newer], { maxCount: 1 }))).toEqual(['a']);
  });

  test('age removes what both the manifest and the store call old', () => {
    expect(removed(plan(fourChains, { maxAgeMs: 5 * dayMs }, {}, 11 * 24))).toEqual(['orders-0', 'orders-3']);
    const touched = fourChains.map((entry) => ({ ...entry, modifiedAt: atHour(11 * 24) }));
    expect(removed(plan(touched, { maxAgeMs: 5 * dayMs }, {}, 11 * 24))).toEqual([]);
  });

  test('the earlier of two clocks counts', () => {
    const facts = { storeNow: atHour(9 * 24) };
    const made = plan(fourChains, { maxAgeMs: 5 * dayMs }, facts, 400 * 24);
    expect(made.at).toEqual(atHour(9 * 24));
    expect(removed(made)).toEqual(['orders-0']);
  });

  test('a run that no restore can reach pushes none out that can be restored', () => {
    const orphans = [20, 21, 22].map((hour) =>
      anEntry({ artifact: `o${hour}`, chain: 'gone', parent: `o${hour - 1}`, tx: [hour, hour], hour }),
    );
    const good = [0, 1].map((hour) => anEntry({ artifact: `f${hour}`, hour }));
    expect(removed(plan([...good, ...orphans], { maxCount: 2 }))).toEqual([]);
  });

  test('tells when the next restore point expires', () => {
    const made = plan(fourChains, { maxAgeMs: 5 * dayMs }, {}, 11 * 24);
    expect(made.nextExpiry).toEqual(atHour((7 + 5) * 24));
    expect(plan(fourChains, { maxCount: 2 }).nextExpiry).toBeUndefined();
  });

  test('the restore point expires at the very moment that was told', () => {
    const { nextExpiry } = plan(fourChains, { maxAgeMs: 5 * dayMs }, {}, 11 * 24);
    const then = plan(fourChains, { maxAgeMs: 5 * dayMs }, {}, 12 * 24);
    expect(then.nextExpiry?.getTime()).toBeGreaterThan(nextExpiry?.getTime() ?? Infinity);
  });

  test('names the newest restore point of the data rather than of system', () => {
    const system = anEntry({ artifact: 'system-11', database: 'system', hour: 11 * 24, tx: [1, 4] });
    const made = plan([...fourChains, system], { maxCount: 2 });
    expect(made.newest).toEqual({
      run: 'run-264',
      startedAt: atHour(264),
      database: 'orders',
      chain: 'orders-9',
      highestTx: 12,
    });
  });
});

describe('what never goes', () => {
  test('the newest verified chain of each database, however old', () => {
    const forgotten = anEntry({ artifact: 'stock-0', database: 'stock', hour: 0 });
    const made = plan([...fourChains, forgotten], { maxAgeMs: hourMs }, {}, 900 * 24);
    expect(kept(made)).toEqual(['orders-9', 'stock-0']);
    expect(made.keep.map(({ because }) => because.reason)).toEqual(['NewestVerifiedChain', 'NewestVerifiedChain']);
  });

  test('the newest verified chain also when a newer one is broken', () => {
    const broken = anEntry({ artifact: 'x', chain: 'gone', parent: 'y', tx: [90, 91], hour: 300 });
    expect(kept(plan([...fourChains, broken], { maxAgeMs: hourMs }, {}, 900 * 24))).toEqual(['orders-9']);
  });

  test('the newest chain with a FULL when none is verified', () => {
    const torn = [onDay(0), onDay(2)]; // the link between them is missing
    const newer = anEntry({ artifact: 'x', chain: 'gone', parent: 'y', tx: [90, 91], hour: 300 });
    expect(kept(plan([...torn, newer], { maxAgeMs: hourMs }, {}, 900 * 24))).toEqual(['orders-0']);
  });

  test('a chain under suspicion does not stand in for a verified one', () => {
    const made = plan(fourChains, { maxAgeMs: hourMs }, { suspect: new Set(['orders-9']) }, 900 * 24);
    expect(kept(made)).toEqual(['orders-6']);
  });

  test('a chain without its FULL goes as a whole once no run in it is wanted', () => {
    const torn = fourChains.filter(({ manifest }) => manifest.artifact !== 'orders-0.backup');
    const made = plan(torn, { maxCount: 4 });
    expect(removed(made)).toEqual(['orders-0', 'orders-3']);
    expect(made.remove[0]?.chain.entries).toHaveLength(2);
  });

  test('anything, when only chains without a FULL are left', () => {
    const torn = fourChains.filter(({ manifest }) => manifest.type === 'DIFF');
    expect(removed(plan(torn, { maxAgeMs: hourMs }, {}, 900 * 24))).toEqual([]);
  });

  test('a chain whose object another chain needs', () => {
    const sharing = anEntry({ artifact: 'z', hour: 1, objectKey: 'artifacts/orders-9.backup' });
    const made = plan([...fourChains, sharing], { maxCount: 3 });
    expect(kept(made)).toEqual(['orders-9', 'z']);
    expect(made.keep[1]?.because.sentence).toBe('chain orders-9, which stays, names an object of it');
  });

  test.each([{}, { maxCount: 0 }, { maxAgeMs: 0 }, { maxCount: Number.NaN }, { maxAgeMs: -1 }])(
    'anything under a policy that keeps nothing: %o',
    (limits) => {
      const made = plan(fourChains, limits, {}, 900 * 24);
      expect(removed(made)).toEqual([]);
      expect(made.keep).toHaveLength(4);
    },
  );
});

describe('what is held', () => {
  const stale = { maxAgeMs: 5 * dayMs, expectedIntervalMs: dayMs };
  test('age removes nothing while the last success is older than twice the expected interval', () => {
    const made = plan(fourChains, stale, { lastSuccessAt: atHour(11 * 24 - 49) }, 11 * 24);
    expect(removed(made)).toEqual([]);
    expect(made.held).toEqual([
      {
        reason: 'NoFreshBackup',
        message:
          'the last success was at 2026-01-09T23:00:00.000Z, one is expected every 1d, so age removes nothing until the next one',
        count: 2,
      },
    ]);
    expect(made.keep.map(({ because }) => because.reason)).toEqual(['Kept', 'Kept', 'NoFreshBackup', 'NoFreshBackup']);
    expect(made.nextExpiry).toBeUndefined();
  });

  test('age goes on when the last success is exactly twice the interval old', () => {
    const made = plan(fourChains, stale, { lastSuccessAt: atHour(11 * 24 - 48) }, 11 * 24);
    expect(removed(made)).toEqual(['orders-0', 'orders-3']);
    expect(made.held).toEqual([]);
  });

  test('age removes nothing while no success is known at all', () => {
    const made = plan(fourChains, stale, {}, 11 * 24);
    expect(removed(made)).toEqual([]);
    expect(made.held[0]?.reason).toBe('NoFreshBackup');
  });

  test('count goes on without a fresh backup', () => {
    const made = plan(fourChains, { ...stale, maxCount: 7 }, { lastSuccessAt: atHour(0) }, 11 * 24);
    expect(removed(made)).toEqual(['orders-0']);
    expect(made.held[0]).toMatchObject({ reason: 'NoFreshBackup', count: 1 });
  });

  test('count goes on while the backup is suspended, and age does not', () => {
    const policy = { maxAgeMs: 5 * dayMs, maxCount: 7, suspended: true };
    const made = plan(fourChains, policy, {}, 11 * 24);
    expect(removed(made)).toEqual(['orders-0']);
    expect(made.held).toEqual([
      { reason: 'Suspended', message: 'the backup is suspended, so age removes nothing', count: 1 },
    ]);
  });

  test('one unreadable manifest freezes everything', () => {
    const made = plan(fourChains, { maxCount: 1 }, { unreadable: 1 });
    expect(removed(made)).toEqual([]);
    expect(made.held).toMatchObject([{ reason: 'UnreadableManifest', count: 1 }]);
    expect(made.keep.every(({ because }) => because.reason === 'UnreadableManifest')).toBe(true);
  });

  test('an empty listing although artifacts are known removes nothing', () => {
    const made = plan([], { maxCount: 1 }, { listedNothingButKnown: true });
    expect(made).toMatchObject({ keep: [], remove: [], held: [{ reason: 'EmptyListing' }] });
  });
});

test('every chain that goes says which limit it fell to', () => {
  const byCount = plan(fourChains, { maxCount: 3 });
  expect(byCount.remove[0]?.because).toEqual({
    reason: 'Expired',
    sentence: 'no run in it is wanted; its newest, run-48, is beyond the newest 3 restore points',
    words: ['beyond the newest 3'],
  });
  const byAge = plan(fourChains, { maxAgeMs: 5 * dayMs }, {}, 11 * 24);
  expect(byAge.remove[0]?.because.sentence).toBe('no run in it is wanted; its newest, run-48, is older than 5d');
});

function plan(
  entries: readonly CatalogueEntry[],
  policy: Partial<RetentionPolicy>,
  facts: Partial<RetentionFacts> = {},
  nowHour = 12 * 24,
): RetentionPlan {
  return planRetention({ suspended: false, ...policy }, chains(entries), { unreadable: 0, ...facts }, atHour(nowHour));
}

function onDay(day: number, database = 'orders'): CatalogueEntry {
  const chain = `${database}-${day - (day % 3)}`;
  const about = { artifact: `${database}-${day}`, database, hour: day * 24 };
  if (day % 3 === 0) return anEntry({ ...about, tx: [1, day + 1] });
  return anEntry({ ...about, chain, parent: `${database}-${day - 1}`, tx: [day + 1, day + 1] });
}

function removed({ remove }: RetentionPlan): string[] {
  return remove.map(({ chain }) => chain.id).sort(byDay);
}

function kept({ keep }: RetentionPlan): string[] {
  return keep.map(({ chain }) => chain.id);
}

function byDay(a: string, b: string): number {
  return Number(/\d+$/.exec(a)?.[0]) - Number(/\d+$/.exec(b)?.[0]) || (a < b ? -1 : 1);
}
