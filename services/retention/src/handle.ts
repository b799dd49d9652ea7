import { changeRecord, findStore, isWait, runAgentJob, tell, type Hands as Access } from '@holdfast/access';
import {
  backupFacts,
  expectedInterval,
  planRetentionJob,
  planRetentionRun,
  settleRetention,
  toRetentionResult,
  type BackupFacts,
  type RetentionPolicy,
  type StoreAccess,
} from '@holdfast/core';
import { resources } from '@holdfast/kube';
import type { Outcome } from '@holdfast/queue';
import type { Log } from '@holdfast/runtime';
import { planFolder, sweepFolder, type ObjectStore } from '@holdfast/storage';
import type { ActiveRun, EffectiveRetention, EffectiveSpec, RetentionResult, Ring } from '@holdfast/types';

export interface Hands extends Access {
  readonly log: Log;
}

/** One retention run as its steps see it. */
interface Work {
  readonly backup: BackupFacts;
  readonly run: ActiveRun;
  readonly spec: EffectiveSpec;
  readonly retention: EffectiveRetention;
  readonly hands: Hands;
  readonly signal: AbortSignal;
}

/** After trouble, the next look at the folder. Nothing is lost by waiting: what should have gone stays a little longer. */
const troubleAgainMs = 3_600_000;
const jobAgainMs = 5_000;
/** Plans in status are cut to this many bytes of JSON; the whole plan stands in the store's manifests at any time. */
const planBytes = 16_384;

/** Answers one ring of the queue `retention`: plan, show the plan in status, carry it out, settle. */
export async function handle(ring: Ring, hands: Hands, signal: AbortSignal): Promise<Outcome> {
  const object = await hands.kube.get(resources.backups, ring, signal);
  const backup = object && backupFacts(object);
  const run = backup?.status.activeRun;
  if (!backup || run?.kind !== 'retention' || run.phase === 'Recorded' || backup.deleting) return { kind: 'done' };
  const { spec } = backup;
  if (!spec?.retention)
    return settle({ backup, run, hands }, nothing(backup, 'the policy was removed while retention was at work'));
  const work: Work = { backup, run, spec, retention: spec.retention, hands, signal };
  const found = await findStore(backup, spec, hands, signal);
  if (isWait(found)) return hold(work, found.message);
  return found.kind === 'direct' ? sweepDirectly(work, found.store) : sweepByAgent(work, found.access);
}

/** The store can be opened here: plan, record the plan, remove. */
async function sweepDirectly(work: Work, store: ObjectStore): Promise<Outcome> {
  const { run, hands, signal } = work;
  const plan = await planFolder(store, policyOf(work), hands.now(), signal);
  const planned = toRetentionResult(plan, planBytes);
  if (!(await showPlan(work, planned))) return { kind: 'done' };
  const swept = await sweepFolder(store, plan, { guard: () => stillOurs(work), signal });
  return settle(work, { ...planned, ...swept });
}

/** Only the backup's own pods see the store: one lists and plans, and when its plan stands in status, one removes. */
async function sweepByAgent(work: Work, access: StoreAccess): Promise<Outcome> {
  const { backup, run, spec, hands, signal } = work;
  const again: Outcome = { kind: 'again', at: new Date(hands.now().getTime() + jobAgainMs), reason: 'JobRunning' };
  const shown = backup.status.retention?.plan?.run === run.id;
  const verb = shown ? 'sweep' : 'list';
  const plan = planRetentionJob(backup, spec, { run, verb, access, now: hands.now() });
  const answer = await runAgentJob(backup, { plan, access, spec, hands, signal });
  if (answer === 'running') return again;
  if (answer === 'lost')
    return hold(
      work,
      `the pod that should ${verb} the store ended without a result; \`kubectl describe\` its Job's events`,
    );
  if (answer.outcome === 'Failed' || !answer.retention) return hold(work, answer.message);
  if (verb === 'sweep') return settle(work, answer.retention);
  if (!(await showPlan(work, answer.retention))) return { kind: 'done' };
  // Nothing to remove: no second pod is needed to do nothing.
  return answer.retention.removeCount === 0 ? settle(work, answer.retention) : { ...again, at: hands.now() };
}

function policyOf({ spec, retention, hands }: Work): RetentionPolicy {
  const interval = expectedInterval(spec, hands.now());
  return { ...retention, suspended: spec.suspend, ...(interval && { expectedIntervalMs: interval }) };
}

/** False when the run is no longer ours; then nothing may be removed. */
async function showPlan({ backup, run, hands }: Work, planned: RetentionResult): Promise<boolean> {
  const written = await changeRecord(backup, run, hands, (status, _generation, now) =>
    planRetentionRun(status, run.id, planned, now),
  );
  return written === 'written' || written === 'unchanged';
}

/** Asked before every batch of removals: the lock of the folder must still be this run's. */
async function stillOurs({ backup, run, hands, signal }: Work): Promise<boolean> {
  const fresh = await hands.kube.get(resources.backups, backup.key, signal);
  return fresh?.metadata.uid === backup.uid && fresh.status?.activeRun?.id === run.id;
}

async function hold(work: Work, message: string): Promise<Outcome> {
  return settle(work, nothing(work.backup, message, new Date(work.hands.now().getTime() + troubleAgainMs)));
}

/** A result that removed nothing and says why; `retryAt` brings the next look. */
function nothing({ status }: BackupFacts, message: string, retryAt?: Date): RetentionResult {
  return {
    kept: status.retention?.kept ?? 0,
    removed: 0,
    reclaimedBytes: 0,
    held: [{ reason: 'RetentionFailed', message }],
    remove: [],
    removeCount: 0,
    reclaimBytes: 0,
    ...(retryAt && { nextExpiry: retryAt.toISOString() }),
  };
}

async function settle(
  { backup, run, hands }: Pick<Work, 'backup' | 'run' | 'hands'>,
  result: RetentionResult,
): Promise<Outcome> {
  const cause = run.token ?? run.id;
  const written = await changeRecord(backup, run, hands, (status, _generation, now) =>
    settleRetention(status, cause, result, now),
  );
  if (written !== 'written') return { kind: 'done' };
  const [held] = result.held;
  hands.log.info(
    {
      backup: `${backup.key.namespace}/${backup.key.name}`,
      run: run.id,
      reason: held?.reason ?? 'RetentionApplied',
      removed: result.removed,
    },
    'retention settled',
  );
  const message = held
    ? `run ${run.id}: ${held.message}`
    : `run ${run.id}: ${result.kept} restore points kept, ${result.removed} artifacts removed`;
  await tell(
    backup,
    {
      type: held ? 'Warning' : 'Normal',
      reason: held ? 'RetentionHeld' : 'RetentionApplied',
      message,
      id: `retention-${run.id}`,
    },
    hands,
  );
  return { kind: 'done' };
}
