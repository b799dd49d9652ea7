import type { Settings } from './settings.ts';
import type { Version } from './version.ts';

/** Where a command speaks. */
export interface Output {
  /** A line of the log, with time, level and the abbreviated name of a logger. */
  log(message: string): void;
  warn(message: string): void;
  /** A plain line of the command's answer, always on standard output. */
  answer(line: string): void;
  /** A plain line of trouble, always on standard error. */
  complain(line: string): void;
}

/** What the outside gives to an output. */
export interface Streams {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/** Opens the output of one command; the abbreviation of the logger's name differs from version to version. */
export function openOutput(version: Version, stream: Settings['stream'], now: () => Date, streams: Streams): Output {
  const line = (level: string, message: string) =>
    `${logTime(now())} ${level.padEnd(5)} [${loggerOf(version)}] ${message}\n`;
  const info = stream === 'stderr' ? streams.stderr : streams.stdout;
  const warn = stream === 'stdout' ? streams.stdout : streams.stderr;
  return {
    log: (message) => info(line('INFO', message)),
    warn: (message) => warn(line('WARN', message)),
    answer: (text) => streams.stdout(`${text}\n`),
    complain: (text) => streams.stderr(`${text}\n`),
  };
}

/** What a JVM says before the program does. */
export function jvmNoise(env: NodeJS.ProcessEnv): string[] {
  const options = env['JAVA_TOOL_OPTIONS'];
  const picked = options ? [`Picked up JAVA_TOOL_OPTIONS: ${options}`] : [];
  return [...picked, 'WARNING: Using incubator modules: jdk.incubator.vector'];
}

function loggerOf({ major }: Version): string {
  if (major < 2025) return 'c.n.b.b.BackupOutputMonitor';
  return major === 2025 ? 'c.n.b.o.BackupOutputMonitor' : 'c.n.d.b.c.BackupConsole';
}

function logTime(now: Date): string {
  return now.toISOString().replace('T', ' ').replace('Z', '+0000');
}
