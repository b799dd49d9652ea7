import { randomUUID } from 'node:crypto';
import { decide } from '@holdfast/core';
import { campaign, keyedQueue, openKube, type KeyedQueue } from '@holdfast/kube';
import { openDoorbell } from '@holdfast/queue';
import { runService, watchQueue } from '@holdfast/runtime';
import { apply, type Hands } from './apply.ts';
import { configSchema } from './config.ts';
import { exportMetrics, type WatcherMetrics } from './metrics/export-metrics.ts';
import { openPlaces } from './places.ts';
import { openRounds } from './rounds.ts';
import { looksAtTarget } from './workloads.ts';
import { watchWorld, type World } from './world.ts';

await runService(
  'watcher',
  async ({ signal, log, clock, metrics, health, config }) => {
    const identity = `${config.HOLDFAST_IDENTITY}-${randomUUID().slice(0, 8)}`;
    const requests = metrics.counter('kube_requests_total');
    const kube = await openKube({
      kubeconfig: config.HOLDFAST_KUBECONFIG,
      // The audit log then says of each write by which holder of the Lease it was made.
      userAgent: `holdfast-watcher (${identity})`,
      onRequest: (code) => requests.inc({ code }),
    });
    const doorbell = openDoorbell({
      redisUrl: config.HOLDFAST_REDIS_URL,
      now: () => clock.now(),
      onWarning: (sentence) => log.error({ reason: 'QueueUnfit' }, sentence),
      onForgotten: () => rebuild(),
    });
    const limits = {
      global: config.HOLDFAST_LIMIT_GLOBAL,
      perTarget: config.HOLDFAST_LIMIT_PER_TARGET,
      perLocation: config.HOLDFAST_LIMIT_PER_LOCATION,
    };
    const places = openPlaces(limits, () => clock.now());
    const fenced = metrics.counter('fenced_writes_total');
    const rebuilds = metrics.counter('queue_rebuilds_total');
    const hands: Hands = { kube, doorbell, places, clock, log, onFenced: () => fenced.inc() };
    let looks: KeyedQueue | undefined;
    const rounds = openRounds(clock, config.HOLDFAST_RESYNC_SECONDS * 1000);
    let counters: WatcherMetrics | undefined;

    const world = watchWorld(kube, {
      namespace: config.HOLDFAST_WATCH_NAMESPACE,
      signal,
      clock,
      log,
      changes: {
        onBackup(key, current, previous) {
          counters?.follow(current, previous);
          const mayStart = places.follow(key, current);
          if (!current) looks?.forget(key);
          for (const each of [key, ...mayStart]) looks?.add(each);
        },
        onJob: (key) => looks?.add(key),
        onTarget(namespace) {
          if (looks) for (const key of concernedBy(world, namespace)) looks.add(key);
        },
      },
    });

    const leadership = campaign({
      kube,
      namespace: config.HOLDFAST_NAMESPACE,
      name: 'holdfast-watcher',
      identity,
      signal,
      log,
      clock,
      lead: async (leading) => {
        log.info({ identity }, 'leading');
        looks = keyedQueue({ clock, signal: leading, log, handle: (key) => look(key) });
        await world.synced;
        await rounds.keep(world, looks, leading);
        looks = undefined;
      },
    });
    counters = exportMetrics(metrics, {
      world,
      places,
      doorbell,
      leads: () => leadership.leads(),
      now: () => clock.now(),
    });
    watchQueue([doorbell], {
      metrics,
      health,
      away: 'Redis does not answer; runs are recorded and ring when it is back',
    });
    health.check('looks', () => (leadership.leads() ? rounds.check() : { state: 'ok' }));
    health.setNotReady('the first listing of backups, Jobs and targets is not complete');
    await world.synced;
    health.setReady();
    await leadership.ended;
    await doorbell.close();
    kube.close();

    /** Redis holds nothing that matters: whoever leads rings for everything that is not over. */
    function rebuild(): void {
      if (!leadership.leads()) return;
      log.warn('Redis has forgotten everything; it is rung again');
      rebuilds.inc();
      rounds.lookNow();
    }

    async function look(key: string): Promise<void> {
      const observed = world.observe(key);
      if (!observed || !leadership.leads()) return;
      const intent = decide(observed, clock.now());
      await apply(observed, intent, hands, clock.now());
      if ('until' in intent && intent.until) looks?.at(key, intent.until);
    }
  },
  { config: configSchema, version: '0.1.0' },
);

/** Backups whose run waits for a target in this namespace, or whose triggers look at one. */
function concernedBy(world: World, namespace: string): string[] {
  const keys: string[] = [];
  for (const facts of world.backups()) {
    const { key, spec, status } = facts;
    if (spec?.target.namespace !== namespace) continue;
    if (status.activeRun?.waitingFor?.reason.startsWith('Target') || looksAtTarget(facts))
      keys.push(`${key.namespace}/${key.name}`);
  }
  return keys;
}
