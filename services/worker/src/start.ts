import { changeRecord, ensureIdentity, findStore, isWait, tell, type Wait } from '@holdfast/access';
import {
  jobManifest,
  noteFinding,
  parkRun,
  planBackup,
  startRun,
  type BackupFacts,
  type ConditionFinding,
} from '@holdfast/core';
import { resources, type Job } from '@holdfast/kube';
import type { Outcome } from '@holdfast/queue';
import { labels, type ActiveRun, type EffectiveSpec, type Reason } from '@holdfast/types';
import { ensureClaim } from './claim.ts';
import { checkStore } from './check-store.ts';
import type { Hands } from './hands.ts';
import { findTarget } from './target.ts';

/**
 * Stage 7: from an admitted run to a Job. Each step finds what an earlier attempt left and uses it, so dying between any two lines costs
 * nothing but the time until the next ring.
 */
export async function start(
  backup: BackupFacts,
  run: ActiveRun,
  spec: EffectiveSpec,
  hands: Hands,
  signal: AbortSignal,
): Promise<Outcome> {
  const target = await findTarget(spec, backup.key.namespace, hands, signal);
  if (isWait(target)) return park(backup, run, target, undefined, hands);
  const found = await findStore(backup, spec, hands, signal);
  if (isWait(found)) return park(backup, run, found, storageFinding('False', found), hands);
  const storage = await checkStorage();
  if (isWait(storage)) return park(backup, run, storage, storageFinding('False', storage), hands);

  const taken = await ensureIdentity(backup, hands.kube, signal);
  if (taken) return park(backup, run, taken, jobFinding('False', 'NameTaken', taken.message), hands);
  const plan = planBackup(backup, spec, { run, target, access: found.access });
  const manifest = jobManifest(backup, {
    plan,
    access: found.access,
    options: spec.options,
    agentImage: hands.agentImage,
    engineImage: target.image,
    pullSecrets: target.namespace === backup.key.namespace ? target.pullSecrets : [],
    tolerations: target.tolerations,
  });
  const { object: job } = await hands.kube.create<Job>(resources.jobs, manifest, signal);
  if (job.metadata.labels?.[labels.backupUid] !== backup.uid) {
    const message = `a Job named "${job.metadata.name}" exists in namespace "${backup.key.namespace}" and is not ours; remove or rename it`;
    return park(
      backup,
      run,
      { reason: 'NameTaken', message, againMs: 60_000 },
      jobFinding('False', 'NameTaken', message),
      hands,
    );
  }
  // Somebody else's attempt got there first: look again at what is really there.
  if (job.metadata.labels[labels.runId] !== run.id || job.metadata.labels[labels.attempt] !== String(run.attempt)) {
    return { kind: 'again', at: new Date(hands.now().getTime() + 2_000), reason: 'PredecessorRunning' };
  }
  await noteJob(backup, run, job, hands, storageFinding(storage.status, storage));
  return { kind: 'done' };

  async function checkStorage(): Promise<Wait | { status: 'True' | 'Unknown'; reason: Reason; message: string }> {
    if (spec.storage.type === 'pvc') return ensureClaim(backup, spec.storage, hands, signal);
    if (isWait(found) || found.kind === 'agent')
      return {
        status: 'Unknown',
        reason: 'WaitsForFirstPod',
        message: "only the backup's own pod can reach the store",
      };
    const trouble = await checkStore(found.root, signal);
    return (
      trouble ?? {
        status: 'True',
        reason: 'StorageReachable',
        message: `${found.root.place} answers and accepts writes`,
      }
    );
  }
}

/** The record learns of the Job: the second of a run's three writes. */
export async function noteJob(
  backup: BackupFacts,
  run: ActiveRun,
  job: Pick<Job, 'metadata'>,
  hands: Hands,
  storage?: ConditionFinding,
): Promise<void> {
  const startedAt = new Date(job.metadata.creationTimestamp);
  const ref = { name: job.metadata.name, uid: job.metadata.uid };
  const written = await changeRecord(backup, run, hands, (status, generation, now) => {
    const started = startRun(status, ref, { expected: [], startedAt });
    const noted = noteFinding(
      started,
      jobFinding('True', 'JobRunning', `Job "${ref.name}" was created for run ${run.id}`),
      generation,
      now,
    );
    return storage ? noteFinding(noted, storage, generation, now) : noted;
  });
  if (written !== 'written') return;
  hands.log.info(
    { backup: `${backup.key.namespace}/${backup.key.name}`, run: run.id, reason: 'JobRunning' },
    'job created',
  );
  const message = `run ${run.id}${run.attempt > 1 ? `, attempt ${run.attempt}` : ''}: Job "${ref.name}" created`;
  await tell(
    backup,
    { type: 'Normal', reason: 'BackupStarted', message, id: `started-${run.id}-${run.attempt}` },
    hands,
  );
}

async function park(
  backup: BackupFacts,
  run: ActiveRun,
  wait: Wait,
  finding: ConditionFinding | undefined,
  hands: Hands,
): Promise<Outcome> {
  const at = new Date(hands.now().getTime() + wait.againMs);
  const written = await changeRecord(backup, run, hands, (status, generation, now) => {
    const parked = parkRun(status, wait, now);
    return finding ? noteFinding(parked, finding, generation, now) : parked;
  });
  if (written === 'written') {
    const storage = finding?.type === 'StorageReady';
    const event = {
      type: 'Warning' as const,
      reason: storage ? 'StorageUnavailable' : 'BackupWaiting',
      message: `run ${run.id}: ${wait.message}`,
      id: `wait-${run.id}-${run.attempt}-${wait.reason}`,
    };
    await tell(backup, event, hands);
  }
  return { kind: 'again', at, reason: wait.reason };
}

function storageFinding(
  status: ConditionFinding['status'],
  { reason, message }: { reason: Reason; message: string },
): ConditionFinding {
  return { type: 'StorageReady', status, reason, message };
}

function jobFinding(status: ConditionFinding['status'], reason: Reason, message: string): ConditionFinding {
  return { type: 'JobCreated', status, reason, message };
}
