import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installDefinitions, makeNamespace } from '../../cluster/furnish.ts';
import { writeKubeconfig } from '../../cluster/kubeconfig.ts';
import type { ApiClient } from '../../cluster/kubelet/api-client.ts';
import { kubernetes } from '../../cluster/real/kubernetes.ts';
import { until } from '../../until.ts';
import { inTurn, mustBe, type Bench, type Contender, type Contest, type Sample, type Size } from '../harness/bench.ts';
import { onKubernetes, openControlPlane } from '../harness/control-plane.ts';
import { openEmbedded } from '../harness/embedded.ts';
import { quantile } from '../harness/judge.ts';
import { startProgram, type Program } from '../harness/processes.ts';
import { startService } from '../harness/services.ts';
import { onSite, type Site } from '../harness/site.ts';
import { backups, jobs, makeBackup, makeTarget, namespace, noLimits, pods } from '../harness/subjects.ts';
import { watchJobs, type WatchedJobs } from '../harness/watched-jobs.ts';
import { jobMakers } from './job-makers.ts';

export const eventJob: Bench = {
  name: 'event-job',
  about:
    'From the moment a watch shows a new backup to the moment it shows the backup’s Job: watcher, Redis and worker as they are deployed, ' +
    'against the same steps called directly in one process. Each has an embedded API server of its own. Below, 1,000 Jobs that are ' +
    'created by a handler of the queue, against bare POSTs with as many in flight.',
  distance:
    'A Job that a handler makes also costs the queue its scripts at the start and the end of each job, in Redis and here, which bare POSTs do not have. ' +
    'The time to the first Job is nearly all the API server’s; its worst round says how quiet the machine was.',
  open: (size) => onSite((site) => openContest(site, size)),
};

export const eventJobReal: Bench = {
  name: 'event-job-real',
  about:
    'The same from a backup to its Job, each on a real control plane of its own without nodes ' +
    `(Kubernetes ${kubernetes.version}: etcd, API server, controllers, scheduler), whose controllers may ask 200 times a second: at their ` +
    'usual 20 it takes them minutes to clear up after each play. Three rounds count, because each takes minutes all the same.',
  rounds: 4,
  open: onKubernetes(openRealContest),
};

interface Pace {
  readonly perSecond: number;
  readonly count: number;
  readonly share: number;
}

const paces = {
  smoke: [
    { perSecond: 5, count: 4, share: 0.5 },
    { perSecond: 30, count: 12, share: 0.99 },
  ],
  full: [
    { perSecond: 5, count: 30, share: 0.5 },
    { perSecond: 30, count: 300, share: 0.99 },
  ],
} as const satisfies Record<string, readonly Pace[]>;

async function openContest(site: Site, size: Size): Promise<Contest> {
  const duel = await openDuel(site, size, openEmbedded);
  const makers = await jobMakers(site, size === 'smoke' ? 50 : 1_000);
  return {
    comparisons: [...duel.comparisons, makers.comparison],
    left: [],
    round: () => inTurn([...duel.contenders, ...makers.contenders]),
    close: () => site.close(),
  };
}

async function openRealContest(site: Site, size: Size): Promise<Contest> {
  const { comparisons, contenders } = await openDuel(site, size, realApi);
  return { comparisons, left: [], round: () => inTurn(contenders), close: () => site.close() };
}

/** The deployed services against one process, each on ground of its own. */
async function openDuel(site: Site, size: Size, ground: Ground) {
  const [slow, fast] = paces[size === 'smoke' ? 'smoke' : 'full'];
  const deployed = await openWorld(site, ground);
  const direct = await openWorld(site, ground);
  const around = { kubeconfig: deployed.api.kubeconfig, redisUrl: site.redis.url, extra: noLimits };
  const services = [await startService('watcher', around), await startService('worker', around)];
  const oneProcess = startProgram(join(import.meta.dirname, '../programs/direct.ts'), {
    args: [direct.api.kubeconfig, noLimits['HOLDFAST_LIMIT_GLOBAL'] ?? ''],
  });
  for (const program of [...services, oneProcess]) site.later(() => program.stop());
  await oneProcess.heard();
  const contenders: readonly Contender[] = [slow, fast].flatMap((pace) => [
    { name: `queue at ${pace.perSecond}/s`, run: () => deployed.play(pace, services) },
    { name: `direct at ${pace.perSecond}/s`, run: () => direct.play(pace, [oneProcess]) },
  ]);
  const comparisons = [
    comparison(slow, { title: 'event seen → Job created, p50', atMost: 1.25 }),
    comparison(fast, { title: 'event seen → Job created, p99', atMost: 2 }),
  ];
  return { contenders, comparisons };
}

function comparison({ perSecond }: Pace, { title, atMost }: { title: string; atMost: number }) {
  return {
    title: `${title} at ${perSecond}/s`,
    ours: `queue at ${perSecond}/s`,
    ruler: `direct at ${perSecond}/s`,
    value: 'ms',
    goal: { atMost },
  };
}

/** An API server for one of the two. */
type Ground = (site: Site) => Promise<Api>;

interface Api {
  readonly kubeconfig: string;
  readonly client: ApiClient;
}

async function realApi(site: Site): Promise<Api> {
  const plane = await openControlPlane(site, { 'kube-api-qps': '200', 'kube-api-burst': '400' });
  site.later(() => plane.stop());
  await Promise.all([installDefinitions(plane.client), makeNamespace(plane.client, 'holdfast')]);
  const kubeconfig = join(plane.dir, 'kubeconfig');
  writeKubeconfig(kubeconfig, plane.access);
  return { kubeconfig, client: plane.client };
}

async function openWorld(site: Site, ground: Ground): Promise<World> {
  const api = await ground(site);
  await makeTarget(api.client);
  const watched = await watchJobs(api.client, namespace);
  site.later(() => watched.stop());
  return new World(api, watched);
}

class World {
  readonly api: Api;
  readonly #watched: WatchedJobs;
  #made = 0;

  constructor(api: Api, watched: WatchedJobs) {
    this.api = api;
    this.#watched = watched;
  }

  /** New backups at an even pace, until each has its Job; then everything is removed again. */
  async play({ perSecond, count, share }: Pace, programs: readonly Program[]): Promise<Sample> {
    const watched = this.#watched;
    watched.forget();
    const cpuBefore = cpuOf(programs);
    const names = Array.from({ length: count }, () => `b${(this.#made += 1)}`);
    const beganAt = performance.now();
    const created = names.map(async (name, index) => {
      await sleep(Math.max(0, beganAt + (index * 1000) / perSecond - performance.now()));
      await makeBackup(this.api.client, name);
    });
    await Promise.all(created);
    await until(() => watched.jobs >= count, { withinMs: 60_000, saying: `each of ${count} backups has its Job` });
    const cpuSeconds = cpuOf(programs) - cpuBefore;
    const delays = watched.delaysMs();
    await this.#settle();
    mustBe(watched.jobs === count && delays.length === count, `${count} backups brought ${watched.jobs} Jobs`);
    mustBe(delays.every(Number.isFinite), 'a Job appeared without its backup');
    await this.#clear(names);
    return { ms: quantile(delays, share), cpuSeconds };
  }

  /** Until every record knows its Job: then nobody has anything left to do, and a second Job would have come. */
  async #settle(): Promise<void> {
    const { client } = this.api;
    await until(
      async () => {
        const { items } = await client.get<{ items: { status?: { activeRun?: { job?: object } } }[] }>(backups);
        return items.every(({ status }) => status?.activeRun?.job !== undefined);
      },
      { saying: 'every record knows its Job' },
    );
  }

  async #clear(names: readonly string[]): Promise<void> {
    const { client } = this.api;
    await Promise.all(names.map((name) => client.delete(`${backups}/${name}`)));
    const left = async (path: string) => (await client.get<{ items: unknown[] }>(path)).items.length;
    const all = [backups, jobs, pods];
    await until(async () => (await Promise.all(all.map(left))).every((count) => count === 0), {
      withinMs: 300_000,
      everyMs: 500,
      saying: 'backups, Jobs and pods are gone',
    });
  }
}

function cpuOf(programs: readonly Program[]): number {
  return programs.reduce((sum, program) => sum + (program.cpuSeconds() ?? Number.NaN), 0);
}
