import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { currentBundles } from '../cluster/services/bundles.ts';
import { launchServices, type Services } from '../cluster/services/launcher.ts';
import { serviceSpecs } from '../cluster/services/service-specs.ts';
import { until } from '../until.ts';
import { openBucket } from './contents.ts';
import { backupsOf, bucket, startJourney, succeeded, type Journey } from './journey.ts';
import { findKubectl } from './kubectl.ts';
import { readMetrics, valueOf, type Sample } from './metrics-page.ts';

const program = findKubectl();
const namespace = 'neo4j';

describe.skipIf(!program)('the services', { concurrent: false }, () => {
  let journey: Journey;
  /** A second watcher beside the cluster's own. */
  let second: Services | undefined;

  beforeAll(async () => {
    journey = await startJourney(program ?? '');
    await journey.cluster.stores.s3.makeBucket('served');
    await journey.namespace(namespace);
    await journey.target({ name: 'prod', namespace });
  });
  afterAll(async () => {
    await second?.close();
    await journey?.stop();
  });

  test.each(['watcher', 'worker', 'retention'])(
    '%s says that it lives and is ready, and shows its metrics',
    async (name) => {
      const url = await journey.cluster.services.url(name);
      await until(async () => {
        const readiness = await fetch(`${url}/readyz`);
        const { checks, ...told } = (await readiness.json()) as Record<string, unknown>;
        expect({ status: readiness.status, ...told }, JSON.stringify(checks)).toEqual({
          status: 200,
          ready: true,
          state: 'ok',
        });
        return true;
      });
      const health = await fetch(`${url}/healthz`);
      expect([health.status, await health.json()]).toEqual([200, expect.objectContaining({ state: 'ok' })]);
      expect(valueOf(await readMetrics(url), 'build_info', { service: name })).toBe(1);
      expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405);
    },
  );

  test('a one-shot run costs at most three status writes, its retention at most three more', async () => {
    const { api } = journey.cluster;
    api.forget();
    await journey.apply(namespace, 'plain', spec());
    await journey.when(namespace, 'plain', succeeded(1));
    await journey.apply(namespace, 'pruned', spec({ retention: { maxCount: 2 } }));
    await journey.when(namespace, 'pruned', (status) => succeeded(1)(status) && status.retention?.lastRunTime);
    // By the time somebody else's run is over, whoever wanted to write more would have done it.
    await journey.apply(namespace, 'afterwards', spec());
    await journey.when(namespace, 'afterwards', succeeded(1));
    expect(statusWrites('plain')).toBeGreaterThan(0);
    expect(statusWrites('plain')).toBeLessThanOrEqual(3);
    expect(statusWrites('pruned')).toBeLessThanOrEqual(6);
  });

  test('metrics tell what ended, what was missed, what waits, what is held and when it was proven', async () => {
    const { services, clock } = journey.cluster;
    await journey.apply(
      namespace,
      'nightly',
      spec({ schedule: '0 2 * * *', startingDeadlineSeconds: 60, retention: { maxCount: 2 } }),
    );
    await journey.when(namespace, 'nightly', ({ phase }) => phase === 'Scheduled');
    const slot = new Date(clock.now().getTime() + 86_400_000);
    slot.setUTCHours(2, 5, 0, 0);
    clock.reach(slot);
    await journey.when(namespace, 'nightly', ({ missedSlots }) => (missedSlots ?? 0) > 0);
    await journey.apply(namespace, 'lonely', { ...spec(), target: { kind: 'Cluster', name: 'nowhere' } });
    await journey.when(namespace, 'lonely', ({ activeRun }) => activeRun?.waitingFor);

    const store = await openBucket(journey.cluster, 'served');
    await store.create(`${namespace}/pruned/manifests/o-unknown/neo4j.json`, Buffer.from('{"formatVersion": 99}'));
    await journey.kubectl.ok('annotate', 'n4jb', 'pruned', '-n', namespace, 'neo4j.neo4j.com/run=1');
    await journey.when(namespace, 'pruned', ({ retention }) => (retention?.held?.length ?? 0) > 0);

    const url = await services.url('watcher');
    const page = await until(async () => {
      const seen = await readMetrics(url);
      return valueOf(seen, 'retention_held', { name: 'pruned' }) === 1 && seen;
    });
    const of = (name: string, labels: Record<string, string>) => valueOf(page, name, { namespace, ...labels });
    expect(of('runs_total', { name: 'plain', result: 'Succeeded', reason: 'Succeeded' })).toBe(1);
    expect(of('runs_total', { name: 'pruned', result: 'Succeeded' })).toBe(2);
    expect(of('missed_slots_total', { name: 'nightly', reason: 'SlotSkipped' })).toBe(
      (await journey.status(namespace, 'nightly')).missedSlots,
    );
    expect(valueOf(page, 'runs_waiting', { reason: 'TargetNotFound' })).toBe(1);
    expect(of('retention_held', { name: 'pruned', reason: 'UnreadableManifest' })).toBe(1);
    const proven = (await journey.status(namespace, 'plain')).history?.[0]?.verification?.time;
    expect(of('last_verified_timestamp_seconds', { name: 'plain', level: 'objects' })).toBe(
      Date.parse(proven ?? '') / 1000,
    );
    // What never was has no sample, and is not 0.
    expect(of('last_verified_timestamp_seconds', { name: 'lonely' })).toBeUndefined();

    await journey.kubectl.ok('delete', 'n4jb', 'lonely', '-n', namespace);
    await until(
      async () => valueOf(await readMetrics(url), 'runs_waiting', { reason: 'TargetNotFound' }) === undefined,
    );
    // The ring for what has gone goes out quietly when its time comes.
    clock.advance(61_000);
    await until(async () => {
      const seen = await readMetrics(url);
      const depth = (state: string) => valueOf(seen, 'queue_rings', { queue: 'backup', state });
      return ['waiting', 'delayed', 'active'].every((state) => depth(state) === 0);
    });
  });

  test('the queue shows how much waits and for how long while nobody answers', async () => {
    const { services } = journey.cluster;
    const url = await services.url('watcher');
    await services.stop('worker');
    await journey.apply(namespace, 'queued', spec());
    const page = await until(async () => {
      const seen = await readMetrics(url);
      return (valueOf(seen, 'queue_oldest_age_seconds', { queue: 'backup' }) ?? 0) > 0.2 && seen;
    });
    expect(valueOf(page, 'queue_depth', { queue: 'backup', state: 'ready' })).toBe(1);
    services.start('worker');
    await journey.when(namespace, 'queued', succeeded(1));
    const after = await until(async () => {
      const seen = await readMetrics(url);
      return valueOf(seen, 'queue_depth', { queue: 'backup', state: 'ready' }) === 0 && seen;
    });
    expect(valueOf(after, 'queue_oldest_age_seconds', { queue: 'backup' })).toBeUndefined();
  });

  test(
    'of two watchers one leads, and when it is killed the other takes over',
    { timeout: 120_000, tags: ['long'] },
    async () => {
      const { cluster } = journey;
      const own = cluster.services;
      second = await launchSecond();
      const urls = [await own.url('watcher'), await second.url('watcher-1')] as const;
      await until(async () => (await fetch(`${urls[1]}/readyz`)).status === 200);
      await journey.apply(namespace, 'shared', spec());
      await journey.when(namespace, 'shared', succeeded(1));
      const pages = [await readMetrics(urls[0]), await readMetrics(urls[1])];
      expect(pages.map((page) => valueOf(page, 'leader'))).toEqual([1, 0]);
      expect(objectSamples(pages[0] ?? [])).toBeGreaterThan(0);
      expect(objectSamples(pages[1] ?? [])).toBe(0);

      own.kill('watcher', 'SIGKILL');
      await own.stop('watcher');
      await journey.apply(namespace, 'inherited', spec());
      await until(async () => valueOf(await readMetrics(urls[1]), 'leader') === 1, {
        withinMs: 45_000,
        saying: 'the second leads',
      });
      await journey.when(namespace, 'inherited', succeeded(1));

      own.start('watcher');
      const back = await own.url('watcher');
      await until(async () => (await fetch(`${back}/readyz`)).status === 200);
      expect(valueOf(await readMetrics(back), 'leader')).toBe(0);
      expect(valueOf(await readMetrics(urls[1]), 'leader')).toBe(1);
      expect((await journey.status(namespace, 'shared')).history?.length).toBe(1);
    },
  );

  function statusWrites(name: string): number {
    const path = `${backupsOf(namespace)}/${name}/status`;
    return journey.cluster.api.count((asked) => asked.path === path && asked.method !== 'GET' && asked.status < 300);
  }

  async function launchSecond(): Promise<Services> {
    const { dir, api, redisUrl, clock, stores, logs, serviceTokens: tokens } = journey.cluster;
    const around = {
      dir,
      api,
      redisUrl,
      clock,
      tokens,
      stores,
      env: { HOLDFAST_DEV_CLUSTER: dir },
    };
    const specs = serviceSpecs({
      ...around,
      bundles: await currentBundles(),
      extra: { HOLDFAST_IDENTITY: 'watcher-1' },
    });
    const [watcher] = specs.filter(({ name }) => name === 'watcher');
    if (!watcher) throw new Error('there is no watcher to launch');
    return launchServices([{ ...watcher, name: 'watcher-1' }], { logDir: logs });
  }
});

/** How many samples speak of backups: none on a watcher that does not lead, or sums over replicas would double. */
function objectSamples(page: readonly Sample[]): number {
  return page.filter(({ name, labels }) => name.startsWith('neo4jbackup_') && labels['namespace'] !== undefined).length;
}

function spec(more: object = {}): object {
  return { target: { kind: 'Cluster', name: 'prod' }, storage: bucket('served'), ...more };
}
