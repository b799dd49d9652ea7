import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { SweepTold, SweepWish } from './sweep-cli.ts';

/** Some retention workers, of which one at a time has the folder. */
export interface SweepWorkers {
  /** Gives the folder to the next worker, and hears what it says. */
  handOn(hear: (told: SweepTold) => void): Promise<void>;
  /** SIGKILL to the one that has it; another takes its place in the line. Resolves when it is gone, and does not wait for the other. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export async function startSweepWorkers(count: number, wish: Omit<SweepWish, 'name'>): Promise<SweepWorkers> {
  let [started, turn] = [0, 0];
  const start = (): Promise<Worker> => startWorker({ ...wish, name: `worker-${(started += 1)}` });
  const workers = Array.from({ length: count }, start);
  await Promise.all(workers);
  const current = async (): Promise<Worker> => (await workers[turn % count]) as Worker;
  return {
    async handOn(hear) {
      turn += 1;
      const worker = await current();
      writeFileSync(wish.lockFile, worker.name);
      worker.hear = hear;
      worker.child.stdin?.write('go\n');
    },
    async kill() {
      await end((await current()).child);
      const next = start();
      next.catch(() => undefined); // told when it is its turn
      workers[turn % count] = next;
    },
    async stop() {
      for (const started of await Promise.allSettled(workers))
        if (started.status === 'fulfilled') await end(started.value.child);
    },
  };
}

interface Worker {
  readonly name: string;
  readonly child: ChildProcess;
  hear: (told: SweepTold) => void;
}

async function startWorker(wish: SweepWish): Promise<Worker> {
  const program = join(import.meta.dirname, 'sweep-cli.ts');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, JSON.stringify(wish)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] ?? '' },
  });
  child.stdin.on('error', () => undefined); // it was killed
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  const worker: Worker = { name: wish.name, child, hear: () => undefined };
  createInterface({ input: child.stdout }).on('line', (line) => {
    const told = JSON.parse(line) as SweepTold;
    if (told.kind === 'ready') resolve();
    else worker.hear(told);
  });
  const failed = once(child, 'exit').then(() => Promise.reject(new Error(`${wish.name} did not start`)));
  failed.catch(() => undefined); // most of them are killed
  await Promise.race([ready, failed]);
  return worker;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
