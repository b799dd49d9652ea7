import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { World } from './a-world.ts';
import { phaseDeadline } from './deadlines.ts';
import type { Intent } from './decide.ts';

/*
 * One backup in a world where everything may happen between two looks: time passes, Jobs run, end and vanish, tokens are set, the
 * spec is edited and suspended, writes are lost. Whatever the order, each cause makes one run, each run ends, and the watcher
 * comes to rest.
 */

type Happening =
  | { readonly kind: 'pass'; readonly minutes: number }
  | { readonly kind: 'clockBack'; readonly minutes: number }
  | { readonly kind: 'token' | 'allGoesWell' }
  | { readonly kind: 'suspend'; readonly suspend: boolean }
  | { readonly kind: 'edit'; readonly spec: number }
  | { readonly kind: 'look'; readonly written: boolean; readonly place: boolean }
  | { readonly kind: 'work'; readonly written: boolean }
  | { readonly kind: 'podRuns' | 'podIsReplaced' | 'jobVanishes' }
  | { readonly kind: 'jobEnds'; readonly well: boolean }
  | { readonly kind: 'retain'; readonly written: boolean; readonly expiresInMinutes: number };

const mostly = fc.integer({ min: 0, max: 9 }).map((dice) => dice > 0);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('look' as const), written: mostly, place: mostly }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('work' as const), written: mostly }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), minutes: fc.integer({ min: 1, max: 2000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('clockBack' as const), minutes: fc.integer({ min: 1, max: 90 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'token' as const }) },
  { weight: 6, arbitrary: fc.constant({ kind: 'allGoesWell' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('suspend' as const), suspend: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('edit' as const), spec: fc.nat({ max: 4 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('podRuns' as const, 'podIsReplaced' as const, 'jobVanishes' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('jobEnds' as const), well: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('retain' as const),
      written: mostly,
      expiresInMinutes: fc.integer({ min: -100, max: 5000 }),
    }),
  },
);

function happens(world: World, event: Happening): void {
  switch (event.kind) {
    case 'pass':
      world.now = new Date(world.now.getTime() + event.minutes * 60_000);
      return;
    case 'clockBack':
      world.now = new Date(world.now.getTime() - event.minutes * 60_000);
      return;
    case 'token':
      world.tokens += 1;
      return;
    case 'allGoesWell':
      return allGoesWell(world);
    case 'suspend':
      world.suspend = event.suspend;
      return;
    case 'edit':
      world.spec = event.spec;
      return;
    case 'look':
      world.look(event.written, event.place);
      return;
    case 'work':
      return world.work(event.written);
    case 'podRuns':
      if (world.job?.state === 'Pending')
        world.job = { ...world.job, state: 'Running', startedAt: world.job.createdAt };
      return;
    case 'podIsReplaced':
      if (world.job?.state === 'Running') world.job = { ...world.job, state: 'Pending' };
      return;
    case 'jobVanishes':
      world.job = undefined;
      return;
    case 'jobEnds':
      if (world.job) world.job = { ...world.job, state: event.well ? 'Succeeded' : 'Failed', endedAt: world.now };
      return;
    case 'retain':
      return world.retain(event.written, event.expiresInMinutes);
  }
}

/** Long enough for a backup and the retention after it; left to chance, few would ever succeed. */
function allGoesWell(world: World): void {
  for (let round = 0; round < 4; round += 1) {
    world.look(true, true);
    world.work(true);
    happens(world, { kind: 'podRuns' });
    happens(world, { kind: 'jobEnds', well: true });
    world.work(true);
    world.retain(true, 300);
  }
}

/** What people and clocks do while nothing breaks: few kinds of events, so that rare orders of them come about. */
const calm: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: 'allGoesWell' as const }) },
  { weight: 4, arbitrary: fc.constant({ kind: 'look' as const, written: true, place: true }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('edit' as const), spec: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('suspend' as const), suspend: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), minutes: fc.constantFrom(10, 70, 1500) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'clockBack' as const, minutes: 30 }) },
);
const story = fc.oneof(
  fc.array(happening, { minLength: 10, maxLength: 60 }),
  fc.array(calm, { minLength: 10, maxLength: 30 }),
);
/** Looks without anything happening in between; none of them may be needed again and again. */
const looksToRest = 8;
const resting: readonly Intent['kind'][] = ['idle', 'ring', 'refuse'];

function tell(events: readonly Happening[], after: (world: World) => void): void {
  const world = new World();
  for (const event of events) {
    happens(world, event);
    after(world);
  }
}

test('each cause is recorded as one run, once', () => {
  fc.assert(
    fc.property(story, (events) => {
      tell(events, ({ recorded }) => expect(new Set(recorded).size).toBe(recorded.length));
    }),
    { numRuns: 150 },
  );
});

test('after a look no run is past its deadline', () => {
  fc.assert(
    fc.property(story, (events) => {
      tell(events, (world) => {
        const { now, status, job } = world;
        const again = Object.assign(new World(), world, { now, status, job, recorded: [] });
        again.look(true, false);
        const run = again.status.activeRun;
        if (run) expect(phaseDeadline(run, again.job, again.backup().spec) > now).toBe(true);
      });
    }),
    { numRuns: 60 },
  );
});

test('when nothing changes the watcher comes to rest, and wakes up in the future', () => {
  fc.assert(
    fc.property(story, (events) => {
      const world = new World();
      for (const event of events) happens(world, event);
      const seen = Array.from({ length: looksToRest }, () => world.look(true, true));
      const last = seen.at(-1);
      expect(resting, JSON.stringify(seen)).toContain(last?.kind);
      expect(world.look(true, true)).toEqual(last);
    }),
    { numRuns: 150 },
  );
});

test('a history names each run once and stays within its limit', () => {
  fc.assert(
    fc.property(story, (events) => {
      tell(events, ({ status: { history = [], lastRunTokens = [] } }) => {
        expect(new Set(history.map(({ runId }) => runId)).size).toBe(history.length);
        expect(history.length <= 20 && lastRunTokens.length <= 20).toBe(true);
      });
    }),
    { numRuns: 60 },
  );
});
