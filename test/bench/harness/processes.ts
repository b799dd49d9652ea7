import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGuard } from '../../cluster/start-guard.ts';

/** A program under measurement. It speaks JSON, one value a line, and hears the same on its standard input. */
export interface Program {
  readonly pid: number;
  /** The next line that the program prints as JSON; rejects when it ends before. */
  heard<T>(): Promise<T>;
  /** Rejects when the program ends, with what it last said on standard error. */
  readonly ended: Promise<never>;
  say(message: unknown): void;
  cpuSeconds(): number | undefined;
  residentBytes(): number | undefined;
  /** Most memory since the start, or since `forgetPeak`. */
  peakBytes(): number | undefined;
  forgetPeak(): void;
  /** TERM, and KILL after ten seconds. */
  stop(): Promise<void>;
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

/** Starts a file with the Node that runs us. */
export function startProgram(file: string, { env = {}, args = [] }: ProgramOptions = {}): Program {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '', HOLDFAST_DEV_CLUSTER: guarded(), ...env },
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${file} could not be started`);
  const mailbox = readLines(child, file);
  return {
    pid,
    heard: mailbox.heard,
    ended: mailbox.ended,
    say: (message) => void child.stdin?.write(`${JSON.stringify(message)}\n`),
    cpuSeconds: () => cpuSecondsOf(pid),
    residentBytes: () => memoryOf(pid, 'VmRSS'),
    peakBytes: () => memoryOf(pid, 'VmHWM'),
    forgetPeak: () => existsSync(`/proc/${pid}/clear_refs`) && writeFileSync(`/proc/${pid}/clear_refs`, '5'),
    stop: () => stop(child),
  };
}

let mark: string | undefined;

/** Mark of our programs: should we be killed, a guard ends whoever carries it. It ends with us, so nobody has to stop it. */
function guarded(): string {
  if (mark === undefined) {
    mark = `bench-${randomUUID()}`;
    startGuard(mark);
  }
  return mark;
}

/** What a program has spent so far, as far as this system tells. */
export function costOf(program: Program): { readonly cpuSeconds?: number; readonly peakBytes?: number } {
  const cpuSeconds = program.cpuSeconds();
  const peakBytes = program.peakBytes();
  return { ...(cpuSeconds !== undefined && { cpuSeconds }), ...(peakBytes !== undefined && { peakBytes }) };
}

/** Processor time of one process, its threads included; `undefined` where the system has no /proc. */
export function cpuSecondsOf(pid: number): number | undefined {
  const fields = statOf(pid);
  return fields && (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Processor time of every child of ours that has ended and was waited for, with the children it had waited for. */
export function cpuSecondsOfEnded(): number | undefined {
  const fields = statOf(process.pid);
  return fields && (Number(fields[13]) + Number(fields[14])) / ticksPerSecond;
}

/** Resident memory now (`VmRSS`) or at its highest (`VmHWM`), in bytes. */
export function memoryOf(pid: number, what: 'VmRSS' | 'VmHWM'): number | undefined {
  const kibibytes = contentOf(`/proc/${pid}/status`)?.match(new RegExp(`^${what}:\\s+(\\d+) kB`, 'm'))?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

/** Linux has shown times in hundredths of a second to programs for decades, whatever its kernel's own clock. */
const ticksPerSecond = 100;

/** Everything after the name, which may itself hold spaces and brackets. */
function statOf(pid: number): string[] | undefined {
  const text = contentOf(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ');
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // no such process any more, or a system without /proc
  }
}

/** Whoever is silent for longer has come to a halt. */
const silenceMs = 300_000;

interface Mailbox {
  heard<T>(): Promise<T>;
  readonly ended: Promise<never>;
}

function readLines(child: ChildProcess, file: string): Mailbox {
  const lines: unknown[] = [];
  const waiting: ((value: unknown) => void)[] = [];
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-4_000)));
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.startsWith('{')) return;
      const value: unknown = JSON.parse(line);
      const next = waiting.shift();
      if (next) next(value);
      else lines.push(value);
    });
  }
  const ended = new Promise<never>((_resolve, reject) => {
    child.once('close', (code) => reject(new Error(`${file} ended with ${code ?? 'a signal'}: ${errors.trim()}`)));
  });
  ended.catch(() => undefined); // most programs are ended by us, and nobody waits for that
  const next = () =>
    lines.length > 0 ? Promise.resolve(lines.shift()) : new Promise((resolve) => waiting.push(resolve));
  const heard = async <T>() => {
    const late = new AbortController();
    const limit = sleep(silenceMs, undefined, { signal: late.signal }).then(() => {
      throw new Error(`${file} said nothing for ${silenceMs / 1000} s: ${errors.trim()}`);
    });
    limit.catch(() => undefined); // called off
    return Promise.race([next() as Promise<T>, ended, limit]).finally(() => late.abort());
  };
  return { heard, ended };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'close');
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await gone;
  clearTimeout(kill);
}
