import type { ErrorFate, Reason } from '@holdfast/types';
import type { OutputReport } from './output.ts';
import type { Sign } from './signs.ts';

/** How a process ended. */
export interface EngineExit {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal?: string | null | undefined;
  /** Set when we ended it ourselves; then nothing else needs to be found out. */
  readonly endedFor?: 'Stalled' | 'DeadlineExceeded' | 'Interrupted' | undefined;
}

/** Where the engine wrote, to tell a full scratch volume from a full store. */
export interface EnginePaths {
  readonly toPath: string;
  readonly tempPath: string;
  /** What `toPath` is; the store when nothing is said. */
  readonly toPathIs?: 'store' | 'scratch' | 'work';
}

/** Why the engine ended badly, whether another attempt could help, and a sentence with the remedy. */
export interface EngineVerdict {
  readonly reason: Reason;
  readonly fate: ErrorFate;
  readonly message: string;
  /** The pod's own volume that was full. */
  readonly full?: 'scratch' | 'work';
}

/**
 * Names the trouble behind an exit code, or undefined for 0. This is one input among others: an exit code of 1 also comes with good
 * artifacts, and 0 without any, so what was made is for the evidence to say.
 */
export function judgeExit(exit: EngineExit, report: OutputReport, paths: EnginePaths): EngineVerdict | undefined {
  if (exit.endedFor) return { reason: exit.endedFor, fate: 'transient', message: endedMessages[exit.endedFor] };
  if (exit.code === 0) return undefined;
  if (exit.code === 64) return usage(report);
  return killed(exit) ?? signed(report, paths) ?? cannotStart(exit) ?? notRunning(exit, report) ?? failed(exit, report);
}

const endedMessages = {
  Stalled: 'neo4j-admin made no progress for longer than options.stallTimeout and was stopped',
  DeadlineExceeded: 'neo4j-admin ran longer than options.deadline and was stopped',
  Interrupted: 'the pod was told to stop, so neo4j-admin was stopped',
} as const;

function usage(report: OutputReport): EngineVerdict {
  const message = `neo4j-admin refuses its arguments${said(report)}; check options.additionalArgs against the version of the target`;
  return { reason: 'EngineUsage', fate: 'terminal', message };
}

/** A shell reports a signal as 128 and its number, a parent process by its name. */
function killed({ code, signal }: EngineExit): EngineVerdict | undefined {
  if (signal === 'SIGKILL' || code === 137) {
    const message = 'neo4j-admin was killed, most often for want of memory; raise options.resources.limits.memory';
    return { reason: 'OutOfMemory', fate: 'transient', message };
  }
  if (signal === 'SIGTERM' || signal === 'SIGINT' || code === 143 || code === 130) {
    return { reason: 'Interrupted', fate: 'transient', message: 'neo4j-admin was told to stop before it was done' };
  }
  if (!signal) return undefined;
  return { reason: 'EngineFailed', fate: 'transient', message: `neo4j-admin was ended by ${signal}` };
}

/** Asked in order: what a person must put right comes before what may pass by itself. */
const order: readonly Sign[] = [
  'outOfMemory',
  'stagingPath',
  'noSpace',
  'denied',
  'bucketMissing',
  'storeUnreachable',
  'noParent',
  'sourceUnreachable',
];

function signed(report: OutputReport, paths: EnginePaths): EngineVerdict | undefined {
  const sign = order.find((each) => report.signs.has(each));
  if (!sign) return undefined;
  const { remedy, ...meaning } = sign === 'noSpace' ? fullVolume(report, paths) : meanings[sign];
  return { ...meaning, message: `neo4j-admin said "${report.signs.get(sign) ?? ''}"; ${remedy}` };
}

interface Meaning extends Omit<EngineVerdict, 'message'> {
  readonly remedy: string;
}

const meanings: Readonly<Record<Exclude<Sign, 'noSpace'>, Meaning>> = {
  outOfMemory: { reason: 'OutOfMemory', fate: 'transient', remedy: 'raise options.resources.limits.memory' },
  stagingPath: { reason: 'TempSpace', fate: 'terminal', remedy: 'check options.tempPath and options.tempStorage' },
  denied: { reason: 'StorageDenied', fate: 'terminal', remedy: 'check the credentials and their rights on the store' },
  bucketMissing: { reason: 'BucketMissing', fate: 'terminal', remedy: 'create the bucket, or correct storage.bucket' },
  storeUnreachable: { reason: 'StorageUnreachable', fate: 'transient', remedy: 'check the endpoint and the way to it' },
  noParent: { reason: 'NoParent', fate: 'transient', remedy: 'take a FULL first, or ask for AUTO' },
  sourceUnreachable: {
    reason: 'SourceUnreachable',
    fate: 'transient',
    remedy: 'check that the servers run and that server.backup.listen_address lets this pod in',
  },
};

/** The engine names the path that filled up; without one it is scratch, where everything is written first. */
function fullVolume({ signs }: OutputReport, { toPath, tempPath, toPathIs = 'store' }: EnginePaths): Meaning {
  const line = signs.get('noSpace') ?? '';
  const folder = toPath.replace(/\/+$/, '');
  if (folder !== '' && line.includes(folder) && !line.includes(tempPath)) {
    if (toPathIs === 'store')
      return { reason: 'StoreSpace', fate: 'terminal', remedy: 'make the store larger, or keep less' };
    if (toPathIs === 'work')
      return {
        reason: 'TempSpace',
        fate: 'terminal',
        full: 'work',
        remedy: 'make the claim of options.workVolume larger',
      };
  }
  const besides = toPathIs === 'scratch' ? ' and of its artifact together' : '';
  return {
    reason: 'TempSpace',
    fate: 'terminal',
    full: 'scratch',
    remedy: `raise options.tempStorage.size above the size of the database${besides}`,
  };
}

/** What a shell answers for a command that is not there, or must not be run. */
function cannotStart({ code }: EngineExit): EngineVerdict | undefined {
  if (code !== 126 && code !== 127) return undefined;
  const message = 'neo4j-admin cannot be started; check that the image of the target is a Neo4j Enterprise image';
  return { reason: 'EngineFailed', fate: 'terminal', message };
}

function notRunning({ code }: EngineExit, report: OutputReport): EngineVerdict | undefined {
  if (code !== 3) return undefined;
  return { reason: 'EngineFailed', fate: 'terminal', message: `the database is not running${said(report)}; start it` };
}

function failed({ code }: EngineExit, report: OutputReport): EngineVerdict {
  const message = `neo4j-admin ended with exit code ${code ?? 'unknown'}${said(report)}; its log has the details`;
  return { reason: 'EngineFailed', fate: 'transient', message };
}

function said({ databases, lastWords }: OutputReport): string {
  const failing = databases.find(({ failure }) => failure !== undefined);
  if (failing) return `: database ${failing.database}: ${failing.failure ?? ''}`;
  return lastWords === undefined ? '' : `: ${lastWords}`;
}
