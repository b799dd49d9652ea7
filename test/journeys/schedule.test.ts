import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HistoryEntry, Status } from '@holdfast/types';
import type { Control } from '../neo4j/control.ts';
import { contentsOf, openBucket } from './contents.ts';
import { bucket, condition, startJourney, succeeded, type Journey } from './journey.ts';
import { findKubectl } from './kubectl.ts';

const program = findKubectl();
const namespace = 'neo4j';
const day = 86_400_000;

describe.skipIf(!program)('a schedule', { concurrent: false }, () => {
  let journey: Journey;
  let prod: Control;

  beforeAll(async () => {
    journey = await startJourney(program ?? '');
    await journey.cluster.stores.s3.makeBucket('nightly');
    await journey.namespace(namespace);
    prod = await journey.target({ name: 'prod', namespace });
    journey.cluster.clock.reach(slotAfter(journey.cluster.clock.now(), -600_000));
  });
  afterAll(() => journey?.stop());

  test('over five days takes a FULL, then DIFFs that join, then a new FULL when the chain is full', async () => {
    await journey.apply(namespace, 'nightly', nightly('prod', { options: { maxChainLength: 3 } }));
    const waiting = await journey.when(namespace, 'nightly', ({ phase }) => phase === 'Scheduled');
    const first = slotAfter(journey.cluster.clock.now());
    expect(waiting).toMatchObject({ nextRunTime: time(first) });
    expect([waiting.lastRunTime, waiting.lastSuccessTime]).toEqual([undefined, undefined]);

    for (let night = 0; night < 5; night += 1) {
      await prod.commit('neo4j', 3);
      const slot = new Date(first.getTime() + night * day);
      journey.cluster.clock.reach(slot);
      const status = await journey.when(namespace, 'nightly', succeeded(night + 1));
      expectTimes(status, slot);
    }

    const history = ((await journey.status(namespace, 'nightly')).history ?? []).toReversed();
    expect(history.map(({ type }) => type)).toEqual(['FULL', 'DIFF', 'DIFF', 'FULL', 'DIFF']);
    expect(history.map(({ slot }) => slot)).toEqual(
      [0, 1, 2, 3, 4].map((night) => time(new Date(first.getTime() + night * day))),
    );
    const links = history.map((entry) => rangeOf(entry, 'neo4j'));
    expect(links.map(({ chain }) => chain === links[0]?.chain)).toEqual([true, true, true, false, false]);
    expect(links[1]?.lowestTx).toBe((links[0]?.highestTx ?? 0) + 1);
    expect(links[2]?.lowestTx).toBe((links[1]?.highestTx ?? 0) + 1);
    expect(links[4]?.lowestTx).toBe((links[3]?.highestTx ?? 0) + 1);
    expect(links[3]?.lowestTx).toBe(1);
    expect(links.map(({ highestTx }) => highestTx)).toEqual([4, 7, 10, 13, 16]);

    const { manifests } = await contentsOf(await openBucket(journey.cluster, 'nightly'), `${namespace}/nightly`);
    const ofNeo4j = manifests.filter(({ database }) => database === 'neo4j').toReversed();
    expect(ofNeo4j.map(({ parent }) => parent)).toEqual([
      undefined,
      ofNeo4j[0]?.artifact,
      ofNeo4j[1]?.artifact,
      undefined,
      ofNeo4j[3]?.artifact,
    ]);
  });

  test('while suspended nothing fires, and what passed meanwhile is not made up for', async () => {
    const { kubectl, cluster } = journey;
    const before = await journey.status(namespace, 'nightly');
    await kubectl.ok('patch', 'n4jb', 'nightly', '-n', namespace, '--type=merge', '-p', '{"spec":{"suspend":true}}');
    const suspended = await journey.when(namespace, 'nightly', ({ phase }) => phase === 'Suspended');
    expect(suspended.nextRunTime).toBeUndefined();
    const resumed = slotAfter(cluster.clock.now()).getTime() + 2 * day + day / 2;
    cluster.clock.reach(new Date(resumed));
    await looked();
    expect(await journey.status(namespace, 'nightly')).toMatchObject({ phase: 'Suspended', history: before.history });

    await kubectl.ok('patch', 'n4jb', 'nightly', '-n', namespace, '--type=merge', '-p', '{"spec":{"suspend":false}}');
    const next = slotAfter(new Date(resumed));
    await journey.when(
      namespace,
      'nightly',
      ({ phase, nextRunTime }) => phase === 'Scheduled' && nextRunTime === time(next),
    );
    await looked();
    const after = await journey.status(namespace, 'nightly');
    expect(after.history).toEqual(before.history);
    expect(after.missedSlots ?? 0).toBe(before.missedSlots ?? 0);

    cluster.clock.reach(next);
    const ran = await journey.when(namespace, 'nightly', succeeded(6));
    expect(ran.history?.[0]).toMatchObject({ slot: time(next), trigger: 'Schedule' });
  });

  test('a token starts one run, however often it is applied; a new one starts another', async () => {
    const asked = async (token: string) =>
      journey.apply(namespace, 'nightly', nightly('prod', { options: { maxChainLength: 3 }, suspend: false }), {
        'neo4j.neo4j.com/run': token,
      });
    await asked('release-41');
    const once = await journey.when(namespace, 'nightly', succeeded(7));
    expect(once.history?.[0]).toMatchObject({ trigger: 'Request' });
    expect(once.lastRunTokens?.[0]).toBe('release-41');
    expect(once.nextRunTime).toBe(time(slotAfter(journey.cluster.clock.now())));
    await asked('release-41'); // as GitOps does, over and over
    await journey.kubectl.ok(
      'annotate',
      'n4jb',
      'nightly',
      '-n',
      namespace,
      '--overwrite',
      'neo4j.neo4j.com/run=release-40',
    );
    await journey.when(namespace, 'nightly', succeeded(8));
    await asked('release-41'); // an older token that was already answered
    await looked();
    const last = await journey.status(namespace, 'nightly');
    expect(succeeded(8)(last)).toBe(true);
    expect(last.lastRunTokens).toEqual(['release-40', 'release-41']);
  });

  test('slots missed in an outage are counted, told, and the newest one is caught up once', async () => {
    const { services, clock } = journey.cluster;
    const first = slotAfter(clock.now());
    await services.stop('watcher');
    clock.reach(new Date(first.getTime() + 2 * day + 3_600_000));
    services.start('watcher');
    const status = await journey.when(namespace, 'nightly', succeeded(9), { withinMs: 90_000 });
    expect(status.history?.[0]).toMatchObject({ status: 'Succeeded', slot: time(new Date(first.getTime() + 2 * day)) });
    expect(status.history?.[1]).toMatchObject({ status: 'Missed', reason: 'SlotMissed', count: 2 });
    expect(status.missedSlots).toBe(2);
    expect(await reasons('nightly')).toContain('BackupMissed');
  });

  test('with a starting deadline a slot that is too old is skipped, and the next one runs', async () => {
    const { services, clock } = journey.cluster;
    await journey.apply(namespace, 'prompt', nightly('prod', { startingDeadlineSeconds: 600 }));
    await journey.when(namespace, 'prompt', ({ phase }) => phase === 'Scheduled');
    const first = slotAfter(clock.now());
    await services.stop('watcher');
    clock.reach(new Date(first.getTime() + 3_600_000));
    services.start('watcher');
    const skipped = await journey.when(namespace, 'prompt', ({ missedSlots }) => missedSlots === 1);
    expect(skipped.history).toMatchObject([{ status: 'Missed', reason: 'SlotSkipped', count: 1 }]);
    expect(skipped).toMatchObject({ phase: 'Scheduled', lastSlotTime: time(first) });
    expect(skipped.lastRunTime).toBeUndefined();
    await journey.when(namespace, 'nightly', succeeded(10)); // without that deadline it was caught up
    clock.reach(new Date(first.getTime() + day));
    const ran = await journey.when(namespace, 'prompt', succeeded(1));
    expect(ran.history?.[0]).toMatchObject({ slot: time(new Date(first.getTime() + day)) });
    expect(condition(ran, 'LastRunSucceeded')).toMatchObject({ status: 'True' });
  });

  function expectTimes(status: Status, slot: Date): void {
    const { lastRunTime = '', lastSuccessTime = '', nextRunTime, lastSlotTime, phase } = status;
    expect({ phase, lastSlotTime, nextRunTime }).toEqual({
      phase: 'Scheduled',
      lastSlotTime: time(slot),
      nextRunTime: time(new Date(slot.getTime() + day)),
    });
    expect(Date.parse(lastRunTime)).toBeGreaterThanOrEqual(slot.getTime());
    expect(Date.parse(lastSuccessTime)).toBeGreaterThanOrEqual(Date.parse(lastRunTime));
    expect(Date.parse(lastSuccessTime)).toBeLessThan(slot.getTime() + 120_000);
  }

  async function reasons(name: string): Promise<string[]> {
    return (await journey.events(namespace, name)).map(({ reason }) => reason);
  }

  /** The watcher looks at everything when the clock jumps: when it has answered a backup made now, it has looked at the others, too. */
  async function looked(): Promise<void> {
    probes += 1;
    const name = `probe-${probes}`;
    journey.cluster.clock.advance(1_000);
    await journey.apply(namespace, name, nightly('nobody'));
    await journey.when(namespace, name, ({ phase }) => phase === 'Scheduled');
    await journey.kubectl.ok('delete', 'n4jb', name, '-n', namespace);
  }
  let probes = 0;
});

function nightly(target: string, more: object = {}): object {
  return { target: { kind: 'Cluster', name: target }, storage: bucket('nightly'), schedule: '0 2 * * *', ...more };
}

/** The next 02:00 UTC after an instant, shifted. */
function slotAfter(at: Date, shiftMs = 0): Date {
  const slot = new Date(at);
  slot.setUTCHours(2, 0, 0, 0);
  return new Date((slot > at ? slot.getTime() : slot.getTime() + day) + shiftMs);
}

function time(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}

function rangeOf(entry: HistoryEntry, database: string) {
  const { chain, lowestTx, highestTx } = entry.databases?.find(({ name }) => name === database) ?? {};
  return { chain, lowestTx, highestTx };
}
