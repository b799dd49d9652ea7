import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { atHour } from '../chains/an-entry.ts';
import type { CatalogueEntry } from '../chains/catalogue-entry.ts';
import { chains } from '../chains/chains.ts';
import { aHistory } from '../chains/generated-history.ts';
import { keepRules, type RetentionFacts, type RetentionPlan, type RetentionPolicy } from './plan.ts';
import { planRetention } from './plan-retention.ts';
import { keptByTheText, wantedByTheText } from './policy-in-words.ts';

const hourMs = 3_600_000;
const anyPolicy = fc.record({
  maxAgeMs: fc.option(
    fc.integer({ min: 1, max: 400 }).map((hours) => hours * hourMs),
    { nil: undefined },
  ),
  maxCount: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
  keep: fc.option(
    fc.record(Object.fromEntries(keepRules.map((rule) => [rule, fc.integer({ min: 0, max: 4 })])), {
      requiredKeys: [],
    }),
    { nil: undefined },
  ),
  timeZone: fc.constantFrom('UTC', 'Europe/Stockholm', 'America/St_Johns', 'Pacific/Apia'),
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

test('exactly the chains stay that the text of the policy speaks of', () => {
  const begin = fc.integer({ min: 0, max: 9000 });
  const anyGap = fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 24, max: 24 * 60 }));
  const story = aHistory({ begin, apart: anyGap }).chain((history) =>
    fc.tuple(fc.constant(history), fc.subarray([...history])),
  );
  fc.assert(
    fc.property(story, anyPolicy, fc.integer({ min: 0, max: 2000 }), ([history, entries], policy, later) => {
      const end = history.reduce((latest, { manifest }) => Math.max(latest, Date.parse(manifest.startTime)), 0);
      const at = new Date(end + later * hourMs);
      const given = { ...policy, suspended: false, expectedIntervalMs: undefined };
      const plan = planRetention(given, chains(entries), { unreadable: 0 }, at);
      expect(idsOf(plan.keep).toSorted()).toEqual(keptByTheText(entries, given, at).toSorted());
      expect(plan.keep.filter(({ because }) => because.words.length === 0)).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test('a run that the policy wants keeps all its artifacts', () => {
  check((entries, policy, facts, hour) => {
    const plan = planOf(entries, policy, facts, hour);
    const wanted = wantedByTheText(entries, policy, { at: plan.at, latest: latestOf(facts, hour) });
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
    { numRuns: 3_000 },
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

function latestOf({ storeNow }: RetentionFacts, hour: number): Date {
  return storeNow && storeNow > atHour(hour) ? storeNow : atHour(hour);
}

function entriesOf(fates: RetentionPlan['keep']): CatalogueEntry[] {
  return fates.flatMap(({ chain }) => chain.entries);
}

function idsOf(fates: RetentionPlan['keep']): string[] {
  return fates.map(({ chain }) => `${chain.databaseId}/${chain.id}`);
}
