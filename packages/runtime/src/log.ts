import { createRequire } from 'node:module';
import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';
import type { Clock } from './clock.ts';

/** A logger. Messages are constant; what varies goes into fields, and `backup`, `run`, `reason` are always spelled so. */
export type Log = Logger;
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogOptions {
  readonly level?: LogLevel;
  /** Where lines go instead of standard output. */
  readonly destination?: DestinationStream;
}

/** JSON lines on a pipe, readable ones on a terminal. Times come from the given clock. */
export function openLog(
  name: string,
  clock: Pick<Clock, 'now'>,
  { level = 'info', destination }: LogOptions = {},
): Log {
  const options = {
    name,
    level,
    base: { pid: process.pid },
    timestamp: () => `,"time":"${clock.now().toISOString()}"`,
    serializers: { err: (error: unknown) => describeError(error) },
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, destination ?? standardOutput());
}

/**
 * An error without its other properties: those of client libraries hold requests, headers and arguments, and with them secrets.
 */
function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, cause } = error;
  const named = Object.fromEntries(keptFields.flatMap((key) => (key in error ? [[key, Reflect.get(error, key)]] : [])));
  const below = cause === undefined || depth >= 4 ? {} : { cause: describeError(cause, depth + 1) };
  return { type: name, message, ...named, stack, ...below };
}

const keptFields = ['reason', 'fate', 'code', 'problems'] as const;

/** Synchronous, so that the last words before an exit are never lost. */
function standardOutput(): DestinationStream {
  return (process.stdout.isTTY ? prettyOutput() : undefined) ?? pino.destination({ dest: 1, sync: true });
}

/** Nobody pays for the pretty printer on a pipe; where it was not shipped, JSON is readable enough. */
function prettyOutput(): DestinationStream | undefined {
  try {
    const require = createRequire(import.meta.url);
    const pretty = require('pino-pretty') as (options: object) => DestinationStream;
    return pretty({ sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l' });
  } catch {
    return undefined;
  }
}
