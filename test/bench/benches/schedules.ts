import { join } from 'node:path';
import { Redis } from 'ioredis';
import {
  inTurn,
  mustBe,
  type Bench,
  type Comparison,
  type Contender,
  type Contest,
  type Sample,
  type Size,
} from '../harness/bench.ts';
import { quantile } from '../harness/judge.ts';
import { cpuSecondsOf, startProgram } from '../harness/processes.ts';
import { onSite, type Site } from '../harness/site.ts';

export const schedules: Bench = {
  name: 'schedules',
  about:
    'Many schedules due in one second: from the slot to the moment a worker takes the run from the queue, its 99th percentile. Ours is the ' +
    'watcher with its due-list, which records and admits each run before it rings, on an API server that is pretended and costs only ' +
    'the JSON; against BullMQ job schedulers. Workers take 50 at a time on both sides, and Redis is counted into the CPU seconds.',
  distance:
    'Each run is written into the record of its backup and admitted before anybody is rung for it, which is why a Redis that forgets everything loses ' +
    'no run: two writes to the API server for each, where BullMQ moves a key from one list of Redis to another.',
  open: (size) => onSite((site) => openContest(site, size)),
};

const counts = { smoke: [500], full: [1_000, 10_000], large: [1_000, 10_000, 100_000] } as const;

async function openContest(site: Site, size: Size): Promise<Contest> {
  const redis = new Redis(site.redis.url);
  site.later(() => redis.disconnect());
  const contenders: Contender[] = counts[size].flatMap((count) => [
    { name: `due-list of ${count}`, run: () => play(site, redis, { ...ours, count }) },
    { name: `BullMQ's ${count}`, run: () => play(site, redis, { ...bullmq, count }) },
  ]);
  return {
    comparisons: counts[size].flatMap(comparisonsOf),
    left: size === 'large' ? [] : ['100,000 schedules due at once (`--large` plays them)'],
    round: () => inTurn(contenders),
    close: () => site.close(),
  };
}

function comparisonsOf(count: number): Comparison[] {
  const title = `${count.toLocaleString('en')} due in one second`;
  const both = { ours: `due-list of ${count}`, ruler: `BullMQ's ${count}` };
  return [
    { title: `${title}, p99 lateness`, ...both, value: 'p99Ms', goal: { atMost: 0.35 } },
    { title: `${title}, Redis bytes of each while it waits`, ...both, value: 'redisBytesEach', goal: { atMost: 0 } },
  ];
}

interface Side {
  readonly scheduler: string;
  readonly worker: string;
  /** Time to be ready for each schedule, on a busy machine. */
  readonly leadMsEach: number;
}

const ours: Side = { scheduler: 'due-slots.ts', worker: 'answer-rings.ts', leadMsEach: 1 };
const bullmq: Side = { scheduler: 'bullmq-schedulers.ts', worker: 'bullmq-worker.ts', leadMsEach: 2 };

async function play(site: Site, redis: Redis, { count, ...side }: Side & { count: number }): Promise<Sample> {
  const redisUrl = site.redis.url;
  await redis.flushall();
  const worker = start(side.worker, [redisUrl, String(count)]);
  const storedBefore = await storedBytes(redis);
  const leadMs = 5_000 + count * side.leadMsEach;
  const scheduler = start(side.scheduler, [JSON.stringify({ count, redisUrl, leadMs })]);
  try {
    const { slotAtMs, lateMs } = await scheduler.heard<{ slotAtMs: number; lateMs: number }>();
    if (lateMs > 0)
      throw new Error(`${side.scheduler} was ready ${lateMs} ms after the slot; play it again on a quieter machine`);
    const redisBytesEach = Math.round(((await storedBytes(redis)) - storedBefore) / count);
    const spent = () =>
      [scheduler.pid, worker.pid, site.redis.pid].reduce((sum, pid) => sum + (cpuSecondsOf(pid) ?? 0), 0);
    const before = spent();
    const { atMs } = await worker.heard<{ atMs: number[] }>();
    const late = atMs.map((at) => at - slotAtMs);
    mustBe(late.length === count, `${late.length} of ${count} came`);
    mustBe(Math.min(...late) >= 0, `one came ${-Math.min(...late)} ms before its slot`);
    return { p99Ms: quantile(late, 0.99), redisBytesEach, cpuSeconds: spent() - before };
  } finally {
    await Promise.all([scheduler.stop(), worker.stop()]);
  }
}

function start(file: string, args: readonly string[]) {
  return startProgram(join(import.meta.dirname, '../programs', file), { args });
}

/** What all keys together take, as Redis itself says. */
async function storedBytes(redis: Redis): Promise<number> {
  const keys = await redis.keys('*');
  const sizes = await Promise.all(keys.map((key) => redis.memory('USAGE', key, 'SAMPLES', 0)));
  return sizes.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0);
}
