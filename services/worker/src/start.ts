import {
  claimStore,
  ensureIdentity,
  findKeys,
  findStore,
  isWait,
  namedAccount,
  type FoundStore,
  type Wait,
} from '@holdfast/access';
import {
  conditionOf,
  directRefusal,
  forceFullAfter,
  gateArguments,
  isStoreFault,
  jobManifest,
  parseVersion,
  planBackup,
  type BackupFacts,
  type ConditionFinding,
  type KeyMount,
  type ResolvedTarget,
} from '@holdfast/core';
import { resources, type Job } from '@holdfast/kube';
import type { Outcome } from '@holdfast/queue';
import { labels, type ActiveRun, type EffectiveSpec } from '@holdfast/types';
import { checkStore } from './check-store.ts';
import { ensureClaim, findWorkClaim, type ClaimState } from './claim.ts';
import type { Hands } from './hands.ts';
import { noteJob } from './note-job.ts';
import { park, parkForName, parkForStorage, storageFinding } from './park.ts';
import { recordConclusion } from './record-conclusion.ts';
import { findTarget } from './target.ts';

/**
 * Stage 7: from an admitted run to a Job. Each step finds what an earlier attempt left and uses it, so dying between any two lines costs
 * nothing but the time until the next ring.
 */
export async function start(
  backup: BackupFacts,
  run: ActiveRun,
  spec: EffectiveSpec,
  hands: Hands & { readonly seenAtMs?: number | undefined },
  signal: AbortSignal,
): Promise<Outcome> {
  const target = await findTarget(spec.target, { backupNamespace: backup.key.namespace, run }, hands, signal);
  if (isWait(target)) return park(backup, run, { wait: target }, hands);
  const tooNew = optionTooNew(spec, target);
  if (tooNew) return refuse(backup, run, { spec, message: tooNew }, hands);
  const found = await findStore(backup, spec, hands, signal);
  if (isWait(found)) return parkForStorage(backup, run, found, hands);
  const notDirect = directRefusal(spec.options, found.access);
  if (notDirect) return refuse(backup, run, { spec, message: notDirect }, hands);
  const storage = await storageState(backup, spec, found, hands, signal);
  if (isWait(storage)) return parkForStorage(backup, run, storage, hands);
  const claim = await claimStore(backup, found, hands, signal);
  if (isWait(claim)) return parkForStorage(backup, run, claim, hands);
  const staging = await findStaging(backup, spec, hands, signal);
  if (isWait(staging)) return park(backup, run, { wait: staging }, hands);
  const taken = await ensureIdentity(backup, spec, hands, signal);
  if (taken)
    return taken.reason === 'NameTaken'
      ? parkForName(backup, run, taken, hands)
      : parkForStorage(backup, run, taken, hands);

  const parts = { run, target, found, clusterId: claim.clusterId, ...staging };
  const { created, object: job } = await createJob(backup, spec, parts, hands, signal);
  if (created) tellLatency(run, hands);
  const marks = job.metadata.labels ?? {};
  if (marks[labels.backupUid] !== backup.uid) return parkForName(backup, run, nameTaken(job, backup), hands);
  // Somebody else's attempt got there first: look again at what is really there.
  if (marks[labels.runId] !== run.id || marks[labels.attempt] !== String(run.attempt)) {
    return { kind: 'again', at: new Date(hands.now().getTime() + 2_000), reason: 'PredecessorRunning' };
  }
  await noteJob(backup, run, job, hands, worthNoting(backup, storage));
  return { kind: 'done' };
}

/** That only a pod can find out says less than what the last one found. */
function worthNoting({ status }: BackupFacts, storage: ClaimState): ConditionFinding | undefined {
  const before = conditionOf(status.conditions, 'StorageReady');
  const stays = storage.status === 'Unknown' && before?.status === 'False' && isStoreFault(before.reason);
  return stays ? undefined : storageFinding(storage.status, storage);
}

/** Settles a run whose spec cannot be carried out as things stand, before a Job is spent on it. */
async function refuse(
  backup: BackupFacts,
  run: ActiveRun,
  { spec, message }: { spec: EffectiveSpec; message: string },
  hands: Hands,
): Promise<Outcome> {
  const conclusion = { kind: 'settle', status: 'Failed', reason: 'SpecInvalid', message } as const;
  await recordConclusion(backup, run, { conclusion, spec }, hands);
  return { kind: 'done' };
}

/** An option that the target's version lacks would only fail in its pod. Where no tag says the version, the pod itself asks the binary. */
function optionTooNew({ options }: EffectiveSpec, { version }: ResolvedTarget): string | undefined {
  const release = version === undefined ? undefined : parseVersion(version);
  return release && gateArguments(options.additionalArgs, release);
}

/** The store must answer before a Job is spent on it; what only the Job's own pod can reach is found out by that pod. */
async function storageState(
  backup: BackupFacts,
  { storage }: EffectiveSpec,
  found: FoundStore,
  hands: Hands,
  signal: AbortSignal,
): Promise<ClaimState | Wait> {
  if (storage.type === 'pvc') return ensureClaim(backup, storage, hands, signal);
  if (found.kind === 'agent') {
    return {
      status: 'Unknown',
      reason: 'WaitsForFirstPod',
      message: "only the backup's own pod can reach the store",
    };
  }
  const message = `${found.root.place} answers and accepts writes`;
  return (await checkStore(found.root, signal)) ?? { status: 'True', reason: 'StorageReachable', message };
}

interface Staging {
  readonly keys?: KeyMount;
}

/** What only staged runs need: their keys, and the claim that keeps their chain. */
async function findStaging(
  backup: BackupFacts,
  spec: EffectiveSpec,
  hands: Hands,
  signal: AbortSignal,
): Promise<Staging | Wait> {
  const { workVolume } = spec.options;
  const claim = workVolume === undefined ? undefined : await findWorkClaim(backup, workVolume, hands, signal);
  if (claim && isWait(claim)) return claim;
  const keys = await findKeys(backup, spec, hands, signal);
  if (!keys) return {};
  return isWait(keys) ? keys : { keys };
}

/** Creates the Job, or answers the one that has its name. */
async function createJob(
  backup: BackupFacts,
  spec: EffectiveSpec,
  parts: { run: ActiveRun; target: ResolvedTarget; found: FoundStore; clusterId: string } & Staging,
  { kube, agentImage }: Hands,
  signal: AbortSignal,
): Promise<{ readonly created: boolean; readonly object: Job }> {
  const { target } = parts;
  const { access } = parts.found;
  const forceFull = forceFullAfter(backup.status);
  const manifest = jobManifest(backup, {
    plan: planBackup(backup, spec, { ...parts, access, ...(forceFull && { forceFull }) }),
    access,
    options: spec.options,
    agentImage,
    keys: parts.keys,
    engineImage: target.image,
    // Pull secrets of another namespace cannot be used here.
    pullSecrets: target.namespace === backup.key.namespace ? target.pullSecrets : [],
    tolerations: target.tolerations,
    serviceAccount: namedAccount(spec),
  });
  return kube.create<Job>(resources.jobs, manifest, signal);
}

/** A run that was parked, or failed before, answers no event of this moment. */
function tellLatency(
  { attempt, waitingFor }: ActiveRun,
  { seenAtMs, now, onJobCreated }: Hands & { readonly seenAtMs?: number | undefined },
): void {
  if (seenAtMs === undefined || attempt > 1 || waitingFor) return;
  onJobCreated?.(Math.max(0, now().getTime() - seenAtMs));
}

function nameTaken({ metadata }: Job, { key }: BackupFacts): Wait {
  const message = `a Job named "${metadata.name}" exists in namespace "${key.namespace}" and is not ours; remove or rename it`;
  return { reason: 'NameTaken', message, againMs: 60_000 };
}
