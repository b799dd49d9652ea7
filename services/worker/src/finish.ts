import {
  conclude,
  noteFinding,
  planProof,
  retryRun,
  settleRun,
  type BackupFacts,
  type Conclusion,
  type JobFacts,
} from '@holdfast/core';
import { changeRecord, findStore, isWait, readPods, runAgentJob, tell } from '@holdfast/access';
import type { Outcome } from '@holdfast/queue';
import { proveRun, readAttempts, type ObjectStore } from '@holdfast/storage';
import type { ActiveRun, AgentResult, EffectiveSpec, Reason } from '@holdfast/types';
import type { Hands } from './hands.ts';

type Findings = readonly { readonly reason: Reason; readonly message: string }[];

/**
 * Stages 10 and 11: what a run left is held against the store, and the run is settled.
 * @param job absent when it went away before its result was read; then only the store can tell
 */
export async function finish(
  backup: BackupFacts,
  run: ActiveRun,
  spec: EffectiveSpec,
  job: JobFacts | undefined,
  hands: Hands,
  signal: AbortSignal,
): Promise<Outcome> {
  const { kube, now } = hands;
  const pods = job ? await readPods(kube, backup.key.namespace, job, run, signal) : {};
  const found = await findStore(backup, spec, hands, signal);
  if (isWait(found)) return { kind: 'again', at: new Date(now().getTime() + found.againMs), reason: found.reason };
  let { result } = pods;
  let findings: Findings | undefined;
  if (found.kind === 'direct') {
    result ??= await readAttempts(found.store, run.id, signal);
    if (result && result.outcome !== 'Failed') findings = await prove(found.store, run, result, signal);
  } else if (!result) {
    // Only the backup's own pods can see the store, so one of them looks and tells.
    const plan = planProof(backup, spec, { run, access: found.access });
    const proof = await runAgentJob(backup, { plan, access: found.access, spec, hands, signal });
    if (proof === 'running') return { kind: 'again', at: new Date(now().getTime() + 5_000), reason: 'JobRunning' };
    if (proof !== 'lost') result = proof;
  }
  const facts = {
    attempt: run.attempt,
    retries: spec.options.retries,
    ...(result && { result }),
    ...(job && { job }),
    ...(findings && { findings }),
  };
  await record(backup, run, spec, conclude(facts, now()), hands);
  return { kind: 'done' };
}

/** A success that names no manifests is none: silence is not evidence. */
async function prove(store: ObjectStore, run: ActiveRun, result: AgentResult, signal: AbortSignal): Promise<Findings> {
  const { findings, manifests } = await proveRun(store, run.id, signal);
  if (findings.length === 0 && manifests.length < (result.counts?.succeeded ?? 1)) {
    const message = `run ${run.id} reports ${result.counts?.succeeded ?? 1} artifacts, and ${manifests.length} manifests stand in the store`;
    return [{ reason: 'EvidenceMissing', message }];
  }
  return findings;
}

async function record(
  backup: BackupFacts,
  run: ActiveRun,
  spec: EffectiveSpec,
  conclusion: Conclusion,
  hands: Hands,
): Promise<void> {
  const written = await changeRecord(backup, run, hands, (status, generation, now) => {
    if (conclusion.kind === 'retry') return retryRun(status, conclusion.at);
    const settled = settleRun(status, conclusion, spec.historyLimit, now);
    if (conclusion.status === 'Failed') return settled;
    const message = 'the last run wrote to the store and its objects were found there';
    return noteFinding(
      settled,
      { type: 'StorageReady', status: 'True', reason: 'StorageReachable', message },
      generation,
      now,
    );
  });
  if (written !== 'written') return;
  const log = { backup: `${backup.key.namespace}/${backup.key.name}`, run: run.id, reason: conclusion.reason };
  hands.log.info(log, conclusion.kind === 'retry' ? 'attempt failed, another will follow' : 'run settled');
  await tell(backup, eventOf(run, conclusion), hands);
  for (const warning of conclusion.kind === 'settle' ? (conclusion.result?.warnings ?? []) : []) {
    await tell(
      backup,
      {
        type: 'Warning',
        reason: warning.reason,
        message: `run ${run.id}: ${warning.message}`,
        id: `warning-${run.id}-${warning.reason}`,
      },
      hands,
    );
  }
}

function eventOf(
  run: ActiveRun,
  conclusion: Conclusion,
): { type: 'Normal' | 'Warning'; reason: string; message: string; id: string } {
  if (conclusion.kind === 'retry') {
    return {
      type: 'Warning',
      reason: 'BackupRetrying',
      message: `run ${run.id}, attempt ${run.attempt}: ${conclusion.message}`,
      id: `retry-${run.id}-${run.attempt}`,
    };
  }
  const failed = conclusion.status === 'Failed';
  return {
    type: conclusion.status === 'Succeeded' ? 'Normal' : 'Warning',
    reason: failed ? 'BackupFailed' : 'BackupCompleted',
    message: `run ${run.id} ${conclusion.status === 'PartiallySucceeded' ? 'succeeded in part' : conclusion.status.toLowerCase()}: ${conclusion.message}`,
    id: `ended-${run.id}`,
  };
}
