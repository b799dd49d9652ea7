import { effectiveSpec, parseQuantity, type Simulated } from '@holdfast/core';
import { apiVersion, kind, type Neo4jBackup } from '@holdfast/types';
import { UsageError } from '../exit.ts';

/** What people give on the command line, as text. */
export interface Asked {
  readonly schedule: string;
  readonly timeZone?: string;
  readonly maxAge?: string;
  readonly maxCount?: string;
  readonly keep: readonly string[];
  readonly maxDeletePercent?: string;
  readonly backupType?: string;
  readonly fullInterval?: string;
  readonly maxChainLength?: string;
  readonly fullSize: string;
  readonly diffSize?: string;
  readonly days: string;
  readonly from?: string;
}

export interface Question extends Simulated {
  readonly maxDeletePercent: number;
}

/** Longer histories say nothing new, and take their time. */
const mostDays = 3660;

/** Reads the options as a spec, so that defaults and refusals are those of a backup that says the same. */
export function readQuestion(asked: Asked, now: Date): Question {
  const { spec, refusals } = effectiveSpec(asBackup(asked));
  if (!spec?.schedule) throw new UsageError(refusals.map(({ message }) => message).join('; '));
  const { schedule, retention, options } = spec;
  const { maxDeletePercent = 100, ...policy } = retention ?? {};
  const fullBytes = bytesOf('--full-size', asked.fullSize);
  return {
    policy,
    maxDeletePercent,
    schedule,
    asked: options.backupType === 'FULL' ? 'FULL' : 'AUTO',
    limits: { fullIntervalMs: options.fullIntervalMs, maxChainLength: options.maxChainLength },
    fullBytes,
    diffBytes: asked.diffSize === undefined ? Math.ceil(fullBytes / 20) : bytesOf('--diff-size', asked.diffSize),
    from: asked.from === undefined ? startOfDay(now) : dateOf(asked.from),
    days: wholeNumber('--days', asked.days, mostDays),
  };
}

function asBackup(asked: Asked): Neo4jBackup {
  const { schedule, timeZone, maxAge, maxCount, keep, maxDeletePercent } = asked;
  const { backupType, fullInterval, maxChainLength } = asked;
  const spec = {
    target: { kind: 'Cluster', name: 'any' },
    storage: { type: 'pvc', pvc: { name: 'any' } },
    schedule,
    timeZone,
    retention: {
      maxAge,
      maxCount: maxCount === undefined ? undefined : numberOf(maxCount),
      maxDeletePercent: maxDeletePercent === undefined ? undefined : numberOf(maxDeletePercent),
      keep: keep.length === 0 ? undefined : rulesOf(keep),
    },
    options: {
      backupType,
      fullInterval,
      maxChainLength: maxChainLength === undefined ? undefined : numberOf(maxChainLength),
    },
  };
  const metadata = { namespace: 'any', name: 'any', uid: '', creationTimestamp: '1970-01-01T00:00:00Z' };
  // What is absent is absent, as in a manifest.
  return { apiVersion, kind, metadata, spec: JSON.parse(JSON.stringify(spec)) as Neo4jBackup['spec'] };
}

/** `daily=7` or `daily=7,weekly=4`. */
function rulesOf(given: readonly string[]): Record<string, number> {
  const rules = given.flatMap((text) => text.split(','));
  return Object.fromEntries(
    rules.map((rule) => {
      const [name = '', count = ''] = rule.split('=', 2);
      return [name, numberOf(count)];
    }),
  );
}

/** What is no number goes on as it is, and the schema says what it should be. */
function numberOf(text: string): number {
  return (/^\d+$/.test(text) ? Number(text) : text) as number;
}

function bytesOf(option: string, text: string): number {
  try {
    return Math.ceil(parseQuantity(text));
  } catch (error) {
    throw new UsageError(`${option} is ${JSON.stringify(text)}; write a size such as 20Gi`, { cause: error });
  }
}

function wholeNumber(option: string, text: string, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new UsageError(`${option} is ${JSON.stringify(text)}; write a whole number from 1 to ${most}`);
}

function dateOf(text: string): Date {
  const date = new Date(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(date.getTime())) return date;
  throw new UsageError(`--from is ${JSON.stringify(text)}; write a date such as 2026-11-23`);
}

function startOfDay(now: Date): Date {
  return new Date(Math.floor(now.getTime() / 86_400_000) * 86_400_000);
}
