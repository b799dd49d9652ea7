import type { ActiveRun, Condition, Status } from '@holdfast/types';
import { expect, test } from 'vitest';
import { anAdmittedRun, aWorld, putBackup, type World } from '../../../packages/access/src/a-world.ts';
import { aWatcher, wide, type Watcher } from './a-watcher.ts';

/*
 * A world in which the store of all backups was tried in vain at two o'clock, which is a minute ago.
 */

const spec = { schedule: '0 2 * * *' };
const at = '2026-03-01T02:01:00Z';
const since = '2026-03-01T02:00:00Z';
const message = 'bucket "backups" cannot be reached';

function storeReady(status: 'True' | 'False'): Condition {
  const reason = status === 'True' ? 'StorageReachable' : 'StorageUnreachable';
  return { type: 'StorageReady', status, reason, message, lastTransitionTime: since, observedGeneration: 1 };
}

const parked = (told: Partial<NonNullable<ActiveRun['waitingFor']>> = {}): Status => ({
  activeRun: anAdmittedRun({ waitingFor: { reason: 'StorageUnreachable', message, since, triedAt: since, ...told } }),
  conditions: [storeReady('False')],
});

function awayWorld(...statuses: Status[]): { world: World; names: string[] } {
  const world = aWorld({ at, spec: { ...spec, suspend: true } });
  const names = statuses.map((_, index) => `away-${index}`);
  for (const [index, status] of statuses.entries()) putBackup(world.kube, { name: names[index] ?? '', spec, status });
  return { world, names };
}

/** Everybody is seen, and then everybody is looked at. */
async function round({ look, hands, seen }: Watcher, names: readonly string[]): Promise<void> {
  for (const name of names) hands.places.follow(`neo4j/${name}`, (await seen(name)).backup);
  for (const name of names) await look(name);
}

const trying = (world: World, names: readonly string[]) =>
  names.filter((name) => world.status(name).activeRun?.waitingFor?.tryingSince !== undefined);

test('of many runs that wait for their store one is let try, and is rung', async () => {
  const { world, names } = awayWorld(parked(), parked(), parked());
  const watcher = aWatcher(world);
  await round(watcher, names);
  expect(trying(world, names)).toEqual(['away-0']);
  expect(world.status('away-0').activeRun?.waitingFor).toMatchObject({ reason: 'StorageUnreachable', message, since });
  expect(await watcher.queue.depth('backup')).toMatchObject({ waiting: 1 });
  await round(watcher, names);
  expect(trying(world, names)).toEqual(['away-0']);
});

test('whoever leads next sees in the record who tries, and rings for it in case the queue forgot', async () => {
  const { world, names } = awayWorld(parked(), parked());
  await round(aWatcher(world), names);
  const next = aWatcher(world);
  await round(next, names);
  expect(trying(world, names)).toEqual(['away-0']);
  expect(await next.queue.depth('backup')).toMatchObject({ waiting: 1 });
});

test('the next one tries a minute after the last one has failed', async () => {
  const { world, names } = awayWorld(parked(), parked());
  const watcher = aWatcher(world);
  await round(watcher, names);
  world.pass(5_000);
  world.setStatus(parked({ triedAt: '2026-03-01T02:01:05Z' }), 'away-0');
  await round(watcher, names);
  expect(trying(world, names)).toEqual([]);
  world.pass(59_000);
  await round(watcher, names);
  expect(trying(world, names)).toEqual([]);
  world.pass(1_000);
  await round(watcher, names);
  expect(trying(world, names)).toEqual(['away-1']);
});

test('a run that comes due while its store is away waits for a place without trying, and says why', async () => {
  const { world, names } = awayWorld(parked({ tryingSince: at }), {});
  const { hands, ...watcher } = aWatcher(world);
  await round({ ...watcher, hands }, names);
  const { activeRun, message: sentence } = world.status('away-1');
  expect(activeRun).toMatchObject({ phase: 'Recorded', waitingFor: { reason: 'StorageUnreachable' } });
  expect(sentence).toMatch(/waiting: the store did not answer/);
  await round({ ...watcher, hands }, names);
  expect([...hands.places.waiting()]).toEqual([['StorageUnreachable', 2]]);
  expect(hands.places.heldStores()).toEqual([{ storage: 's3', reason: 'StorageUnreachable', count: 1 }]);
});

test('when the store is back as many go on at once as have got through, and no more than the limits allow', async () => {
  const { world, names } = awayWorld(...Array.from({ length: 9 }, () => parked()));
  const watcher = aWatcher(world, { limits: { ...wide, perLocation: 6 } });
  const counts: number[] = [];
  while (world.jobs().length === 0 && counts.length < 5) {
    await round(watcher, names);
    const those = trying(world, names);
    counts.push(those.length);
    for (const name of those) {
      world.pass(1_000);
      const lastRunTime = world.now().toISOString();
      const run = anAdmittedRun({ phase: 'Starting', startedAt: lastRunTime });
      world.setStatus({ activeRun: run, lastRunTime, conditions: [storeReady('True')] }, name);
    }
  }
  expect(counts).toEqual([1, 1, 2, 2, 0]);
  const last = names.filter((name) => world.status(name).activeRun?.phase === 'Admitted');
  expect(last).toHaveLength(3);
  for (const name of last)
    expect(world.status(name).activeRun?.waitingFor).toMatchObject({ reason: 'WaitingForPlace' });
  expect(watcher.hands.places.heldStores()).toEqual([]);
});

test('one that fails and is parked before the watcher has heard of its own write leaves its place to another', async () => {
  const { world, names } = awayWorld(parked(), parked());
  const { hands, seen } = aWatcher(world, { limits: { ...wide, perLocation: 1 } });
  const { places } = hands;
  const see = async (name: string) => places.follow(`neo4j/${name}`, (await seen(name)).backup);
  const asks = async (name: string) => {
    const { backup } = await seen(name);
    if (!backup.status.activeRun) throw new Error(`${name} has no run`);
    return places.ask(backup, backup.status.activeRun).kind;
  };
  for (const name of names) await see(name);
  expect(await asks('away-0')).toBe('admit');
  await see('away-0'); // an event from before the write: the place stays taken
  expect(await asks('away-1')).toBe('wait');
  world.pass(1_000);
  world.setStatus(parked({ triedAt: '2026-03-01T02:01:01Z' }), 'away-0');
  await see('away-0');
  places.keep('neo4j/away-0');
  world.pass(60_000);
  expect(await asks('away-1')).toBe('admit');
});

test('ten thousand backups of a store that is away are looked at in seconds, and one of them tries', async () => {
  const { world } = awayWorld(parked());
  const { hands, seen } = aWatcher(world);
  const { backup } = await seen('away-0');
  const all = Array.from({ length: 10_000 }, (_, index) => {
    const key = { namespace: 'neo4j', name: `b${index}` };
    return { ...backup, key };
  });
  const startedAt = performance.now();
  for (const each of all) hands.places.follow(`neo4j/${each.key.name}`, each);
  const answers = all.map(({ key }) => hands.places.peek(`neo4j/${key.name}`)?.kind);
  expect(answers.filter((kind) => kind === 'admit')).toHaveLength(1);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});
