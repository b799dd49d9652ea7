import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, openSync, readSync, closeSync, fstatSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { ContainerLog, logTail } from './container-log.ts';
import { wholeSeconds } from './kube-time.ts';
import type { Terminated } from './pod-types.ts';
import { killGroup, killMarked } from './processes.ts';

/** Variable that marks every process of one container, so that none outlives it. */
export const containerMark = 'HOLDFAST_DEV_CONTAINER';

/** Everything needed to run one container once. */
export interface ProcessPlan {
  readonly command: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDir: string;
  readonly logFile: string;
  readonly terminationLog: string;
  readonly fallbackToLogs: boolean;
  /** Unique per run of a container. */
  readonly mark: string;
  readonly now: () => Date;
}

/** One run of a container. */
export interface ContainerProcess {
  readonly pid: number | undefined;
  readonly startedAt: Date;
  /** Resolves once, after the last process of the container is gone and its log is whole. */
  readonly ended: Promise<Terminated>;
  /** Signals the container's process group; SIGKILL reaches every process of it. */
  signal(name: NodeJS.Signals): void;
  /** Ends everything at once; `reason` is what status shall say, `OOMKilled` for example. */
  kill(reason?: string): void;
}

/** Starts the container's command in its own process group. A command that cannot start is an end with code 128. */
export function startProcess(plan: ProcessPlan): ContainerProcess {
  mkdirSync(dirname(plan.terminationLog), { recursive: true });
  mkdirSync(dirname(plan.logFile), { recursive: true });
  mkdirSync(plan.workingDir, { recursive: true });
  writeFileSync(plan.terminationLog, '');
  const startedAt = plan.now();
  const log = new ContainerLog(plan.logFile, plan.now);
  const [program, ...args] = plan.command;
  const child = spawn(program, args, {
    cwd: plan.workingDir,
    env: { ...plan.environment, [containerMark]: plan.mark },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let reason: string | undefined;
  const kill = (why?: string) => {
    reason ??= why;
    if (child.pid !== undefined) killGroup(child.pid, 'SIGKILL');
    killMarked(containerMark, plan.mark);
  };
  return {
    pid: child.pid,
    startedAt,
    ended: waitForEnd(child, plan, log, startedAt, () => reason),
    signal: (name) => (name === 'SIGKILL' ? kill() : child.pid !== undefined && killGroup(child.pid, name)),
    kill,
  };
}

async function waitForEnd(
  child: ChildProcess,
  plan: ProcessPlan,
  log: ContainerLog,
  startedAt: Date,
  reasonGiven: () => string | undefined,
): Promise<Terminated> {
  const outputs = Promise.all([
    child.stdout && log.take(child.stdout, 'stdout'),
    child.stderr && log.take(child.stderr, 'stderr'),
  ]);
  const end = await new Promise<{ exitCode: number; failure?: string }>((resolve) => {
    child.once('error', (error) => resolve({ exitCode: 128, failure: error.message }));
    child.once('exit', (code, signal) => resolve({ exitCode: code ?? 128 + (signal ? constants.signals[signal] : 0) }));
  });
  if (child.pid !== undefined) killGroup(child.pid, 'SIGKILL'); // the first process has gone, so goes the container
  killMarked(containerMark, plan.mark);
  await outputs;
  await log.close();
  const message = end.failure ?? (await terminationMessage(plan, end.exitCode));
  return {
    exitCode: end.exitCode,
    reason: reasonGiven() ?? (end.failure ? 'StartError' : end.exitCode === 0 ? 'Completed' : 'Error'),
    ...(message && { message }),
    startedAt: wholeSeconds(startedAt),
    finishedAt: wholeSeconds(plan.now()),
    containerID: `process://${plan.mark}`,
  };
}

const messageBytes = 4096;

async function terminationMessage(plan: ProcessPlan, exitCode: number): Promise<string> {
  const message = lastBytes(plan.terminationLog, messageBytes);
  if (message || exitCode === 0 || !plan.fallbackToLogs) return message;
  return logTail(plan.logFile, 2048, 80);
}

function lastBytes(file: string, count: number): string {
  const handle = openSync(file, 'r');
  try {
    const size = fstatSync(handle).size;
    const bytes = Buffer.alloc(Math.min(size, count));
    readSync(handle, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString('utf8');
  } finally {
    closeSync(handle);
  }
}
