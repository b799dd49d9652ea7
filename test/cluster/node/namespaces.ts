import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { until } from '../../until.ts';

const run = promisify(execFile);

/**
 * Mounts, processes and network of its own, as a machine has them. When it is closed, or whoever holds it dies, the kernel takes all of it
 * away: every process in it, every mount, every interface.
 */
export interface Namespaces {
  /** The first process in it, by the number that it has outside. */
  readonly pid: number;
  /** Program and arguments that run another program inside. */
  inside(program: string, args: readonly string[]): [program: string, args: string[]];
  /** Runs a program inside to its end; answers what it printed. */
  run(program: string, args: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

/**
 * Makes the namespaces. Needs root.
 * @param init program that waits for ever as process 1, and reaps what is orphaned
 */
export async function openNamespaces(
  init: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Namespaces> {
  const holder = spawn(
    'unshare',
    ['--mount', '--net', '--pid', '--fork', '--kill-child=KILL', '--mount-proc', '--', ...init],
    // Ctrl-C is for our own process, which closes this in order.
    { stdio: ['ignore', 'ignore', 'pipe'], detached: true, env },
  );
  let said = '';
  holder.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const gone = once(holder, 'exit');
  const failed = gone.then(() => Promise.reject(new Error(`namespaces of its own could not be made: ${said.trim()}`)));
  failed.catch(() => {}); // told to whoever waits for the start; from then on its end is ours
  const pid = await Promise.race([firstChildOf(holder.pid ?? 0), failed]);
  const inside = (program: string, args: readonly string[]): [string, string[]] => [
    'nsenter',
    ['--target', String(pid), '--mount', '--net', '--pid', '--', program, ...args],
  ];
  return {
    pid,
    inside,
    run: async (program, args) => (await run(...inside(program, args), { env, maxBuffer: 2 ** 26 })).stdout,
    close: async () => {
      process.kill(pid, 'SIGKILL'); // process 1: the kernel ends all others before it lets it go
      await gone;
    },
  };
}

async function firstChildOf(parent: number): Promise<number> {
  const children = () => readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim();
  // Before it starts the program, the child still is a copy of unshare, and has not mounted its own /proc yet.
  const started = () => {
    const child = Number(children().split(' ')[0]);
    return child > 0 && nameOf(child) !== 'unshare' ? child : undefined;
  };
  return (await until(started, { saying: 'process 1 of the namespaces', withinMs: 10_000, everyMs: 5 })) ?? 0;
}

function nameOf(pid: number): string {
  return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
}
