import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const lookEveryMs = 20;

/**
 * The most memory that the agent of a container ever had resident, in bytes, known when it has ended: its own, without the engine's, which
 * is a child of it. Linux only.
 * @param container the container's first process: the agent, or tini that started it
 */
export async function peakOfAgent(container: number): Promise<number> {
  let pid: number | undefined;
  let peak = 0;
  for (;;) {
    pid ??= [container, ...childrenOf(container)].find(isNode);
    const now = pid === undefined ? undefined : highWaterMark(pid);
    if (pid !== undefined && now === undefined) return peak;
    if (now === undefined && readProc(container, 'stat') === undefined) throw new Error('no agent was seen at work');
    peak = Math.max(peak, now ?? 0);
    await sleep(lookEveryMs);
  }
}

/** The kernel keeps it, so nothing between two looks is missed: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function highWaterMark(pid: number): number | undefined {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readProc(pid, 'status') ?? '') ?? [];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

function isNode(pid: number): boolean {
  const [program = '', ...rest] = (readProc(pid, 'cmdline') ?? '').split('\0');
  return basename(program) === 'node' && rest.some((word) => basename(word) === 'agent.mjs');
}

function childrenOf(pid: number): number[] {
  const words = readProc(pid, `task/${pid}/children`)?.trim().split(' ') ?? [];
  return words.filter((word) => word !== '').map(Number);
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined; // it has ended
  }
}
