import { BackupError } from '@holdfast/types';
import type { QueueName, Ring } from '@holdfast/types';
import { ErrorCode, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Depth, Doorbell } from './doorbell.ts';
import { jobId } from './job-id.ts';
import { watchFitness } from './redis-check.ts';
import { connectProducer, defaultPrefix, redisTrouble } from './redis-connections.ts';
import { watchMemory } from './redis-memory.ts';
import { countJobs, ringStates, type RingState } from './redis-scripts.ts';

export interface DoorbellOptions {
  /** `redis://[user:password@]host:port[/db]`, or `rediss://` for TLS. */
  readonly redisUrl: string;
  readonly prefix?: string;
  readonly now?: () => Date;
  /** Called after each connection to a server that is not fit for queues, once for each sentence. */
  readonly onWarning?: (sentence: string) => void;
  /** Called when the server has forgotten what it held, so that all of it can be rung again at once. */
  readonly onForgotten?: () => void;
  /** How often a server that stays connected is asked whether it has forgotten. Default 20 s. */
  readonly forgottenEveryMs?: number;
}

/** Opens the ringing side. Returns at once; the connection is made, and remade, behind it. */
export function openDoorbell(options: DoorbellOptions): Doorbell {
  const { redisUrl, prefix = defaultPrefix, now, onWarning, onForgotten, forgottenEveryMs = 20_000 } = options;
  const redis = connectProducer(redisUrl);
  const memory = onForgotten && watchMemory(redis, { prefix, onForgotten, everyMs: forgottenEveryMs });
  const fitness = watchFitness(redis, onWarning ?? (() => undefined));
  let refused: string | undefined;
  const queues = new Map<QueueName, Queue>();
  const queueOf = (name: QueueName) => {
    const known = queues.get(name) ?? openQueue(name, redis, prefix);
    queues.set(name, known);
    return known;
  };
  const context = { redis, queueOf, now: now ?? (() => new Date()) };
  return {
    ring: (queue, ring) => heard(() => whenUp(redis, 'be rung', () => ringOne(context, queue, ring))),
    ringMany: (queue, rings) => heard(() => whenUp(redis, 'be rung', () => ringAll(context, queue, rings))),
    depth: (queue) => whenUp(redis, 'count its queue', () => depthOf(context, queue)),
    get up() {
      return redis.status === 'ready';
    },
    get trouble() {
      return redis.status === 'ready' ? (fitness.problems[0] ?? refused) : undefined;
    },
    close: async () => {
      fitness.close();
      memory?.close();
      await Promise.all([...queues.values()].map((queue) => queue.close()));
      redis.disconnect();
    },
  };

  /** A server that answers may still refuse what is written: full, or a replica. The last ring says so. */
  async function heard(rings: () => Promise<void>): Promise<void> {
    try {
      await rings();
      refused = undefined;
    } catch (error) {
      refused = error instanceof Error ? error.message : String(error);
      throw error;
    }
  }
}

interface Context {
  readonly redis: Redis;
  readonly queueOf: (name: QueueName) => Queue;
  readonly now: () => Date;
}

/** How long a call waits for the very first connection; later ones fail at once while there is none. */
const firstConnectionMs = 1000;
/** How long a ring waits for a handler that has just ended to leave its place. Normally a few milliseconds. */
const leaveMs = 2000;

function openQueue(name: QueueName, redis: Redis, prefix: string): Queue {
  const queue = new Queue(name, {
    connection: redis,
    prefix,
    skipVersionCheck: true, // it would fail for good when the server is away at the start; watchFitness looks instead
    skipWaitingForReady: true,
    skipMetasUpdate: true,
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true, attempts: 1 },
  });
  queue.on('error', () => undefined); // every call reports its own error
  return queue;
}

async function whenUp<T>(redis: Redis, doing: string, act: () => Promise<T>): Promise<T> {
  try {
    await firstConnection(redis);
    return await act();
  } catch (error) {
    throw redisTrouble(doing, error);
  }
}

async function firstConnection(redis: Redis): Promise<void> {
  if (redis.status !== 'connecting' && redis.status !== 'connect') return;
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      redis.off('ready', done).off('close', done);
      resolve();
    };
    const timer = setTimeout(done, firstConnectionMs);
    redis.on('ready', done).on('close', done);
  });
}

async function ringOne(context: Context, name: QueueName, ring: Ring): Promise<void> {
  const queue = context.queueOf(name);
  const id = jobId(ring);
  const key = (type: string) => queue.toKey(type);
  for (const giveUpAt = performance.now() + leaveMs; performance.now() < giveUpAt;) {
    const [state] = await ringStates(context.redis, key, [id], context.now().getTime());
    if (state === 'waiting' || state === 'rung') return;
    if (state === 'delayed') return promote(queue, id);
    if (state === 'absent') return void (await queue.add(name, ring, jobOptions(id, context.now())));
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  throw new BackupError(
    'QueueUnreachable',
    'transient',
    `the ring of ${id} has ended and its worker does not let it go; ring again`,
  );
}

/** A slice at a time: one round trip for all states, one for all that are absent; the few others go one by one. */
async function ringAll(context: Context, name: QueueName, rings: readonly Ring[]): Promise<void> {
  const unique = [...new Map(rings.map((ring) => [jobId(ring), ring]))].map(([id, ring]) => ({ id, ring }));
  for (let from = 0; from < unique.length; from += ringsAtOnce)
    await ringSlice(context, name, unique.slice(from, from + ringsAtOnce));
}

/** Few enough that Redis serves others in between, and that handlers begin while the rest is still rung. */
const ringsAtOnce = 250;

async function ringSlice(
  context: Context,
  name: QueueName,
  rings: readonly { readonly id: string; readonly ring: Ring }[],
): Promise<void> {
  const queue = context.queueOf(name);
  const now = context.now();
  const ids = rings.map(({ id }) => id);
  const found = await ringStates(context.redis, (type) => queue.toKey(type), ids, now.getTime());
  const those = (state: RingState) => rings.filter((_, index) => found[index] === state);
  const absent = those('absent').map(({ id, ring }) => ({ name, data: ring, opts: jobOptions(id, now) }));
  if (absent.length > 0) await queue.addBulk(absent);
  for (const { id } of those('delayed')) await promote(queue, id);
  for (const { ring } of those('ending')) await ringOne(context, name, ring);
}

function jobOptions(id: string, now: Date): { jobId: string; timestamp: number } {
  return { jobId: id, timestamp: now.getTime() };
}

async function promote(queue: Queue, id: string): Promise<void> {
  try {
    await queue.getBackend().promote(id);
  } catch (error) {
    // No longer delayed: a worker has taken it since we looked, so its look starts after this ring.
    if (!(error instanceof Error && 'code' in error && error.code === ErrorCode.JobNotInState)) throw error;
  }
}

async function depthOf(context: Context, name: QueueName): Promise<Depth> {
  const queue = context.queueOf(name);
  const { oldestSinceMs, ...counts } = await countJobs(context.redis, (type) => queue.toKey(type), Date.now());
  if (oldestSinceMs === undefined) return counts;
  return { ...counts, oldestAgeMs: Math.max(0, context.now().getTime() - oldestSinceMs) };
}
