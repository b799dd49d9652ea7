import { BackupError, ringSchema } from '@holdfast/types';
import type { QueueName, Ring } from '@holdfast/types';
import type { Answering, AnswerOptions, Depth, Doorbell, Handler } from './doorbell.ts';
import { jobId } from './job-id.ts';
import { defaultThrowRules, tellGivenUp, verdictOnThrow } from './verdict.ts';
import type { Verdict } from './verdict.ts';

/** Doorbell and answering in one process, for tests. Delays are real milliseconds, as in Redis. */
export interface MemoryQueue extends Doorbell {
  answer(queue: QueueName, handler: Handler, options: AnswerOptions): Answering;
  /** Forgets everything, as `FLUSHALL` does; handlers at work go on. */
  forget(): void;
  /** Puts a payload in line that no doorbell would ring. */
  ringRaw(queue: QueueName, id: string, payload: unknown): void;
  /** From now on as if the server were down, or up again. */
  setUp(up: boolean): void;
}

export function openMemoryQueue({ now = () => new Date() }: { now?: () => Date } = {}): MemoryQueue {
  const lines = new Map<QueueName, Line>();
  let up = true;
  const line = (queue: QueueName): Line => {
    const known = lines.get(queue) ?? new Line();
    lines.set(queue, known);
    return known;
  };
  const checkUp = () => {
    if (!up) throw new BackupError('QueueUnreachable', 'transient', 'the memory queue was told to be down');
  };
  const ringMany = async (queue: QueueName, rings: readonly Ring[]) => {
    checkUp();
    for (const ring of rings) line(queue).ring(jobId(ring), ring, now());
  };
  return {
    ring: (queue, ring) => ringMany(queue, [ring]),
    ringMany,
    depth: async (queue) => {
      checkUp();
      return line(queue).depth(now());
    },
    get up() {
      return up;
    },
    close: async () => {
      for (const each of lines.values()) each.forget();
    },
    answer: (queue, handler, options) => answerInMemory(queue, line(queue), handler, options, () => up),
    forget: () => {
      for (const each of lines.values()) each.forget();
    },
    ringRaw: (queue, id, payload) => line(queue).ring(id, payload, now()),
    setUp: (value) => {
      up = value;
      for (const each of lines.values()) each.wake();
    },
  };
}

interface Job {
  readonly id: string;
  payload: unknown;
  state: 'waiting' | 'delayed' | 'active';
  since: Date;
  /** Set by a ring while the job is active: it runs once more at once. */
  rung: boolean;
  thrown: number;
  /** Until when a delayed job sleeps, by the given clock; a ring takes it away. */
  at?: Date | undefined;
  timer?: NodeJS.Timeout | undefined;
}

/** One queue's jobs. A `Map` keeps the order in which they came. */
class Line {
  readonly jobs = new Map<string, Job>();
  readonly #wakers = new Set<() => void>();

  ring(id: string, payload: unknown, now: Date): void {
    const job = this.jobs.get(id);
    if (!job) this.jobs.set(id, { id, payload, state: 'waiting', since: now, rung: false, thrown: 0 });
    else if (job.state === 'active') job.rung = true;
    else if (job.state === 'delayed') this.queue(job, now);
    this.wake();
  }

  depth(now: Date): Depth {
    const of = (state: Job['state']) => [...this.jobs.values()].filter((job) => job.state === state);
    const waiting = of('waiting');
    const oldest = waiting.length > 0 ? Math.min(...waiting.map((job) => job.since.getTime())) : undefined;
    const counts = { waiting: waiting.length, delayed: of('delayed').length, active: of('active').length };
    return oldest === undefined ? counts : { ...counts, oldestAgeMs: Math.max(0, now.getTime() - oldest) };
  }

  take(): Job | undefined {
    for (const job of this.jobs.values()) {
      if (job.state !== 'waiting') continue;
      job.state = 'active';
      job.rung = false;
      return job;
    }
    return undefined;
  }

  /** Puts a job at the end of the line. */
  queue(job: Job, since: Date): void {
    clearTimeout(job.timer);
    Object.assign(job, { state: 'waiting', since, rung: false, at: undefined });
    this.jobs.delete(job.id);
    this.jobs.set(job.id, job);
    this.wake();
  }

  delay(job: Job, at: Date, options: AnswerOptions): void {
    Object.assign(job, { state: 'delayed', at });
    const leftMs = Math.max(at.getTime() - options.now().getTime(), minimumDelayMs);
    const sleepMs = Math.min(leftMs, options.recheckMs ?? Infinity, 2 ** 31 - 1);
    job.timer = setTimeout(() => {
      if (at > options.now()) this.delay(job, at, options);
      else this.queue(job, at);
    }, sleepMs);
  }

  forget(): void {
    for (const job of this.jobs.values()) clearTimeout(job.timer);
    this.jobs.clear();
  }

  onWake(waker: () => void): () => void {
    this.#wakers.add(waker);
    return () => this.#wakers.delete(waker);
  }

  wake(): void {
    for (const waker of this.#wakers) queueMicrotask(waker);
  }
}

/** A ring that is due again is never due in the same instant: a handler that always says "now" must not spin. */
const minimumDelayMs = 10;

function answerInMemory(
  queue: QueueName,
  line: Line,
  handler: Handler,
  options: AnswerOptions,
  isUp: () => boolean,
): Answering {
  const stopping = new AbortController();
  const atWork = new Map<Job, { readonly done: Promise<void>; readonly since: Date }>();
  const closing = new AbortController();
  let lastActivityAt = new Date();
  const take = () => {
    while (!closing.signal.aborted && isUp() && atWork.size < options.concurrency) {
      const job = line.take();
      if (!job) return;
      atWork.set(job, { done: work(job), since: new Date() });
    }
  };
  const work = async (job: Job) => {
    lastActivityAt = new Date();
    await runOnce(queue, line, job, handler, options, stopping.signal);
    lastActivityAt = new Date();
    atWork.delete(job);
    take();
  };
  const forgetWaker = line.onWake(take);
  queueMicrotask(take);
  return {
    close: async (deadlineMs) => {
      closing.abort();
      forgetWaker();
      const abort = setTimeout(() => stopping.abort(), deadlineMs / 2);
      let leave: NodeJS.Timeout | undefined;
      const deadline = new Promise<void>((resolve) => (leave = setTimeout(resolve, deadlineMs)));
      await Promise.race([Promise.all([...atWork.values()].map(({ done }) => done)), deadline]);
      clearTimeout(abort);
      clearTimeout(leave);
      stopping.abort();
    },
    lastActivityAt: () => lastActivityAt,
    get busy() {
      return atWork.size;
    },
    get busySince() {
      return atWork.values().next().value?.since;
    },
    get up() {
      return isUp();
    },
  };
}

async function runOnce(
  queue: QueueName,
  line: Line,
  job: Job,
  handler: Handler,
  options: AnswerOptions,
  signal: AbortSignal,
): Promise<void> {
  const parsed = ringSchema.safeParse(job.payload);
  if (!parsed.success) {
    line.jobs.delete(job.id);
    options.onJunk?.(queue, parsed.error.message);
    return;
  }
  const startedAt = performance.now();
  const waitedMs = Math.max(0, options.now().getTime() - job.since.getTime());
  const verdict = await verdictOf(job, parsed.data, handler, options, signal);
  const tookMs = performance.now() - startedAt;
  await tellGivenUp(queue, parsed.data, verdict, options);
  if (line.jobs.get(job.id) === job) settleInMemory(line, job, verdict, options);
  options.onOutcome?.({ queue, ring: parsed.data, outcome: verdict.outcome, waitedMs, tookMs, ...errorOf(verdict) });
}

async function verdictOf(
  job: Job,
  ring: Ring,
  handler: Handler,
  options: AnswerOptions,
  signal: AbortSignal,
): Promise<Verdict> {
  try {
    return { outcome: await handler(ring, signal), thrown: 0 };
  } catch (error) {
    const verdict = verdictOnThrow(error, job.thrown + 1, { ...defaultThrowRules, ...options }, options.now());
    options.log.error({ err: error, backup: job.id, thrown: verdict.thrown }, 'handler threw');
    return verdict;
  }
}

function settleInMemory(line: Line, job: Job, { outcome, thrown }: Verdict, options: AnswerOptions): void {
  job.thrown = thrown;
  if (job.rung) line.queue(job, options.now());
  else if (outcome.kind === 'again') line.delay(job, outcome.at, options);
  else line.jobs.delete(job.id);
}

function errorOf({ error }: Verdict): { error?: unknown } {
  return error === undefined ? {} : { error };
}
