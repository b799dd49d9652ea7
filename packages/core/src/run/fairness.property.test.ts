import fc from 'fast-check';
import { expect, test } from 'vitest';
import { admit, countTaken, type Claimant, type Limits } from './admit.ts';

/** A run that asks for a place some time after the one before, and keeps it for a while. */
interface Arrival {
  readonly target: string;
  readonly location: string;
  readonly afterMinutes: number;
  readonly takesMinutes: number;
}

const longest = 9;
const start = Date.parse('2026-03-02T00:00:00Z');

const arrivals = fc.array(
  fc.record({
    target: fc.constantFrom('busy', 'busy', 'busy', 'orders', 'users'),
    location: fc.constantFrom('bucket', 'bucket', 'claim'),
    afterMinutes: fc.integer({ min: 0, max: 3 }),
    takesMinutes: fc.integer({ min: 1, max: longest }),
  }),
  { minLength: 1, maxLength: 60 },
);
const someLimits = fc.record({
  global: fc.integer({ min: 1, max: 6 }),
  perTarget: fc.integer({ min: 1, max: 3 }),
  perLocation: fc.integer({ min: 1, max: 4 }),
});

test('whoever is overtaken by a younger run of its target still has a place there', () => {
  fc.assert(
    fc.property(arrivals, someLimits, (told, limits) => {
      for (const { given, waited, underWay } of live(told, limits)) {
        for (const younger of given) {
          const ofTarget = (run: Claimant) => run.target === younger.target;
          const overtaken = waited.filter((run) => ofTarget(run) && isYounger(younger, run));
          if (overtaken.length === 0) continue;
          expect(underWay.filter(ofTarget).length + overtaken.length).toBeLessThanOrEqual(limits.perTarget);
        }
      }
    }),
  );
});

test('nobody starves: a run starts as soon as those before it and those under way have had their time', () => {
  fc.assert(
    fc.property(arrivals, someLimits, (told, limits) => {
      const rounds = live(told, limits);
      const startedAt = new Map(
        rounds.flatMap(({ minute, given }) => given.map((run) => [run.backup, minute] as const)),
      );
      const asked = claimants(told);
      for (const { run, minute } of asked) {
        const before = asked.filter((other) => !isYounger(other.run, run)).length;
        expect(startedAt.get(run.backup)).toBeLessThanOrEqual(minute + (before + 3) * longest);
      }
    }),
  );
});

test('a place that is free for the next one of a target is never left empty, whatever backlog others have', () => {
  fc.assert(
    fc.property(arrivals, someLimits, (told, limits) => {
      for (const { underWay, waited } of live(told, limits)) {
        const places = countTaken(underWay);
        const isNext = (run: Claimant) => !waited.some((other) => other.target === run.target && isYounger(run, other));
        const fit = waited.filter(
          (run) => isNext(run) && admit([run], places, limits).get(run.backup)?.kind === 'admit',
        );
        expect(fit).toEqual([]);
      }
    }),
  );
});

interface Round {
  readonly minute: number;
  readonly given: readonly Claimant[];
  readonly waited: readonly Claimant[];
  readonly underWay: readonly Claimant[];
}

/** Minute by minute: runs arrive, are admitted or wait, and end. */
function live(told: readonly Arrival[], limits: Limits): Round[] {
  const asked = claimants(told);
  const takes = new Map(told.map(({ takesMinutes }, index) => [nameOf(index), takesMinutes]));
  let underWay: { readonly run: Claimant; readonly until: number }[] = [];
  let waiting: Claimant[] = [];
  const rounds: Round[] = [];
  const last = asked.at(-1)?.minute ?? 0;
  for (let minute = 0; minute <= last || waiting.length > 0; minute += 1) {
    if (minute > last + told.length * longest) throw new Error(`${waiting.length} runs never started`);
    underWay = underWay.filter(({ until }) => until > minute);
    waiting.push(...asked.filter((each) => each.minute === minute).map(({ run }) => run));
    const answers = admit(waiting, countTaken(underWay.map(({ run }) => run)), limits);
    const given = waiting.filter(({ backup }) => answers.get(backup)?.kind === 'admit');
    waiting = waiting.filter((run) => !given.includes(run));
    underWay.push(...given.map((run) => ({ run, until: minute + (takes.get(run.backup) ?? 1) })));
    rounds.push({ minute, given, waited: [...waiting], underWay: underWay.map(({ run }) => run) });
  }
  return rounds;
}

function claimants(told: readonly Arrival[]): { readonly run: Claimant; readonly minute: number }[] {
  let minute = 0;
  return told.map(({ target, location, afterMinutes }, index) => {
    minute += afterMinutes;
    const recordedAt = new Date(start + minute * 60_000).toISOString();
    return { minute, run: { backup: nameOf(index), kind: 'backup', target, location, recordedAt, parked: false } };
  });
}

function nameOf(index: number): string {
  return `b${String(index).padStart(3, '0')}`;
}

function isYounger(one: Claimant, other: Claimant): boolean {
  return one.recordedAt > other.recordedAt || (one.recordedAt === other.recordedAt && one.backup > other.backup);
}
