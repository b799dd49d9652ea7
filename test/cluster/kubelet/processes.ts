import { readdirSync, readFileSync } from 'node:fs';

/** Variable that every process of a cluster carries; its value tells the cluster. */
export const clusterMark = 'HOLDFAST_DEV_CLUSTER';

/**
 * Ends every process whose environment carries `variable=value`, together with their descendants. A real container's
 * processes die with it; on this machine a child in its own session would outlive its parent. Needs /proc.
 */
export function killMarked(variable: string, value: string, signal: NodeJS.Signals = 'SIGKILL'): number[] {
  const all = withDescendants(markedProcesses(variable, value).filter((pid) => pid !== process.pid));
  for (const pid of all) killQuietly(pid, signal);
  return all;
}

/** Every process whose environment carries `variable=value`. Needs /proc. */
export function markedProcesses(variable: string, value: string): number[] {
  return processIds().filter((pid) => `\0${readProc(pid, 'environ')}`.includes(`\0${variable}=${value}\0`));
}

/** The arguments of a process, with a space between them; empty when it has ended. */
export function commandLineOf(pid: number): string {
  return readProc(pid, 'cmdline').replaceAll('\0', ' ');
}

/** Sends `signal` to a whole process group; a group that is gone is fine. */
export function killGroup(leader: number, signal: NodeJS.Signals): void {
  killQuietly(-leader, signal);
}

function killQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function processIds(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return []; // no /proc on this system: process groups have to do
  }
}

function withDescendants(roots: readonly number[]): number[] {
  if (roots.length === 0) return [];
  const children = new Map<number, number[]>();
  for (const pid of processIds()) {
    const parent = Number(
      readProc(pid, 'stat')
        .replace(/^.*\) \S /s, '')
        .split(' ')[0],
    );
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found = new Set<number>();
  const visit = (pid: number) => {
    if (found.has(pid) || pid === process.pid) return;
    found.add(pid);
    for (const child of children.get(pid) ?? []) visit(child);
  };
  for (const pid of roots) visit(pid);
  return [...found];
}

function readProc(pid: number, file: 'environ' | 'cmdline' | 'stat'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // ended meanwhile, or another user's
  }
}
