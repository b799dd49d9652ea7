import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { openDoorbell } from '@holdfast/queue';
import { Redis } from 'ioredis';
import { writeKubeconfig } from '../../cluster/kubeconfig.ts';
import { currentBundles } from '../../cluster/services/bundles.ts';
import { until } from '../../until.ts';
import { inTurn, mustBe, type Bench, type Contest, type Sample } from '../harness/bench.ts';
import { costOf, startProgram, type Program } from '../harness/processes.ts';
import { serviceEnv, startService } from '../harness/services.ts';
import { onSite, type Site } from '../harness/site.ts';

export const cold: Bench = {
  name: 'cold',
  about:
    'From the start of a worker’s process to the first job that it takes from the queue and looks at in Kubernetes; against a Node ' +
    'without any package that does the same through raw sockets, and against the same program unbundled.',
  distance:
    'What is left is evaluating the packages that the worker cannot do without: BullMQ and its client of Redis, zod, pino, prom-client.',
  open: () => onSite(openContest),
};

const ring = { v: 1, namespace: 'shop', name: 'orders' } as const;
const wanted = `/apis/neo4j.neo4j.com/v1alpha1/namespaces/${ring.namespace}/neo4jbackups/${ring.name}`;
const rawKey = 'raw';

async function openContest(site: Site): Promise<Contest> {
  await currentBundles(); // built before the first start is timed
  const api = await startApi();
  site.later(() => api.close());
  const kubeconfig = join(site.dir, 'kubeconfig');
  writeKubeconfig(kubeconfig, `http://127.0.0.1:${api.port}`);
  const around = { kubeconfig, redisUrl: site.redis.url };
  const doorbell = openDoorbell({ redisUrl: site.redis.url });
  site.later(() => doorbell.close());
  const redis = new Redis(site.redis.url);
  site.later(() => redis.disconnect());

  const ours = {
    ring: () => doorbell.ring('backup', ring),
    left: async () => {
      const { waiting, delayed, active } = await doorbell.depth('backup');
      return waiting + delayed + active;
    },
  };
  const raw = { ring: () => redis.lpush(rawKey, 'job'), left: () => redis.llen(rawKey) };
  const programs = join(import.meta.dirname, '../programs');
  const source = join(import.meta.dirname, '../../../services/worker/src/main.ts');
  const rawArgs = [String(site.redis.port), rawKey, String(api.port), wanted];
  const start = {
    worker: () => startService('worker', around),
    raw: async () => startProgram(join(programs, 'raw-socket.mjs'), { args: rawArgs }),
    unbundled: async () => startProgram(source, { env: serviceEnv(around) }),
  };
  const contenders = [
    { name: 'worker', run: () => coldStart(start.worker, ours, api) },
    { name: 'raw sockets', run: () => coldStart(start.raw, raw, api) },
    { name: 'unbundled', run: () => coldStart(start.unbundled, ours, api) },
  ];
  const title = 'process start → first job taken';
  return {
    comparisons: [
      { title, ours: 'worker', ruler: 'raw sockets', value: 'ms', goal: { atMost: 4 } },
      { title, ours: 'worker', ruler: 'unbundled', value: 'ms', goal: { atMost: 0.25 } },
    ],
    left: [],
    round: () => inTurn(contenders),
    close: () => site.close(),
  };
}

interface Queue {
  ring(): Promise<unknown>;
  /** Jobs that nobody has taken, or that are not done yet. */
  left(): Promise<number>;
}

async function coldStart(start: () => Promise<Program>, queue: Queue, api: Api): Promise<Sample> {
  await queue.ring();
  api.looks = 0;
  const looked = api.nextLook();
  const startedAt = performance.now();
  const program = await start();
  try {
    await Promise.race([looked, program.ended]);
    const sample = { ms: performance.now() - startedAt, ...costOf(program) };
    await until(async () => (await queue.left()) === 0, { withinMs: 10_000, saying: 'the queue is empty' });
    mustBe(api.looks === 1, `one job was looked at ${api.looks} times`);
    return sample;
  } finally {
    await program.stop();
  }
}

interface Api {
  readonly port: number;
  looks: number;
  nextLook(): Promise<void>;
  close(): void;
}

/** An API server in which the one object that is asked for does not exist: the shortest look there is. */
async function startApi(): Promise<Api> {
  let seen = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    if (request.url === wanted) {
      api.looks += 1;
      seen.resolve();
    }
    const body = JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 });
    response.writeHead(404, { 'content-type': 'application/json' }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const api: Api = {
    port: (server.address() as AddressInfo).port,
    looks: 0,
    nextLook: () => (seen = Promise.withResolvers<void>()).promise,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return api;
}
