import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { openClusterClock, type ClusterClock } from '../../cluster/clock/clock.ts';
import { installDefinitions, makeNamespace, makeStorageClasses } from '../../cluster/furnish.ts';
import { writeKubeconfig } from '../../cluster/kubeconfig.ts';
import { ApiClient, type ApiAccess } from '../../cluster/kubelet/api-client.ts';
import { startControlPlane } from '../../cluster/real/control-plane.ts';
import { howToBuild, kubernetes } from '../../cluster/real/kubernetes.ts';
import { makeServiceAccounts, serviceTokens } from '../../cluster/services/accounts.ts';
import { builtModule } from '../../go-build.ts';
import { until } from '../../until.ts';
import { inTurn, mustBe, type Bench, type Contest, type Sample, type Size } from '../harness/bench.ts';
import { quantile } from '../harness/judge.ts';
import type { Program } from '../harness/processes.ts';
import { saidReady, startService } from '../harness/services.ts';
import { onSite, type Site } from '../harness/site.ts';
import { follow } from '../harness/watched-jobs.ts';

export const cronjobs: Bench = {
  name: 'cronjobs',
  about:
    `1,000 schedules that are due in one second on a real control plane without nodes (Kubernetes ${kubernetes.version}: etcd, API ` +
    'server, controllers, scheduler): from the slot to the moment a watch shows the Job, its 99th percentile. Ours is watcher and worker ' +
    'as they are deployed, with accounts of their own; against as many CronJobs, with the limits that the controller manager has by ' +
    'itself and with limits lifted (100 CronJobs at a time, 1,000 requests a second). Each plays on a control plane of its own that ' +
    'was started anew.',
  open: (size) => (builtModule(kubernetes) ? onSite((site) => openContest(site, size)) : Promise.resolve(nothing)),
};

const nothing: Contest = {
  comparisons: [],
  left: [`everything: Kubernetes is not built here; build it once with \`${howToBuild}\``],
  round: () => Promise.resolve({}),
  close: () => Promise.resolve(),
};

const counts = { smoke: 10, full: 1_000, large: 1_000 } as const;
const minuteMs = 60_000;
const namespace = 'bench';
const group = '/apis/neo4j.neo4j.com/v1alpha1';
const batch = `/apis/batch/v1/namespaces/${namespace}`;
const limit = '100000';

/** What a dev cluster tells the controller manager about looking again for its clock's sake would be in the way of both sides. */
const ownLimits = { 'min-resync-period': '12h0m0s' };
const lifted = {
  ...ownLimits,
  'concurrent-cron-job-syncs': '100',
  'kube-api-qps': '1000',
  'kube-api-burst': '2000',
};

async function openContest(site: Site, size: Size): Promise<Contest> {
  const count = counts[size];
  const contenders = [
    { name: 'holdfast', run: () => onPlane(site, ownLimits, (plane) => play(plane, backupsOf(plane, site), count)) },
    { name: 'CronJobs', run: () => onPlane(site, ownLimits, (plane) => play(plane, cronJobsOf(plane), count)) },
    {
      name: 'CronJobs, limits lifted',
      run: () => onPlane(site, lifted, (plane) => play(plane, cronJobsOf(plane), count)),
    },
  ];
  const title = `${count.toLocaleString('en')} due in one second, p99 from the slot to the Job`;
  const both = { title, ours: 'holdfast', value: 'p99Ms' };
  return {
    comparisons: [
      { ...both, ruler: 'CronJobs', goal: { atMost: 0.02 } },
      { ...both, ruler: 'CronJobs, limits lifted', goal: { atMost: 0.3 } },
    ],
    left: [],
    round: () => inTurn(contenders),
    close: () => site.close(),
  };
}

interface Plane {
  readonly dir: string;
  readonly access: ApiAccess;
  readonly client: ApiClient;
  readonly clock: ClusterClock;
}

let planes = 0;

/** Sets a control plane up for one play, and takes it away with all that the play has left there. */
async function onPlane(
  site: Site,
  controllers: Readonly<Record<string, string>>,
  work: (plane: Plane) => Promise<Sample>,
): Promise<Sample> {
  const dir = join(site.dir, `plane-${(planes += 1)}`);
  await mkdir(dir);
  const clock = openClusterClock(join(dir, 'clock.json'));
  const env = { HOLDFAST_DEV_CLUSTER: site.dir, HOLDFAST_CLOCK_FILE: clock.file };
  const plane = await startControlPlane({ dir: join(dir, 'kept'), logs: dir, env, controllers });
  const client = new ApiClient(plane.access);
  try {
    await makeNamespace(client, namespace);
    return await work({ dir, access: plane.access, client, clock });
  } finally {
    client.close();
    await plane.stop();
    await rm(dir, { recursive: true });
  }
}

/** One who makes a Job for each schedule. */
interface Maker {
  /** What is there before the first schedule. */
  furnish(): Promise<void>;
  /** Makes schedules of these names, all due at `slot`; resolves when their maker waits for it. */
  schedule(names: readonly string[], slot: Date): Promise<void>;
  /** The name of the schedule that a Job was made for. */
  scheduleOf(job: string): string;
  /** Whether its maker has written down each Job: then nobody has anything left to do. */
  settled(): Promise<boolean>;
  stop(): Promise<void>;
}

async function play({ client, clock }: Plane, maker: Maker, count: number): Promise<Sample> {
  const stop = new AbortController();
  try {
    await maker.furnish();
    const seenAt = new Map<string, number>();
    await follow(client, `${batch}/jobs`, stop.signal, ({ type, object }) => {
      if (type === 'ADDED') seenAt.set(object.metadata.name, Date.now());
    });
    const leadMs = 15_000 + count * 40;
    const slot = new Date(Math.ceil((clock.now().getTime() + leadMs) / minuteMs) * minuteMs);
    clock.set(new Date(slot.getTime() - leadMs)); // before there is a schedule, because a timer does not leap
    const slotAtMs = slot.getTime() - clock.offsetMs();
    const names = Array.from({ length: count }, (_, index) => `schedule-${index}`);
    await maker.schedule(names, slot);
    const lateMs = Date.now() - slotAtMs;
    if (lateMs > 0)
      throw new Error(`schedules were ready ${lateMs} ms after the slot; play it again on a quieter machine`);
    await until(() => seenAt.size >= count, { withinMs: 900_000, saying: `${count} schedules have their Jobs` });
    await until(() => maker.settled(), { withinMs: 300_000, saying: 'every schedule knows its Job', everyMs: 1_000 });
    const late = [...seenAt.values()].map((at) => at - slotAtMs);
    const due = new Set([...seenAt.keys()].map((job) => maker.scheduleOf(job)));
    mustBe(seenAt.size === count && due.size === count, `${seenAt.size} Jobs of ${due.size} schedules for ${count}`);
    mustBe(Math.min(...late) >= 0, `a Job came ${-Math.min(...late)} ms before its slot`);
    return { p99Ms: quantile(late, 0.99) };
  } finally {
    stop.abort();
    await maker.stop();
  }
}

function cronJobsOf({ client }: Plane): Maker {
  const container = { name: 'backup', image: 'none', command: ['true'], env: [{ name: 'WORD', value: 'a word' }] };
  const jobTemplate = {
    spec: { backoffLimit: 0, template: { spec: { restartPolicy: 'Never', containers: [container] } } },
  };
  return {
    furnish: () => Promise.resolve(),
    async schedule(names, slot) {
      const made = names.map((name) =>
        client.create(`${batch}/cronjobs`, {
          apiVersion: 'batch/v1',
          kind: 'CronJob',
          metadata: { name, namespace },
          spec: { schedule: cronOf(slot), timeZone: 'UTC', jobTemplate },
        }),
      );
      await Promise.all(made);
    },
    scheduleOf: (job) => job.slice(0, job.lastIndexOf('-')),
    async settled() {
      const { items } = await client.get<{ items: { status: { active?: unknown[] } }[] }>(`${batch}/cronjobs`);
      return items.every(({ status }) => status.active?.length === 1);
    },
    stop: () => Promise.resolve(),
  };
}

interface Scheduled {
  readonly status?: { readonly phase?: string; readonly activeRun?: { readonly job?: object } };
}

function backupsOf({ dir, access, client, clock }: Plane, site: Site): Maker {
  const path = `${group}/namespaces/${namespace}/neo4jbackups`;
  const services: Program[] = [];
  const all = async (holds: (backup: Scheduled) => boolean) => {
    const { items } = await client.get<{ items: Scheduled[] }>(path);
    return items.every(holds);
  };
  return {
    async furnish() {
      await Promise.all([installDefinitions(client), makeStorageClasses(client), makeServiceAccounts(client)]);
      await makeTarget(client);
      const redis = new Redis(site.redis.url);
      await redis.flushall();
      redis.disconnect();
      const tokens = await serviceTokens(client);
      for (const name of ['watcher', 'worker'] as const) {
        const kubeconfig = join(dir, `kubeconfig.${name}`);
        writeKubeconfig(kubeconfig, { ...access, token: tokens[name] });
        const extra = {
          HOLDFAST_CLOCK_FILE: clock.file,
          HOLDFAST_LIMIT_GLOBAL: limit,
          HOLDFAST_LIMIT_PER_TARGET: limit,
          HOLDFAST_LIMIT_PER_LOCATION: limit,
        };
        const service = await startService(name, { kubeconfig, redisUrl: site.redis.url, extra });
        services.push(service);
        await saidReady(service);
      }
    },
    async schedule(names, slot) {
      const made = names.map((name) =>
        client.create(path, {
          apiVersion: 'neo4j.neo4j.com/v1alpha1',
          kind: 'Neo4jBackup',
          metadata: { name, namespace },
          spec: {
            target: { kind: 'Cluster', name: 'prod' },
            storage: { type: 'pvc', pvc: { name: 'backups', size: '1Gi' } },
            schedule: cronOf(slot),
          },
        }),
      );
      await Promise.all(made);
      const waits = () => all(({ status }) => status?.phase !== undefined);
      await until(waits, { withinMs: 120_000, saying: 'the watcher has seen every schedule', everyMs: 500 });
    },
    scheduleOf: (job) => job.replace(/-backup$/, ''),
    settled: () => all(({ status }) => status?.activeRun?.job !== undefined),
    async stop() {
      await Promise.all(services.map((service) => service.stop()));
    },
  };
}

async function makeTarget(client: ApiClient): Promise<void> {
  const targets = `${group}/namespaces/${namespace}/neo4jenterpriseclusters`;
  await client.create(targets, {
    apiVersion: 'neo4j.neo4j.com/v1alpha1',
    kind: 'Neo4jEnterpriseCluster',
    metadata: { name: 'prod', namespace },
    spec: { image: { repo: 'neo4j', tag: '5.26-enterprise' }, topology: { primaries: 1, secondaries: 0 } },
  });
  await client.patch(`${targets}/prod/status`, { status: { phase: 'Ready' } });
}

function cronOf(slot: Date): string {
  return `${slot.getUTCMinutes()} ${slot.getUTCHours()} * * *`;
}
