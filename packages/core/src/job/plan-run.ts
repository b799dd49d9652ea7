import type { ActiveRun, AgentPlan, AgentVerb, EffectiveSpec } from '@holdfast/types';
import { parseVersion, supports } from '../engine/versions.ts';
import { expectedInterval } from '../expected-interval.ts';
import { backupFolder } from '../layout.ts';
import { newestSuccess } from '../retention/cause.ts';
import type { ThawWish } from '../archive/thaw-cause.ts';
import { consentOf } from '../retention/consent.ts';
import type { BackupFacts } from '../run/observed.ts';
import type { ResolvedTarget } from '../target/resolve-target.ts';
import { memoryOf } from './memory.ts';
import { parseQuantity } from '../spec/quantity.ts';
import { defaultScratchSize } from './scratch-size.ts';
import { transferMode } from './transfer-mode.ts';
import { plannedStore, type StoreAccess } from './store-access.ts';

interface Given {
  readonly run: ActiveRun;
  readonly access: StoreAccess;
  /** In whose name the pod claims the folder. */
  readonly clusterId: string;
}

/** A slice of retention, and a look at what one run left. */
const retentionDeadlineMs = 10 * 60_000;

/**
 * What the agent of a backup run will do. The agent itself chooses between FULL and DIFF, because only it sees the folder.
 * @param forceFull reason word that makes this run a FULL whatever was asked
 */
export function planBackup(
  backup: BackupFacts,
  spec: EffectiveSpec,
  given: Given & { target: ResolvedTarget; forceFull?: string },
): AgentPlan {
  const { target, forceFull } = given;
  const { options } = spec;
  const memory = memoryOf(options);
  const lastGoodRun = backup.status.history?.find(({ status }) => status === 'Succeeded')?.runId;
  return {
    ...frame(backup, spec, 'backup', given),
    deadlineMs: options.deadlineMs,
    ...(options.encryption && {
      encryption: { algorithm: options.encryption.algorithm, writeKey: options.encryption.keySecretKey },
    }),
    engine: {
      mode: transferMode(options, given.access),
      verify: options.verify,
      ...(target.version && { version: target.version }),
      from: [...target.from],
      ...(lastGoodRun && { lastGoodRun }),
      databases: [...target.databases],
      expected: [...target.expected],
      backupType: given.run.backupType ?? options.backupType,
      options: [
        `--compress=${options.compress}`,
        `--pagecache=${memory.pageCache}`,
        ...sparePrimaries(target, options.additionalArgs),
        ...options.additionalArgs,
      ],
      chainLimits: {
        fullIntervalMs: options.fullIntervalMs,
        ...(options.maxChainLength && { maxChainLength: options.maxChainLength }),
      },
      stallTimeoutMs: options.stallTimeoutMs,
      heapSize: memory.heap,
      scratchBytes: Math.floor(parseQuantity(options.tempStorage?.size ?? defaultScratchSize)),
      ...(forceFull && { forceFull }),
    },
  };
}

/**
 * Versions that can are told to order the servers themselves, since only they know who holds which database as what. The order of `--from` says the
 * same to the others. What the spec says goes first.
 */
function sparePrimaries({ hasSecondaries, version }: ResolvedTarget, args: readonly string[]): string[] {
  const option = '--remote-address-resolution';
  const release = parseVersion(version ?? '');
  const said = args.some((argument) => argument.split('=', 1)[0] === option);
  return hasSecondaries && !said && release && supports(release, option) ? [`${option}=true`] : [];
}

/** What the agent of a retention run will do: `list` plans and shows, `sweep` plans again and removes. */
export function planRetentionJob(
  backup: BackupFacts,
  spec: EffectiveSpec,
  given: Given & { verb: 'list' | 'sweep'; now: Date },
): AgentPlan {
  const interval = expectedInterval(spec, given.now);
  const newest = newestSuccess(backup.status);
  const { plan, begun } = consentOf(backup, given.run, spec.retention) ?? {};
  return {
    ...frame(backup, spec, given.verb, given),
    deadlineMs: retentionDeadlineMs,
    retention: {
      ...spec.retention,
      ...((plan ?? begun) && {
        consent: {
          ...(plan !== undefined && { plan }),
          ...(begun && { begun: { ...begun, at: begun.at.toISOString() } }),
        },
      }),
      suspended: spec.suspend,
      runDeadlineMs: spec.options.deadlineMs,
      ...(interval && { expectedIntervalMs: interval }),
      ...(newest && { newestRun: newest.runId }),
    },
  };
}

/** A look at an archived chain, by the one identity that can see the store. */
export function planThaw(
  backup: BackupFacts,
  spec: EffectiveSpec,
  given: Given & { readonly thaw: ThawWish },
): AgentPlan {
  return { ...frame(backup, spec, 'thaw', given), deadlineMs: retentionDeadlineMs, thaw: given.thaw };
}

/** The end of a folder, by the one identity that can see the store. */
export function planErase(backup: BackupFacts, spec: EffectiveSpec, given: Given): AgentPlan {
  return { ...frame(backup, spec, 'erase', given), deadlineMs: retentionDeadlineMs };
}

/** A look at what a run left, by the one identity that can see it. */
export function planProof(backup: BackupFacts, spec: EffectiveSpec, given: Given): AgentPlan {
  return { ...frame(backup, spec, 'prove', given), deadlineMs: retentionDeadlineMs };
}

/**
 * A slice of a verification, by the one identity that can see the store.
 * @param until when the slice must have ended; a pod needs a minute at least
 */
export function planVerification(
  backup: BackupFacts,
  spec: EffectiveSpec,
  given: Given & { readonly until: Date; readonly now: Date },
): AgentPlan {
  const { run, until, now } = given;
  const deadlineMs = Math.max(minuteMs, until.getTime() - now.getTime());
  const round = run.round ?? run.recordedAt;
  return { ...frame(backup, spec, 'prove', given), deadlineMs, prove: { round } };
}

const minuteMs = 60_000;

function frame(
  backup: BackupFacts,
  spec: EffectiveSpec,
  verb: AgentVerb,
  { run, access, clusterId }: Given,
): Omit<AgentPlan, 'deadlineMs'> {
  const { namespace, name } = backup.key;
  return {
    v: 1,
    verb,
    namespace,
    backup: name,
    backupUid: backup.uid,
    run: run.id,
    attempt: run.attempt,
    folder: backupFolder({ path: spec.storage.path, namespace, backup: name }),
    store: plannedStore(access),
    owner: { clusterId, ...(backup.takeOver && { takeOver: backup.takeOver }) },
  };
}
