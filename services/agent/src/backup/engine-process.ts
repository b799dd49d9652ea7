import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

export interface EngineEnd {
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
}

export interface EngineOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Raw output of both streams as it comes. */
  readonly onOutput: (chunk: Uint8Array, stream: 'stdout' | 'stderr') => void;
  /** Ends the whole process group: neo4j-admin starts a second JVM that a signal to the first alone would leave behind. */
  readonly signal: AbortSignal;
  /** From TERM to KILL. */
  readonly graceMs?: number;
}

const engine = 'neo4j-admin';
const usualGraceMs = 20_000;
/** What a shell answers for a command that is not there, or must not be run. */
const cannotStart: Readonly<Record<string, number>> = { ENOENT: 127, EACCES: 126 };

/** Runs `neo4j-admin` with an argument array; nothing between the user's words and the process is a shell. */
export async function runEngine(args: readonly string[], options: EngineOptions): Promise<EngineEnd> {
  const child = spawn(engine, args, {
    cwd: options.cwd,
    env: { ...options.env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<EngineEnd>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      const code = error.code === undefined ? undefined : cannotStart[error.code];
      if (code === undefined) reject(error);
      else resolve({ code, signal: undefined });
    });
    child.once('close', (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }));
  });
  forward(child.stdout, (chunk) => options.onOutput(chunk, 'stdout'));
  forward(child.stderr, (chunk) => options.onOutput(chunk, 'stderr'));
  let killer: NodeJS.Timeout | undefined;
  const stop = () => {
    killGroup(child.pid, 'SIGTERM');
    killer = setTimeout(() => killGroup(child.pid, 'SIGKILL'), options.graceMs ?? usualGraceMs);
  };
  if (options.signal.aborted) stop();
  options.signal.addEventListener('abort', stop, { once: true });
  try {
    return await ended;
  } finally {
    clearTimeout(killer);
    options.signal.removeEventListener('abort', stop);
    killGroup(child.pid, 'SIGKILL'); // whatever the engine left behind in its group
  }
}

function forward(stream: Readable, to: (chunk: Uint8Array) => void): void {
  stream.on('data', to);
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // already gone is what we wanted
  }
}
