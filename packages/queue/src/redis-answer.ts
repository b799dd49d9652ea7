import { ringSchema } from '@holdfast/types';
import type { QueueName, Ring } from '@holdfast/types';
import { Worker } from 'bullmq';
import type { Job } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Answering, AnswerOptions, Handler } from './doorbell.ts';
import { watchFitness, type Fitness } from './redis-check.ts';
import { connectWorker, defaultPrefix } from './redis-connections.ts';
import { markStarted } from './redis-scripts.ts';
import { delay, idOf, settle, sleepMs } from './settle.ts';
import type { SettleContext } from './settle.ts';
import { defaultThrowRules, tellGivenUp, verdictOnThrow } from './verdict.ts';
import type { Verdict } from './verdict.ts';

export interface RedisAnswerOptions extends AnswerOptions {
  readonly redisUrl: string;
  readonly prefix?: string;
  /** How long a worker may be silent before its ring is given to another one. Default 15 s. */
  readonly lockMs?: number;
  /** How often rings of silent workers are looked for. Default 5 s. */
  readonly stalledEveryMs?: number;
}

/** Answers one queue until closed. Reconnects by itself; rings of a worker that died come back by themselves. */
export function answer(queue: QueueName, handler: Handler, options: RedisAnswerOptions): Answering {
  return new RedisAnswering(queue, handler, options, connectWorker(options.redisUrl));
}

/** How long a ring sleeps that Redis gave us a second time while its first look is still at work in this very process. */
const sameRingMs = 1000;

class RedisAnswering implements Answering {
  readonly #queue: QueueName;
  readonly #handler: Handler;
  readonly #options: RedisAnswerOptions;
  readonly #redis: Redis;
  readonly #worker: Worker;
  readonly #fitness: Fitness;
  readonly #context: SettleContext;
  /** The longest at work stands first. */
  readonly #atWork = new Map<string, { readonly abort: AbortController; readonly since: Date }>();
  #lastActivityAt = new Date();

  constructor(queue: QueueName, handler: Handler, options: RedisAnswerOptions, redis: Redis) {
    this.#queue = queue;
    this.#handler = handler;
    this.#options = options;
    this.#redis = redis;
    this.#worker = new Worker(queue, (job, token) => this.#work(job, token ?? ''), {
      connection: redis,
      prefix: options.prefix ?? defaultPrefix,
      concurrency: options.concurrency,
      lockDuration: options.lockMs ?? 15_000,
      stalledInterval: options.stalledEveryMs ?? 5_000,
      maxStalledCount: 1_000_000, // a ring of a dead worker is looked at again, however often that happens
      runRetryDelay: 1000,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    });
    this.#context = { redis, key: (type) => this.#worker.toKey(type), now: options.now, recheckMs: options.recheckMs };
    this.#fitness = watchFitness(redis, (problem) =>
      options.log.error({ queue, problem }, 'Redis is not fit for queues'),
    );
    this.#watch();
  }

  get busy(): number {
    return this.#atWork.size;
  }

  get busySince(): Date | undefined {
    return this.#atWork.values().next().value?.since;
  }

  get up(): boolean {
    return this.#redis.status === 'ready';
  }

  get trouble(): string | undefined {
    return this.up ? this.#fitness.problems[0] : undefined;
  }

  lastActivityAt(): Date {
    return this.#atWork.size >= this.#options.concurrency ? new Date() : this.#lastActivityAt;
  }

  async close(deadlineMs: number): Promise<void> {
    const abort = setTimeout(() => this.#abortAll(), deadlineMs / 2);
    let leave: NodeJS.Timeout | undefined;
    const deadline = new Promise<'late'>((resolve) => (leave = setTimeout(() => resolve('late'), deadlineMs)));
    const ended = await Promise.race([this.#worker.close(), deadline]);
    clearTimeout(abort);
    clearTimeout(leave);
    this.#abortAll();
    if (ended === 'late')
      this.#options.log.warn({ queue: this.#queue, busy: this.busy }, 'left while handlers were at work');
    this.#disconnect();
  }

  #watch(): void {
    const { log } = this.#options;
    this.#worker.on('error', (err) => log.warn({ err, queue: this.#queue }, 'queue trouble'));
    this.#worker.on('stalled', (id) =>
      log.warn({ backup: id, queue: this.#queue }, 'ring of a silent worker taken over'),
    );
    this.#worker.on('lockRenewalFailed', (ids: string[]) => {
      for (const id of ids) this.#atWork.get(id)?.abort.abort(new Error('another worker has taken this ring over'));
    });
    this.#watchLoop();
  }

  /** Each reply to the blocking command that waits for rings proves that the loop is alive. */
  #watchLoop(): void {
    const backend = this.#worker.getBackend();
    const waitForJob = backend.waitForJob.bind(backend);
    backend.waitForJob = async (timeout) => {
      const reply = await waitForJob(timeout);
      this.#lastActivityAt = new Date();
      return reply;
    };
  }

  async #work(job: Job, token: string): Promise<void> {
    this.#lastActivityAt = new Date();
    const parsed = ringSchema.safeParse(job.data);
    if (!parsed.success) return this.#dropJunk(job, parsed.error.message);
    const id = idOf(job);
    if (this.#atWork.has(id)) return delay(job, token, sameRingMs);
    const abort = new AbortController();
    this.#atWork.set(id, { abort, since: new Date() });
    try {
      await this.#look(job, token, parsed.data, abort.signal);
    } finally {
      this.#atWork.delete(id);
      this.#lastActivityAt = new Date();
    }
  }

  async #look(job: Job, token: string, ring: Ring, signal: AbortSignal): Promise<void> {
    const { now, onOutcome, recheckMs } = this.#options;
    const started = await markStarted(this.#redis, this.#context.key, idOf(job));
    if (recheckMs !== undefined && started.atMs !== undefined && started.atMs > now().getTime()) {
      return delay(job, token, sleepMs(new Date(started.atMs), now(), recheckMs));
    }
    const waitedMs = Math.max(0, now().getTime() - (started.sinceMs ?? job.timestamp));
    const startedAt = performance.now();
    const verdict = await this.#handle(ring, started.thrown, signal);
    const tookMs = performance.now() - startedAt;
    const error = verdict.error === undefined ? {} : { error: verdict.error };
    onOutcome?.({ queue: this.#queue, ring, outcome: verdict.outcome, waitedMs, tookMs, ...error });
    await tellGivenUp(this.#queue, ring, verdict, this.#options);
    await settle(job, token, verdict, this.#context);
  }

  async #handle(ring: Ring, thrownBefore: number, signal: AbortSignal): Promise<Verdict> {
    const { now, log } = this.#options;
    const backup = `${ring.namespace}/${ring.name}`;
    try {
      const outcome = await this.#handler(ring, signal);
      if (outcome.kind === 'failed') log.warn({ backup, queue: this.#queue, ...outcome }, 'ring failed for good');
      return { outcome, thrown: 0 };
    } catch (error) {
      if (signal.aborted) return { outcome: { kind: 'again', at: now(), reason: 'Interrupted' }, thrown: thrownBefore };
      const verdict = verdictOnThrow(error, thrownBefore + 1, { ...defaultThrowRules, ...this.#options }, now());
      const { kind, reason } = verdict.outcome.kind === 'done' ? { kind: 'done', reason: undefined } : verdict.outcome;
      log.error(
        { err: error, backup, queue: this.#queue, thrown: verdict.thrown, next: kind, reason },
        'handler threw',
      );
      return verdict;
    }
  }

  #dropJunk(job: Job, problem: string): void {
    this.#options.log.error({ queue: this.#queue, job: job.id, problem: problem.slice(0, 500) }, 'payload dropped');
    this.#options.onJunk?.(this.#queue, problem);
  }

  #abortAll(): void {
    for (const { abort } of this.#atWork.values()) abort.abort(new Error('the process stops'));
  }

  /** Frees the sockets even when a handler never ends and `close` therefore still waits inside BullMQ. */
  #disconnect(): void {
    this.#fitness.close();
    const backend = this.#worker.getBackend();
    void backend.close(true).catch(() => undefined);
    this.#redis.disconnect();
  }
}
