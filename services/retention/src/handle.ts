import { claimOf, findStore, isWait, runAgentJob } from '@holdfast/access';
import {
  backupFacts,
  carriedOut,
  consentOf,
  expectedInterval,
  newestSuccess,
  planRetentionJob,
  toRetentionResult,
  type RetentionPolicy,
  type StoreAccess,
} from '@holdfast/core';
import { KubeError, resources } from '@holdfast/kube';
import type { Outcome } from '@holdfast/queue';
import { claimFolder, planFolder, sweepFolder, type ObjectStore } from '@holdfast/storage';
import { BackupError, type RetentionResult, type Ring } from '@holdfast/types';
import { erase } from './erase.ts';
import { thaw } from './thaw.ts';
import { hold, settle, showPlan, stillOurs, type Hands, type Work } from './record.ts';

const jobAgainMs = 5_000;
/** Plans in status are cut to this many bytes of JSON; the whole plan stands in the store's manifests at any time. */
const planBytes = 16_384;

/** Answers one ring of the queue `retention`: plan, show the plan in status, carry it out, settle. */
export async function handle(ring: Ring, hands: Hands, signal: AbortSignal): Promise<Outcome> {
  const object = await hands.kube.get(resources.backups, ring, signal);
  const backup = object && backupFacts(object);
  const run = backup?.status.activeRun;
  if (!backup || !run || run.phase === 'Recorded') return { kind: 'done' };
  if (run.kind === 'erase') return backup.held ? erase({ backup, run, hands, signal }) : { kind: 'done' };
  if (backup.deleting) return { kind: 'done' };
  if (run.kind === 'thaw') return thaw({ backup, run, hands, signal });
  if (run.kind !== 'retention') return { kind: 'done' };
  const { spec } = backup;
  if (!spec?.retention) {
    const message = 'the policy was removed, or the spec refused, while retention was at work; nothing more is removed';
    return hold({ backup, run, hands }, { reason: 'RetentionFailed', message });
  }
  const work: Work = { backup, run, spec, retention: spec.retention, hands, signal };
  const found = await findStore(backup, spec, hands, signal);
  if (isWait(found)) return hold(work, found);
  try {
    return await (found.kind === 'agent' ? sweepByAgent(work, found.access) : sweepDirectly(work, found.store));
  } catch (error) {
    // Trouble with the store must not keep the folder's lock from the next backup; trouble with the API comes back by itself.
    if (!(error instanceof BackupError) || (error instanceof KubeError && error.reason !== 'ApiDenied')) throw error;
    return hold(work, error);
  }
}

/** The store can be opened here: plan, record the plan, remove. */
async function sweepDirectly(work: Work, store: ObjectStore): Promise<Outcome> {
  const { backup, spec, hands, signal } = work;
  const owner = await claimFolder(store, await claimOf(backup, hands, signal), { now: hands.now(), signal });
  const facts = {
    now: hands.now(),
    runDeadlineMs: spec.options.deadlineMs,
    newestRun: newestSuccess(backup.status)?.runId,
    ownedElsewhere: owner.kind === 'foreign' ? owner.message : undefined,
    known: hands.memory.of(backup.uid, store),
  };
  const plan = await planFolder(store, policyOf(work), facts, signal);
  const planned = toRetentionResult(plan, planBytes);
  if (!(await showPlan(work, planned))) return { kind: 'done' };
  const swept = await sweepFolder(store, plan, { guard: () => stillOurs(work), signal });
  return settle(
    work,
    carriedOut(toRetentionResult({ ...plan, archive: swept.archive }, planBytes), swept, hands.now()),
  );
}

/** Only the backup's own pods see the store: one lists and plans, and when its plan stands in status, one removes. */
async function sweepByAgent(work: Work, access: StoreAccess): Promise<Outcome> {
  const { backup, run, spec, hands, signal } = work;
  const again: Outcome = { kind: 'again', at: new Date(hands.now().getTime() + jobAgainMs), reason: 'JobRunning' };
  const shown = backup.status.retention?.plan?.run === run.id;
  const verb = shown ? 'sweep' : 'list';
  const plan = planRetentionJob(backup, spec, {
    run,
    verb,
    access,
    clusterId: await hands.clusterId(signal),
    now: hands.now(),
  });
  const answer = await runAgentJob(backup, { plan, access, spec, hands, signal });
  if (answer === 'running') return again;
  if (answer === 'lost') {
    const message = `the pod that should ${verb} the store ended without a result; \`kubectl describe\` its Job's events`;
    return hold(work, { reason: 'RetentionFailed', message });
  }
  if (isWait(answer)) return hold(work, answer);
  if (answer.outcome === 'Failed' || !answer.retention) return hold(work, answer);
  if (verb === 'sweep') return settle(work, answer.retention);
  if (!(await showPlan(work, answer.retention))) return { kind: 'done' };
  // Nothing to remove: no second pod is needed to do nothing.
  return removesNothing(answer.retention) ? settle(work, answer.retention) : { ...again, at: hands.now() };
}

function removesNothing({ removeCount, consent, leftovers }: RetentionResult): boolean {
  return (
    (removeCount === 0 || consent === 'Waiting') && (leftovers?.objects ?? 0) === 0 && (leftovers?.runs ?? 0) === 0
  );
}

function policyOf({ backup, run, spec, retention, hands }: Work): RetentionPolicy {
  const interval = expectedInterval(spec, hands.now());
  const consent = consentOf(backup, run, retention);
  return {
    ...retention,
    ...(consent && { consent }),
    suspended: spec.suspend,
    ...(interval && { expectedIntervalMs: interval }),
  };
}
