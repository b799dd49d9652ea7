import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { longHistory } from './chains/a-long-history.ts';
import { chains, chainsInSteps } from './chains/chains.ts';
import { planRetention, planRetentionInSteps } from './retention/plan-retention.ts';
import { sortedInSteps, sortNumbersInSteps, whole, type Steps } from './steps.ts';
import { WideMap } from './wide-map.ts';

test('sorting in steps is sorting, and what is equal keeps its order', () => {
  const anItem = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.nat());
  fc.assert(
    fc.property(fc.array(anItem, { maxLength: 100 }), fc.integer({ min: 1, max: 90 }), (few, times) => {
      const many = Array.from({ length: times }, () => few).flat();
      const compare = (a: readonly number[], b: readonly number[]) => (a[0] ?? 0) - (b[0] ?? 0);
      expect(whole(sortedInSteps(many, compare))).toEqual(many.toSorted(compare));
    }),
  );
});

test.each([0, 1, 16_384, 16_385, 100_003])('%d numbers sorted in steps are sorted', (count) => {
  const numbers = Float64Array.from({ length: count }, (_, index) => (index * 7_919) % 10_007);
  const wanted = numbers.toSorted();
  whole(sortNumbersInSteps(numbers));
  expect(numbers).toEqual(wanted);
});

test('a wide map holds what it was given, few or many', () => {
  const map = new WideMap<number>();
  const keys = Array.from({ length: 20_000 }, (_, index) => `artifacts/orders-${index}.backup`);
  keys.forEach((key, index) => map.set(key, index));
  map.delete(keys[7] ?? '');
  expect(keys.map((key) => map.get(key))).toEqual(keys.map((_, index) => (index === 7 ? undefined : index)));
  expect([map.has(keys[7] ?? ''), map.has(keys[8] ?? ''), map.has('')]).toEqual([false, true, false]);
});

test.each([24, 1])('a plan of many artifacts, with %d in a chain, is made in many small steps', (runsOfChain) => {
  const entries = [...longHistory({ runs: 10_000, runsOfChain })].toReversed();
  const now = new Date(Date.parse('2026-01-01T02:00:00Z') + 10_000 * 3_600_000);
  const policy = {
    maxAgeMs: 4_000 * 3_600_000,
    keep: { daily: 30, yearly: 3 },
    timeZone: 'Europe/Stockholm',
    suspended: false,
  };
  const found = counted(chainsInSteps(entries));
  const plan = counted(planRetentionInSteps(policy, found.value, { unreadable: 0 }, now));
  expect(found.value).toEqual(chains(entries));
  expect(plan.value).toEqual(planRetention(policy, chains(entries), { unreadable: 0 }, now));
  expect(plan.value.totals.remove.artifacts).toBeGreaterThan(10_000);
  // Each of them looks at every artifact more than once, a few hundred at a time.
  expect(found.steps).toBeGreaterThan(entries.length / 256);
  expect(plan.steps).toBeGreaterThan(entries.length / 256);
});

function counted<T>(steps: Steps<T>): { readonly value: T; readonly steps: number } {
  for (let count = 1; ; count += 1) {
    const next = steps.next();
    if (next.done) return { value: next.value, steps: count };
  }
}
