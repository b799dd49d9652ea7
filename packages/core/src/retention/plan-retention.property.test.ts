import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { atHour } from '../chains/an-entry.ts';
import type { CatalogueEntry } from '../chains/catalogue-entry.ts';
import { chains } from '../chains/chains.ts';
import { aHistory } from '../chains/generated-history.ts';
import type { RetentionFacts, RetentionPlan, RetentionPolicy } from './plan.ts';
import { planRetention } from './plan-retention.ts';

const hourMs = 3_600_000;
const anyPolicy = fc.record({
  maxAgeMs: fc.option(
    fc.integer({ min: 1, max: 400 }).map((hours) => hours * hourMs),
    { nil: undefined },
  ),
  maxCount: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
  suspended: fc.boolean(),
  expectedIntervalMs: fc.option(fc.constant(24 * hourMs), { nil: undefined }),
});
const anyFacts = fc.record({
  lastSuccessAt: fc.option(fc.integer({ min: 0, max: 600 }).map(atHour), { nil: undefined }),
  unreadable: fc.constantFrom(0, 0, 0, 0, 1),
  storeNow: fc.option(fc.integer({ min: 0, max: 900 }).map(atHour), { nil: undefined }),
});
const anyListing = aHistory().chain((history) => fc.subarray([...history], { minLength: Math.min(history.length, 1) }));
const anyHour = fc.integer({ min: 0, max: 900 });

test('what stays holds every link that its runs need, and what goes is whole chains', () => {
  check((entries, policy, facts, hour) => {
    const plan = planOf(entries, policy, facts, hour);
    const keeps = entriesOf(plan.keep);
    const goes = entriesOf(plan.remove);
    expect(keeps.length + goes.length).toBe(entries.length);
    const going = new Set(goes.map(({ manifest }) => manifest.artifact));
    for (const { manifest } of keeps) expect(going.has(manifest.parent ?? '')).toBe(false);
  });
});

test('a run within age and count keeps all its artifacts', () => {
  check((entries, policy, facts, hour) => {
    const plan = planOf(entries, policy, facts, hour);
    const wanted = wantedBySimpleWords(entries, policy, plan.at);
    for (const { manifest } of entriesOf(plan.remove)) expect(wanted).not.toContain(manifest.run);
  });
});

test('the newest verified chain of each database never goes', () => {
  check((entries, policy, facts, hour) => {
    const plan = planOf(entries, policy, facts, hour);
    const removed = new Set(plan.remove.map(({ chain }) => chain.id));
    const newest = Map.groupBy(
      chains(entries).filter(({ verified }) => verified),
      ({ database }) => database,
    );
    for (const [chain] of newest.values()) expect(removed).not.toContain(chain?.id);
  });
});

test('a plan that was carried out leaves nothing to do', () => {
  check((entries, policy, facts, hour) => {
    const plan = planOf(entries, policy, facts, hour);
    const again = planOf(entriesOf(plan.keep), policy, facts, hour);
    expect(again.remove).toEqual([]);
    expect(again.newest).toEqual(plan.newest);
  });
});

test('a plan that was carried out by half is finished by the next one', () => {
  fc.assert(
    fc.property(aHistory(), anyPolicy, anyHour, fc.nat(), (entries, policy, hour, cut) => {
      const plan = planOf(entries, policy, { unreadable: 0 }, hour);
      const stopped = plan.remove[cut % Math.max(1, plan.remove.length)];
      const gone = new Set(stopped?.chain.entries.slice(1 + (cut % stopped.chain.entries.length)));
      const next = planOf(
        entries.filter((entry) => !gone.has(entry)),
        policy,
        { unreadable: 0 },
        hour,
      );
      expect(idsOf(next.remove).sort()).toEqual(idsOf(plan.remove).sort());
    }),
  );
});

test('what went is never wanted again, as time passes and runs are added', () => {
  fc.assert(
    fc.property(aHistory(), fc.nat(), anyPolicy, anyHour, anyHour, (history, cut, policy, hour, later) => {
      const times = [...new Set(history.map(({ manifest }) => manifest.startTime))];
      const until = times[cut % Math.max(1, times.length)] ?? '';
      const before = history.filter(({ manifest }) => manifest.startTime <= until);
      const steady = { ...policy, expectedIntervalMs: undefined };
      const went = idsOf(planOf(before, steady, { unreadable: 0 }, hour).remove);
      const then = idsOf(planOf(history, steady, { unreadable: 0 }, hour + later).remove);
      for (const id of went) expect(then).toContain(id);
    }),
  );
});

test('the order of the listing never shows', () => {
  fc.assert(
    fc.property(anyListing, anyPolicy, anyFacts, anyHour, (entries, policy, facts, hour) => {
      const [one, other] = [entries, entries.toReversed()].map((list) => planOf(list, policy, facts, hour));
      expect(idsOf(one?.remove ?? [])).toEqual(idsOf(other?.remove ?? []));
      expect(one?.totals).toEqual(other?.totals);
    }),
  );
});

function check(
  property: (entries: readonly CatalogueEntry[], policy: RetentionPolicy, facts: RetentionFacts, hour: number) => void,
): void {
  fc.assert(fc.property(anyListing, anyPolicy, anyFacts, anyHour, property), { numRuns: 300 });
}

function planOf(
  entries: readonly CatalogueEntry[],
  policy: RetentionPolicy,
  facts: RetentionFacts,
  hour: number,
): RetentionPlan {
  return planRetention(policy, chains(entries), facts, atHour(hour));
}

/** The policy's paragraph once more, written for reading and not for speed. */
function wantedBySimpleWords(entries: readonly CatalogueEntry[], policy: RetentionPolicy, at: Date): Set<string> {
  const runs = [...Map.groupBy(entries, ({ manifest }) => manifest.run)].map(([id, made]) => ({
    id,
    start: Math.max(...made.map(({ manifest }) => Date.parse(manifest.startTime))),
    touched: Math.max(...made.map(({ modifiedAt }) => modifiedAt.getTime())),
  }));
  const newestFirst = runs.toSorted((a, b) => b.start - a.start);
  const young = ({ start, touched }: { start: number; touched: number }) =>
    policy.maxAgeMs === undefined || at.getTime() - Math.max(start, touched) < policy.maxAgeMs;
  return new Set(
    newestFirst
      .slice(0, policy.maxCount)
      .filter(young)
      .map(({ id }) => id),
  );
}

function entriesOf(fates: RetentionPlan['keep']): CatalogueEntry[] {
  return fates.flatMap(({ chain }) => chain.entries);
}

function idsOf(fates: RetentionPlan['keep']): string[] {
  return fates.map(({ chain }) => `${chain.databaseId}/${chain.id}`);
}
