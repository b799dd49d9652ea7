import { setTimeout as sleep } from 'node:timers/promises';
import { openDoorbell, type Doorbell } from '@holdfast/queue';
import type { Neo4jBackup } from '@holdfast/types';
import { Redis } from 'ioredis';
import { join } from 'node:path';
import { writeKubeconfig } from '../../cluster/kubeconfig.ts';
import type { ApiClient } from '../../cluster/kubelet/api-client.ts';
import { startFaultProxy, type FaultProxy } from '../../cluster/proxy/fault-proxy.ts';
import { until } from '../../until.ts';
import { mustBe, type Bench, type Contest, type Round, type Size } from '../harness/bench.ts';
import { openEmbedded } from '../harness/embedded.ts';
import { costOf, type Program } from '../harness/processes.ts';
import { saidReady, startService } from '../harness/services.ts';
import { onSite, type Site } from '../harness/site.ts';
import { backups, backupsOfAll, jobs, makeBackup, makeTarget, namespace, noLimits, pods } from '../harness/subjects.ts';
import { watchRuns } from '../harness/watched-runs.ts';

export const storm: Bench = {
  name: 'storm',
  about:
    'The watcher as it is deployed, behind a proxy. First 10,000 changes that mean nothing to it, an annotation of somebody else’s on ' +
    'backups that wait for their slot: what it rings, writes and creates because of them. Then five minutes in which all its watches are ' +
    'cut 100 times, and each time, while it hears nothing, a backup is created: runs that never come, runs that come twice, and how ' +
    'often the kind that is listed most is listed again. These are counts and no times, so that two rounds tell them.',
  rounds: 3,
  open: (size) => onSite((site) => openContest(site, size)),
};

interface Weather {
  readonly waiting: number;
  readonly events: number;
  readonly disconnects: number;
  /** From one disconnect to the next. */
  readonly everyMs: number;
}

const smoke: Weather = { waiting: 10, events: 100, disconnects: 4, everyMs: 1_000 };
const full: Weather = { waiting: 100, events: 10_000, disconnects: 100, everyMs: 3_000 };

/** Twice as long as the watcher takes to look at everything again by itself. */
const patienceMs = 120_000;

async function openContest(site: Site, size: Size): Promise<Contest> {
  const weather = size === 'smoke' ? smoke : full;
  const { client, url } = await openEmbedded(site);
  await furnish(client, weather.waiting);
  const proxy = await startFaultProxy({ url });
  site.later(() => proxy.close());
  const kubeconfig = join(site.dir, 'kubeconfig-of-services');
  writeKubeconfig(kubeconfig, proxy.url);
  const doorbell = openDoorbell({ redisUrl: site.redis.url });
  site.later(() => doorbell.close());
  const redis = new Redis(site.redis.url);
  site.later(() => redis.disconnect());
  const around = { kubeconfig, redisUrl: site.redis.url, extra: noLimits };
  const scene: Scene = { client, proxy, doorbell, weather };
  const events = weather.events.toLocaleString('en');
  const goals = [
    [`rings, writes and Jobs after ${events} events that change nothing`, 'deeds', 0],
    [`lost runs of ${weather.disconnects} disconnects`, 'lost', 0],
    [`doubled runs of ${weather.disconnects} disconnects`, 'doubled', 0],
    [`relists of one kind in ${weather.disconnects} disconnects`, 'relists', 4],
  ] as const;
  return {
    comparisons: goals.map(([title, value, atMost]) => ({ title, ours: 'holdfast', value, goal: { atMost } })),
    left: [],
    round: async () => {
      await redis.flushall();
      const services: Program[] = [];
      const start = async (name: 'watcher' | 'worker') => {
        const service = await startService(name, around);
        services.push(service);
        await saidReady(service);
        return service;
      };
      try {
        const watcher = await start('watcher');
        const deeds = await afterNothing(scene);
        await start('worker'); // only now, because a ring that nobody answers can be counted
        const seen = await throughDisconnects(scene);
        return { holdfast: { deeds, ...seen, ...costOf(watcher) } } satisfies Round;
      } finally {
        await Promise.all(services.map((service) => service.stop()));
        await clear(client);
      }
    },
    close: () => site.close(),
  };
}

interface Scene {
  readonly client: ApiClient;
  readonly proxy: FaultProxy;
  readonly doorbell: Doorbell;
  readonly weather: Weather;
}

async function furnish(client: ApiClient, waiting: number): Promise<void> {
  await makeTarget(client);
  const names = Array.from({ length: waiting }, (_, index) => `waiting-${index}`);
  await Promise.all(names.map((name) => makeBackup(client, name, { schedule: farAway() })));
}

/** Half a year from now: no slot comes while we look. */
function farAway(): string {
  return `0 0 1 ${((new Date().getUTCMonth() + 6) % 12) + 1} *`;
}

/** What the watcher does because of changes that mean nothing to it. */
async function afterNothing({ client, proxy, doorbell, weather }: Scene): Promise<number> {
  await until(async () => (await statusesOf(client)).every(({ phase }) => phase === 'Scheduled'), {
    withinMs: 60_000,
    saying: 'every backup waits for its slot',
  });
  proxy.forget();
  let sent = 0;
  const touch = async () => {
    while (sent < weather.events) {
      const touched = (sent += 1);
      const annotations = { 'example.com/heartbeat': String(touched) };
      await client.patch(`${backups}/waiting-${touched % weather.waiting}`, { metadata: { annotations } });
    }
  };
  await Promise.all(Array.from({ length: 8 }, touch));
  const probe = `${backups}/probe`;
  await makeBackup(client, 'probe', { schedule: farAway() });
  const seen = async () => (await client.get<Neo4jBackup>(probe)).status?.phase === 'Scheduled';
  await until(seen, { withinMs: 60_000, saying: 'the watcher saw what came after the storm' });
  mustBe(relistsOf(proxy) === 0, 'a list took the place of events');
  const queues = await Promise.all((['backup', 'retention', 'verify'] as const).map((name) => doorbell.depth(name)));
  const rung = queues.reduce((sum, { waiting, delayed, active }) => sum + waiting + delayed + active, 0);
  const written = proxy.count(
    ({ agent, method, path }) => isWatcher(agent) && method !== 'GET' && !/\/(leases|probe)(\/|$)/.test(path),
  );
  const created = (await client.get<{ items: unknown[] }>(jobs)).items.length;
  const deeds = rung + written + created;
  mustBe(deeds === 0, `changes that mean nothing brought ${rung} rings, ${written} writes and ${created} Jobs`);
  return deeds;
}

/** Cuts every watch again and again, and creates a backup each time before anybody listens again. */
async function throughDisconnects({ client, proxy, weather }: Scene) {
  const { disconnects, everyMs } = weather;
  const watched = await watchRuns(client, namespace);
  try {
    proxy.forget();
    const names = Array.from({ length: disconnects }, (_, index) => `during-${index}`);
    const beganAt = performance.now();
    for (const [index, name] of names.entries()) {
      await sleep(Math.max(0, beganAt + index * everyMs - performance.now()));
      await until(() => cut(proxy, backupsOfAll), {
        withinMs: 60_000,
        saying: 'the watcher watches backups',
        everyMs: 5,
      });
      cut(proxy, () => true);
      await makeBackup(client, name);
    }
    await sleep(Math.max(0, beganAt + disconnects * everyMs - performance.now()));
    const relists = relistsOf(proxy);
    const missing = () => names.filter((name) => watched.jobsOf(name) === 0);
    await until(() => missing().length === 0, { withinMs: patienceMs, saying: 'a Job for each backup' });
    await until(async () => (await statusesOf(client)).every(({ activeRun }) => !activeRun || activeRun.job), {
      saying: 'every record knows its Job',
    });
    const doubled = names.filter((name) => watched.jobsOf(name) > 1 || watched.runsOf(name) > 1);
    mustBe(doubled.length === 0, `more than one run of ${doubled.join(', ')}`);
    return { lost: missing().length, doubled: doubled.length, relists };
  } finally {
    watched.stop();
  }
}

function cut(proxy: FaultProxy, path: string | (() => true)): boolean {
  const matches = typeof path === 'string' ? (asked: string) => asked === path : path;
  return proxy.dropWatches(({ agent, path: asked }) => isWatcher(agent) && matches(asked)) > 0;
}

/** First pages of lists, of the kind that was listed most. */
function relistsOf(proxy: FaultProxy): number {
  const counts = new Map<string, number>();
  for (const { agent, path, query } of proxy.passed) {
    if (!isWatcher(agent) || !query.has('limit') || query.has('continue') || query.has('watch')) continue;
    counts.set(path, (counts.get(path) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}

function isWatcher(agent: string): boolean {
  return agent.startsWith('holdfast-watcher');
}

async function statusesOf(client: ApiClient): Promise<NonNullable<Neo4jBackup['status']>[]> {
  const { items } = await client.get<{ items: Neo4jBackup[] }>(backups);
  return items.map(({ status }) => status ?? {});
}

/** Everything but the backups that wait for their slot. */
async function clear(client: ApiClient): Promise<void> {
  const { items } = await client.get<{ items: Neo4jBackup[] }>(backups);
  const names = items.map(({ metadata }) => metadata.name).filter((name) => !name.startsWith('waiting-'));
  await Promise.all(names.map((name) => client.delete(`${backups}/${name}`)));
  const left = async (path: string) => (await client.get<{ items: unknown[] }>(path)).items.length;
  await until(async () => (await left(jobs)) + (await left(pods)) === 0, { saying: 'Jobs and pods are gone' });
}
