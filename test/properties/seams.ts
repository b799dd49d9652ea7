import { vi } from 'vitest';
import { current } from './simulation.ts';
import { stage, theStage } from './stage.ts';

/*
 * The edges of one process, replaced for the whole lane: stores that are opened, clocks that are read, pauses that are slept, and
 * `neo4j-admin`. Everything behind them is the product's own code. Code that nobody simulates gets the real thing.
 */

vi.mock('@holdfast/storage', async (original) => {
  const real = await original<typeof import('@holdfast/storage')>();
  const open = () => {
    const { bucket, mutation } = theStage();
    const inPod = current.getStore()?.life.name.startsWith('pod ') === true;
    return inPod && mutation?.podStore ? mutation.podStore(bucket.store) : bucket.store;
  };
  return {
    ...real,
    openS3: async () => open(),
    openDirectory: () => open(),
    sweepFolder: (...given: Parameters<typeof real.sweepFolder>) =>
      (stage()?.mutation?.sweepFolder ?? real.sweepFolder)(...given),
  };
});

vi.mock('@holdfast/core', async (original) => {
  const real = await original<typeof import('@holdfast/core')>();
  return {
    ...real,
    *planRetentionInSteps(...given: Parameters<typeof real.planRetention>) {
      const mutated = stage()?.mutation?.planRetention?.(real.planRetention);
      return mutated ? mutated(...given) : yield* real.planRetentionInSteps(...given);
    },
    mayWrite: (...given: Parameters<typeof real.mayWrite>) => (stage()?.mutation?.mayWrite ?? real.mayWrite)(...given),
  };
});

vi.mock('@holdfast/runtime', async (original) => {
  const real = await original<typeof import('@holdfast/runtime')>();
  const simulated = (): import('@holdfast/runtime').Clock => {
    const { simulation } = theStage();
    const life = current.getStore()?.life;
    return {
      now: simulation.now,
      sleepUntil: (at, signal) =>
        new Promise<void>((resolve, reject) => {
          simulation.at(at.getTime(), () => life?.ended.signal.aborted || resolve());
          signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
        }),
    };
  };
  return {
    ...real,
    openClock: (...given: Parameters<typeof real.openClock>) => (stage() ? simulated() : real.openClock(...given)),
    openLog: (...given: Parameters<typeof real.openLog>) => stage()?.log ?? real.openLog(...given),
  };
});

vi.mock('node:timers/promises', async (original) => {
  const real = await original<typeof import('node:timers/promises')>();
  const setTimeout = async (ms: number, value?: unknown, options?: object) => {
    const task = current.getStore();
    if (!task) return real.setTimeout(ms, value, options);
    const { simulation } = theStage();
    await simulation.sleepUntil(simulation.nowMs + ms, task);
    return value;
  };
  return { ...real, setTimeout, default: { ...real, setTimeout } };
});

const halfFull = { bsize: 4096, blocks: 2_000_000, bfree: 1_000_000, bavail: 1_000_000 };

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const writeFile = async (...given: Parameters<typeof real.writeFile>) => {
    const [file, content] = given;
    const task = current.getStore();
    if (!task || typeof file !== 'string' || typeof content !== 'string') return real.writeFile(...given);
    if (!task.life.ended.signal.aborted) theStage().messages.set(file, content);
  };
  const mkdir = async (...given: Parameters<typeof real.mkdir>) => (stage() ? undefined : real.mkdir(...given));
  // A disk that is busy takes longer than a simulation is willing to wait, and how full it is differs each time.
  const statfs = async (...given: Parameters<typeof real.statfs>) => (stage() ? halfFull : real.statfs(...given));
  return { ...real, writeFile, mkdir, statfs, default: { ...real, writeFile, mkdir, statfs } };
});

vi.mock('../../services/agent/src/backup/engine.ts', () => ({
  openEngine: async (_plan: unknown, context: import('../../services/agent/src/context.ts').Context) =>
    theStage().dbms.engine(context),
}));

vi.mock('../../services/agent/src/backup/run-log.ts', () => ({
  openRunLog: (file: string) => ({ file, write: () => undefined, say: () => undefined, close: async () => undefined }),
}));

vi.mock('../../services/agent/src/backup/keep-log.ts', () => ({ keepLog: async () => undefined }));
