import { changeRecord, claimOf, findStore, isWait, observeJob, runAgentJob, tell } from '@holdfast/access';
import { beginErase, holdErase, planErase, settleErase, type BackupFacts, type StoreAccess } from '@holdfast/core';
import { KubeError, resources } from '@holdfast/kube';
import type { Outcome } from '@holdfast/queue';
import { eraseFolder, ownerOf, summarizeArchive, type ObjectStore } from '@holdfast/storage';
import {
  BackupError,
  isReason,
  type ActiveRun,
  type AgentVerb,
  type EffectiveSpec,
  type Erased,
} from '@holdfast/types';
import { stillOurs, type Hands } from './record.ts';

const lookAgainMs = 5_000;

interface Work {
  readonly backup: BackupFacts;
  readonly run: ActiveRun;
  readonly hands: Hands;
  readonly signal: AbortSignal;
}

/** The run of kind `erase`: an object that is being deleted takes its data along. Nothing else is at work in the folder by then. */
export async function erase(work: Work): Promise<Outcome> {
  const { backup, run, hands, signal } = work;
  const { spec } = backup;
  if (!spec)
    return hold(work, { reason: 'EraseFailed', message: 'the spec is refused, so nobody knows where its data lies' });
  if (await isAnotherAtWork(work)) return again(hands, 'PredecessorRunning');
  const begun = await changeRecord(backup, run, hands, (status, _generation, now) => beginErase(status, now));
  if (begun !== 'written' && begun !== 'unchanged') return { kind: 'done' };
  const found = await findStore(backup, spec, hands, signal);
  if (isWait(found)) return hold(work, found);
  try {
    return await (found.kind === 'agent'
      ? eraseByAgent(work, { spec, access: found.access })
      : eraseDirectly(work, found.store));
  } catch (error) {
    if (!(error instanceof BackupError) || (error instanceof KubeError && error.reason !== 'ApiDenied')) throw error;
    return hold(work, error);
  }
}

/** A pod that still writes would bring back what was erased, so each Job goes first, with its pod. */
async function isAnotherAtWork({ backup, hands, signal }: Work): Promise<boolean> {
  const { namespace } = backup.key;
  const verbs: readonly AgentVerb[] = ['backup', 'prove', 'list', 'sweep', 'thaw'];
  const jobs = await Promise.all(verbs.map((verb) => observeJob(hands.kube, backup.key, verb, signal)));
  const ours = jobs.filter((job) => job !== undefined).filter(({ backupUid }) => backupUid === backup.uid);
  for (const { name, uid, deleting } of ours) {
    if (deleting) continue;
    await hands.kube.remove(resources.jobs, { namespace, name }, { uid, propagation: 'Foreground' }, signal);
  }
  return ours.length > 0;
}

function again({ now }: Hands, reason: 'PredecessorRunning' | 'JobRunning'): Outcome {
  return { kind: 'again', at: new Date(now().getTime() + lookAgainMs), reason };
}

async function eraseDirectly(work: Work, store: ObjectStore): Promise<Outcome> {
  const { backup, hands, signal } = work;
  const owner = await ownerOf(store, await claimOf(backup, hands, signal), signal);
  if (owner.kind === 'foreign') return hold(work, { reason: 'FolderOwnedElsewhere', message: owner.message });
  await tellOfFees(work, store);
  const erased = await eraseFolder(store, { guard: () => stillOurs(work), now: hands.now(), signal });
  return erased ? settle(work, erased) : { kind: 'done' };
}

/** What a store charges for all the same is said before it goes. */
async function tellOfFees({ backup, run, hands, signal }: Work, store: ObjectStore): Promise<void> {
  const { newest } = await summarizeArchive(store, signal);
  const charged = newest.filter(({ minimumUntil }) => minimumUntil !== undefined && minimumUntil > hands.now());
  const [first] = charged;
  if (!first) return;
  const chains = charged.length === 1 ? 'archived chain goes' : 'archived chains go';
  const message = `at least ${charged.length} ${chains} before the least time of class ${first.storageClass}, for which the store charges all the same`;
  await tell(backup, { type: 'Warning', reason: 'EraseDue', message, id: `fees-${run.id}` }, hands);
}

/** Only the backup's own pods see the store. */
async function eraseByAgent(
  work: Work,
  { spec, access }: { spec: EffectiveSpec; access: StoreAccess },
): Promise<Outcome> {
  const { backup, run, hands, signal } = work;
  const plan = planErase(backup, spec, { run, access, clusterId: await hands.clusterId(signal) });
  const answer = await runAgentJob(backup, { plan, access, spec, hands, signal });
  if (answer === 'running') return again(hands, 'JobRunning');
  if (answer === 'lost') {
    const message = "the pod that should erase the store ended without a result; `kubectl describe` its Job's events";
    return hold(work, { reason: 'EraseFailed', message });
  }
  if (isWait(answer)) return hold(work, answer);
  if (answer.outcome === 'Failed' || !answer.erased) return hold(work, answer);
  return settle(work, answer.erased);
}

/** The watcher lets the object go, and tells what went. */
async function settle({ backup, run, hands }: Work, erased: Erased): Promise<Outcome> {
  const written = await changeRecord(backup, run, hands, (status, _generation, now) =>
    settleErase(status, erased, now),
  );
  const name = `${backup.key.namespace}/${backup.key.name}`;
  if (written === 'written')
    hands.log.info({ backup: name, run: run.id, reason: 'DataErased', ...erased }, 'data erased');
  return { kind: 'done' };
}

/** Ends the run without a result and says why; the next one comes by itself, unless a person lets the object go. */
export async function hold(
  { backup, run, hands }: Omit<Work, 'signal'>,
  because: { reason: string; message: string },
): Promise<Outcome> {
  const reason = isReason(because.reason) ? because.reason : 'EraseFailed';
  const { message } = because;
  const written = await changeRecord(backup, run, hands, (status, _generation, now) =>
    holdErase(status, { reason, message }, now),
  );
  if (written !== 'written') return { kind: 'done' };
  hands.log.warn({ backup: `${backup.key.namespace}/${backup.key.name}`, run: run.id, reason }, 'erasing held');
  await tell(backup, { type: 'Warning', reason: 'EraseHeld', message, id: `erase-held-${run.id}` }, hands);
  return { kind: 'done' };
}
