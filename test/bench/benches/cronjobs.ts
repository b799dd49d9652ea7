import { join } from 'node:path';
import { Redis } from 'ioredis';
import { installDefinitions, makeNamespace } from '../../cluster/furnish.ts';
import { writeKubeconfig } from '../../cluster/kubeconfig.ts';
import { kubernetes } from '../../cluster/real/kubernetes.ts';
import { makeServiceAccounts, serviceTokens } from '../../cluster/services/accounts.ts';
import { until } from '../../until.ts';
import { inTurn, mustBe, type Bench, type Contest, type Sample, type Size } from '../harness/bench.ts';
import { onKubernetes, openControlPlane, type ControlPlane } from '../harness/control-plane.ts';
import { quantile } from '../harness/judge.ts';
import type { Program } from '../harness/processes.ts';
import { saidReady, startService } from '../harness/services.ts';
import type { Site } from '../harness/site.ts';
import { backups, jobs, makeBackup, makeTarget, namespace, noLimits } from '../harness/subjects.ts';
import { follow } from '../harness/watched-jobs.ts';

export const cronjobs: Bench = {
  name: 'cronjobs',
  about:
    `1,000 schedules that are due in one second on a real control plane without nodes (Kubernetes ${kubernetes.version}: etcd, API ` +
    'server, controllers, scheduler): from the slot to the moment a watch shows the Job, its 99th percentile. Ours is watcher and worker ' +
    'as they are deployed, with accounts of their own; against as many CronJobs, with the limits that the controller manager has by ' +
    'itself and with limits lifted (100 CronJobs at a time, 1,000 requests a second). Each plays on a control plane of its own that ' +
    'was started anew. A round takes seven minutes and its ratios lie far from their goals, so that two are enough.',
  distance:
    'A backup costs the API server some 17 requests until and around its Job (record, admission, target, storage class, claim, account, Role, ' +
    'RoleBinding, Job, notes, Events), each 2 to 4 ms of its processor time here; a CronJob costs one. The goals would leave room for two.',
  rounds: 3,
  open: onKubernetes(openContest),
};

const counts = { smoke: 10, full: 1_000, large: 1_000 } as const;
const minuteMs = 60_000;
const cronJobsPath = `/apis/batch/v1/namespaces/${namespace}/cronjobs`;

const lifted = {
  'concurrent-cron-job-syncs': '100',
  'kube-api-qps': '1000',
  'kube-api-burst': '2000',
};

async function openContest(site: Site, size: Size): Promise<Contest> {
  const count = counts[size];
  const contenders = [
    { name: 'holdfast', run: () => onPlane(site, {}, (plane) => play(plane, backupsOf(plane, site), count)) },
    { name: 'CronJobs', run: () => onPlane(site, {}, (plane) => play(plane, cronJobsOf(plane), count)) },
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

/** Sets a control plane up for one play, and takes it away with all that the play has left there. */
async function onPlane(
  site: Site,
  controllers: Readonly<Record<string, string>>,
  work: (plane: ControlPlane) => Promise<Sample>,
): Promise<Sample> {
  const plane = await openControlPlane(site, controllers);
  try {
    await makeNamespace(plane.client, namespace);
    return await work(plane);
  } finally {
    await plane.stop();
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

async function play({ client, clock }: ControlPlane, maker: Maker, count: number): Promise<Sample> {
  const stop = new AbortController();
  try {
    await maker.furnish();
    const seenAt = new Map<string, number>();
    await follow(client, jobs, stop.signal, ({ type, object }) => {
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

function cronJobsOf({ client }: ControlPlane): Maker {
  const container = { name: 'backup', image: 'none', command: ['true'], env: [{ name: 'WORD', value: 'a word' }] };
  const jobTemplate = {
    spec: { backoffLimit: 0, template: { spec: { restartPolicy: 'Never', containers: [container] } } },
  };
  return {
    furnish: () => Promise.resolve(),
    async schedule(names, slot) {
      const made = names.map((name) =>
        client.create(cronJobsPath, {
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
      const { items } = await client.get<{ items: { status: { active?: unknown[] } }[] }>(cronJobsPath);
      return items.every(({ status }) => status.active?.length === 1);
    },
    stop: () => Promise.resolve(),
  };
}

interface Scheduled {
  readonly status?: { readonly phase?: string; readonly activeRun?: { readonly job?: object } };
}

function backupsOf({ dir, access, client, clock }: ControlPlane, site: Site): Maker {
  const services: Program[] = [];
  const all = async (holds: (backup: Scheduled) => boolean) => {
    const { items } = await client.get<{ items: Scheduled[] }>(backups);
    return items.every(holds);
  };
  return {
    async furnish() {
      await Promise.all([installDefinitions(client), makeServiceAccounts(client)]);
      await makeTarget(client);
      const redis = new Redis(site.redis.url);
      await redis.flushall();
      redis.disconnect();
      const tokens = await serviceTokens(client);
      for (const name of ['watcher', 'worker'] as const) {
        const kubeconfig = join(dir, `kubeconfig.${name}`);
        writeKubeconfig(kubeconfig, { ...access, token: tokens[name] });
        const extra = { HOLDFAST_CLOCK_FILE: clock.file, ...noLimits };
        const service = await startService(name, { kubeconfig, redisUrl: site.redis.url, extra });
        services.push(service);
        await saidReady(service);
      }
    },
    async schedule(names, slot) {
      await Promise.all(names.map((name) => makeBackup(client, name, { schedule: cronOf(slot) })));
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

function cronOf(slot: Date): string {
  return `${slot.getUTCMinutes()} ${slot.getUTCHours()} * * *`;
}
