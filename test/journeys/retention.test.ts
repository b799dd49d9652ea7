import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ObjectStore } from '@holdfast/storage';
import type { Control } from '../neo4j/control.ts';
import { until } from '../until.ts';
import { contentsOf, disagreements, openBucket, openClaim } from './contents.ts';
import { backupsOf, bucket, condition, startJourney, succeeded, type Journey } from './journey.ts';
import { findKubectl } from './kubectl.ts';
import { restored } from './restore.ts';

const program = findKubectl();
const namespace = 'neo4j';
const week = 7 * 86_400_000;
const weeks = 5;

/** Chains of two runs each: weeks 0 and 1, 2 and 3, 4 and 5. */
const pairs = { options: { fullInterval: '13d', maxChainLength: 2 } };
const claim = { type: 'pvc', pvc: { name: 'backups', size: '1Gi' } };
const byCount = { maxCount: 3 };
const byAge = { maxAge: '20d' };

interface Story {
  readonly name: string;
  readonly target: 'on-s3' | 'on-pvc';
  readonly retention: { readonly maxCount?: number; readonly maxAge?: string };
}

const byAgeOnS3: Story = { name: 's3-age', target: 'on-s3', retention: byAge };
const stories: readonly Story[] = [
  { name: 's3-count', target: 'on-s3', retention: byCount },
  byAgeOnS3,
  { name: 'pvc-count', target: 'on-pvc', retention: byCount },
  { name: 'pvc-age', target: 'on-pvc', retention: byAge },
];

/** What each policy wants of the weeks that were taken, told without the product: their runs, and so the whole chains they stand in. */
function wantedWeeks({ retention }: Story, taken: readonly number[]): number[] {
  const now = taken.at(-1) ?? 0;
  const wanted = retention.maxCount ? taken.slice(-retention.maxCount) : taken.filter((one) => (now - one) * 7 < 20);
  return taken.filter((one) => wanted.some((each) => Math.floor(each / 2) === Math.floor(one / 2)));
}

describe.skipIf(!program)('retention', { concurrent: false, tags: ['long'] }, () => {
  let journey: Journey;
  const targets: Record<string, Control> = {};
  /** Last transaction of `neo4j` at each week's slot, by target. */
  const committed: Record<string, number[]> = { 'on-s3': [], 'on-pvc': [] };
  let first: Date;

  beforeAll(async () => {
    journey = await startJourney(program ?? '');
    await journey.cluster.stores.s3.makeBucket('weekly');
    await journey.namespace(namespace);
    for (const name of ['on-s3', 'on-pvc']) targets[name] = await journey.target({ name, namespace });
    first = nextSunday(journey.cluster.clock.now());
    journey.cluster.clock.reach(new Date(first.getTime() - 600_000));
    for (const { name, target, retention } of stories) {
      const storage = target === 'on-s3' ? bucket('weekly') : claim;
      const spec = { target: { kind: 'Cluster', name: target }, storage, schedule: '0 2 * * 0', retention, ...pairs };
      await journey.apply(namespace, name, spec);
    }
    const once = { target: { kind: 'Cluster', name: 'on-s3' }, storage: bucket('weekly'), retention: { maxAge: '7d' } };
    await journey.apply(namespace, 'only-one', once);
  });
  afterAll(() => journey?.stop());

  test('over five weeks exactly what the policy wants is left, in whole chains', { timeout: 220_000 }, async () => {
    for (let now = 0; now < weeks; now += 1) {
      for (const [name, control] of Object.entries(targets))
        committed[name]?.push(await control.commit('neo4j', 2, 900));
      journey.cluster.clock.reach(slotOf(now));
      const taken = Array.from({ length: now + 1 }, (_, index) => index);
      for (const story of stories) {
        const { retention } = await settled(story.name, now + 1);
        const left = wantedWeeks(story, taken);
        const gone = wantedWeeks(story, taken.slice(0, -1)).filter((one) => !left.includes(one));
        expect({ ...story, now, left: await weeksLeft(story) }).toEqual({ ...story, now, left });
        // Two databases: two artifacts for each week, two chains for each two weeks.
        expect({ ...story, now, ...retention }).toMatchObject({
          now,
          kept: left.length,
          removed: gone.length * 2,
          held: [],
        });
        expect(retention?.plan).toMatchObject({
          removeCount: gone.length,
          remove: gone.map(() => ({ artifacts: 2, reason: 'Expired' })),
        });
      }
    }
  });

  test('every kept artifact agrees with its manifest, and nothing else is left of what went', async () => {
    for (const story of stories) {
      const [store, folder] = await placeOf(story);
      expect(await disagreements(store, folder)).toEqual([]);
      const { keys, manifests } = await contentsOf(store, folder);
      const runs = new Set(keys.filter((key) => key.startsWith('runs/')).map((key) => key.split('/')[1]));
      expect(runs).toEqual(new Set(manifests.map(({ run }) => run)));
      expect(keys.filter((key) => key.startsWith('removing/'))).toEqual([]);
    }
  });

  test('what went is told by a condition and an Event', async () => {
    for (const { name } of stories) {
      expect(condition(await journey.status(namespace, name), 'RetentionHealthy')).toMatchObject({
        status: 'True',
        reason: 'RetentionApplied',
      });
      const told = (await journey.events(namespace, name)).filter(({ reason }) => reason === 'RetentionApplied');
      expect(told.map(({ message }) => message)).toContainEqual(
        expect.stringMatching(/3 restore points kept, 4 artifacts removed/),
      );
    }
  });

  test('the newest verified chain stays however old it is', async () => {
    const status = await settled('only-one', 1);
    expect(status.retention).toMatchObject({ kept: 1, removed: 0 });
    expect(Date.parse(status.retention?.lastRunTime ?? '')).toBeGreaterThan(slotOf(1).getTime());
    const { manifests } = await contentsOf(await openBucket(journey.cluster, 'weekly'), `${namespace}/only-one`);
    expect(manifests.map(({ database }) => database).sort()).toEqual(['neo4j', 'system']);
  });

  test('newest and oldest kept restore points come back byte for byte', { timeout: 60_000 }, async () => {
    for (const story of stories) {
      const [store, folder] = await placeOf(story);
      const { manifests } = await contentsOf(store, folder);
      const ofNeo4j = manifests.filter(({ database }) => database === 'neo4j');
      for (const point of [ofNeo4j[0], ofNeo4j.at(-1)]) {
        if (!point) throw new Error(`${story.name} has no restore point`);
        const tx = committed[story.target]?.[weekOf(point.startTime)] ?? 0;
        expect(point.highestTx).toBe(tx);
        const bytes = await restored(store, folder, point);
        const expected = Buffer.concat([...(targets[story.target]?.expectedStore('neo4j', tx).chunks() ?? [])]);
        expect(bytes.equals(expected)).toBe(true);
      }
    }
  });

  test('nothing is removed before the plan stands in status', { timeout: 60_000 }, async () => {
    const { cluster } = journey;
    const { services, api, stores, clock } = cluster;
    await services.stop('retention');
    clock.reach(slotOf(weeks + 1)); // one slot is missed; the chain of weeks 2 and 3 is too old now
    const due = (name: string) =>
      journey.when(
        namespace,
        name,
        ({ activeRun }) => activeRun?.kind === 'retention' && activeRun.phase === 'Admitted',
      );
    await due('s3-age');
    const [store, folder] = await placeOf(byAgeOnS3);
    const before = await contentsOf(store, folder);
    const path = `${backupsOf(namespace)}/s3-age/status`;
    const began = (await stores.s3.eventLog()).length;
    const lift = api.faults.always(
      { kind: 'status', status: 503 },
      (asked) => asked.path === path && asked.method !== 'GET',
    );
    api.forget();
    services.start('retention');
    await until(() => api.count((asked) => asked.path === path && asked.status === 503) >= 2);
    expect(await removals(began)).toEqual([]);
    expect((await contentsOf(store, folder)).keys).toEqual(before.keys);
    lift();

    const status = await settled('s3-age', weeks + 1);
    expect(status.retention?.removed).toBe(4);
    const planned = api.passed.find((asked) => asked.path === path && asked.status === 200);
    const [firstRemoval] = await removals(began);
    expect(planned).toBeDefined();
    expect(Date.parse(firstRemoval ?? '')).toBeGreaterThanOrEqual(
      (planned?.at.getTime() ?? Infinity) + clock.offsetMs(),
    );
    expect(await weeksLeft(byAgeOnS3)).toEqual([4, 6]);

    async function removals(from: number): Promise<string[]> {
      const events = (await stores.s3.eventLog()).slice(from);
      return events
        .filter(({ operation, key }) => operation === 'remove' && key.includes('/s3-age/'))
        .map(({ at }) => at);
    }
  });

  /** Status when so many runs have succeeded and retention has answered the newest. */
  function settled(name: string, runs: number) {
    const fits = (status: Parameters<ReturnType<typeof succeeded>>[0]) =>
      succeeded(runs)(status) && status.retention?.cause?.startsWith(status.history?.[0]?.runId ?? '-');
    return journey.when(namespace, name, fits, {
      withinMs: 90_000,
      saying: `run ${runs} of ${name} and its retention`,
    });
  }

  async function weeksLeft(story: Story): Promise<number[]> {
    const [store, folder] = await placeOf(story);
    const { manifests } = await contentsOf(store, folder);
    const found = manifests.map(({ database, startTime }) => `${weekOf(startTime)} ${database}`).sort();
    const numbers = [...new Set(found.map((one) => Number(one.split(' ')[0])))].toSorted((a, b) => a - b);
    expect(found).toEqual(numbers.flatMap((one) => [`${one} neo4j`, `${one} system`]).sort());
    return numbers;
  }

  async function placeOf({ name, target }: Story): Promise<[ObjectStore, string]> {
    const { cluster } = journey;
    const store = target === 'on-s3' ? await openBucket(cluster, 'weekly') : openClaim(cluster, namespace, 'backups');
    return [store, `${namespace}/${name}`];
  }

  function slotOf(number: number): Date {
    return new Date(first.getTime() + number * week);
  }

  function weekOf(startTime: string): number {
    return Math.floor((Date.parse(startTime) - first.getTime()) / week);
  }
});

/** The next Sunday 02:00 UTC that is at least an hour away. */
function nextSunday(after: Date): Date {
  const slot = new Date(after);
  slot.setUTCHours(2, 0, 0, 0);
  slot.setUTCDate(slot.getUTCDate() + ((7 - slot.getUTCDay()) % 7));
  return slot.getTime() > after.getTime() + 3_600_000 ? slot : new Date(slot.getTime() + week);
}
