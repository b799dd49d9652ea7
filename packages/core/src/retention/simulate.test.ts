import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { anEntry } from '../chains/an-entry.ts';
import type { CatalogueEntry } from '../chains/catalogue-entry.ts';
import { nextSlot } from '../schedule.ts';
import { keepRules } from './plan.ts';
import { wantedByTheText } from './policy-in-words.ts';
import { simulate, type Simulated, type SimulatedDay } from './simulate.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const from = new Date('2026-01-01T00:00:00Z');
const nightly = { expression: '0 2 * * *', timeZone: 'UTC' };

function days(difference: Partial<Simulated> = {}): SimulatedDay[] {
  const usual: Simulated = {
    policy: { maxCount: 3 },
    schedule: nightly,
    asked: 'FULL',
    limits: { fullIntervalMs: 7 * dayMs },
    fullBytes: 1000,
    diffBytes: 10,
    from,
    days: 10,
  };
  return [...simulate({ ...usual, ...difference })];
}

test('a count of three nightly FULLs is reached on the third day and never exceeded', () => {
  const played = days();
  expect(played.map(({ artifacts }) => artifacts.length)).toEqual([1, 2, 3, 3, 3, 3, 3, 3, 3, 3]);
  expect(played.map(({ bytes }) => bytes).at(-1)).toBe(3000);
  expect(played.at(-1)?.artifacts.map(({ startedAt }) => startedAt.getUTCDate())).toEqual([10, 9, 8]);
  expect(played[3]?.removedPercent).toBe(25);
  expect(played.at(-1)?.artifacts[0]?.because).toEqual(['newest 3', 'newest verified chain']);
});

test('chains end at their limit, and go as a whole', () => {
  const chainsOfTwo = days({ asked: 'AUTO', limits: { fullIntervalMs: 7 * dayMs, maxChainLength: 2 } });
  expect(chainsOfTwo.map(({ artifacts }) => artifacts.length)).toEqual([1, 2, 3, 4, 3, 4, 3, 4, 3, 4]);
  expect(chainsOfTwo.map(({ bytes }) => bytes).slice(0, 6)).toEqual([1000, 1010, 2010, 2020, 2010, 2020]);
  const byInterval = days({ asked: 'AUTO', limits: { fullIntervalMs: 5 * dayMs }, policy: {} });
  expect(byInterval.at(-1)?.artifacts.filter(({ type }) => type === 'FULL')).toHaveLength(2);
});

test('the newest restore point is oldest right before the next one, over a weekend for example', () => {
  const played = days({ schedule: { expression: '0 2 * * 1-5', timeZone: 'UTC' }, days: 12 });
  expect(played.map(({ worstAgeMs = 0 }) => worstAgeMs / hourMs)).toEqual([
    22,
    24,
    22 + 24,
    22 + 48,
    72,
    24,
    24,
    24,
    24,
    46,
    70,
    72,
  ]);
  expect(days({ schedule: { expression: '0 2 3 * *', timeZone: 'UTC' }, days: 2 })[0]).not.toHaveProperty('worstAgeMs');
});

test('a restore point goes when it comes of age, and not only with the next run', () => {
  const weekly = { expression: '0 2 * * 0', timeZone: 'UTC' };
  const played = days({ schedule: weekly, policy: { maxAgeMs: 9 * dayMs }, days: 28 });
  const dates = played.map(({ artifacts }) => artifacts.map(({ startedAt }) => startedAt.getUTCDate()));
  expect(dates[10]).toEqual([11, 4]);
  expect(dates[11]).toEqual([11, 4]);
  expect(dates[12]).toEqual([11]); // on the 13th the one of the 4th is nine days old
  expect(dates[18]).toEqual([18, 11]);
});

test('each day has exactly what the text of the policy wants of all runs so far, in whole chains', () => {
  const anyPolicy = fc.record({
    maxAgeMs: fc.option(
      fc.integer({ min: 1, max: 20 }).map((age) => age * dayMs),
      { nil: undefined },
    ),
    maxCount: fc.integer({ min: 1, max: 12 }),
    keep: fc.record(Object.fromEntries(keepRules.map((rule) => [rule, fc.integer({ min: 0, max: 5 })])), {
      requiredKeys: [],
    }),
    timeZone: fc.constantFrom('UTC', 'Europe/Stockholm', 'America/St_Johns'),
  });
  const question = fc.record({
    policy: anyPolicy,
    expression: fc.constantFrom('0 2 * * *', '30 */6 * * *', '0 0,12 * * 1-5', '15 3 * * 0', '0 1 1,15 * *'),
    asked: fc.constantFrom('AUTO' as const, 'FULL' as const),
    fullIntervalMs: fc.integer({ min: 1, max: 10 }).map((interval) => interval * dayMs),
    maxChainLength: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
    startDay: fc.integer({ min: 0, max: 400 }),
  });
  fc.assert(
    fc.property(question, ({ policy, expression, asked, fullIntervalMs, maxChainLength, startDay }) => {
      const schedule = { expression, timeZone: policy.timeZone };
      const begin = new Date(from.getTime() + startDay * dayMs);
      const limits = { fullIntervalMs, maxChainLength };
      const runs: Date[] = [];
      const all: CatalogueEntry[] = [];
      for (const day of simulate({
        policy,
        schedule,
        asked,
        limits,
        fullBytes: 1000,
        diffBytes: 10,
        from: begin,
        days: 45,
      })) {
        let last = runs.at(-1) ?? new Date(begin.getTime() - 1);
        for (let slot = nextSlot(schedule, last); slot < day.until; slot = nextSlot(schedule, slot)) {
          runs.push(slot);
          all.push(anEntry({ artifact: slot.toISOString(), hour: (slot.getTime() - from.getTime()) / hourMs }));
        }
        const wanted = wantedByTheText(all, { ...policy, suspended: false }, { at: day.until });
        const starts = new Set(
          all.filter(({ manifest }) => wanted.has(manifest.run)).map(({ manifest }) => manifest.startTime),
        );
        const there = new Set(day.artifacts.map(({ startedAt }) => startedAt.toISOString()));
        expect([...starts].filter((start) => !there.has(start))).toEqual([]);
        expect(there.size > 0).toBe(runs.length > 0);
        const newest = day.artifacts[0]?.chain;
        for (const [chain, members] of Map.groupBy(day.artifacts, (artifact) => artifact.chain)) {
          expect(members.at(-1)?.type).toBe('FULL');
          expect(chain === newest || members.some(({ startedAt }) => starts.has(startedAt.toISOString()))).toBe(true);
        }
        expect(day.bytes).toBe(day.artifacts.reduce((sum, { bytes }) => sum + bytes, 0));
        last = runs.at(-1) ?? begin;
        if (runs.length > 0) expect(day.worstAgeMs).toBeGreaterThanOrEqual(day.until.getTime() - last.getTime());
      }
    }),
    { numRuns: 40 },
  );
}, 240_000);
