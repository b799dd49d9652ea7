import { claimOf, findStore, isWait, runAgentJob, tell, changeRecord } from '@holdfast/access';
import {
  beginThaw,
  holdThaw,
  planThaw,
  settleThaw,
  thawWish,
  type BackupFacts,
  type StoreAccess,
  type ThawWish,
} from '@holdfast/core';
import { KubeError } from '@holdfast/kube';
import type { Outcome } from '@holdfast/queue';
import { claimFolder, endThaw, thawChain, type ObjectStore } from '@holdfast/storage';
import { BackupError, isReason, type ActiveRun, type EffectiveSpec, type ThawResult } from '@holdfast/types';
import { stillOurs, type Hands } from './record.ts';

const jobAgainMs = 5_000;

interface Work {
  readonly backup: BackupFacts;
  readonly run: ActiveRun;
  readonly hands: Hands;
  readonly signal: AbortSignal;
}

/** One run of kind `thaw`: asks the store for an archived chain, or takes readable copies away that nobody wants any more. */
export async function thaw(work: Work): Promise<Outcome> {
  const { backup, run, hands, signal } = work;
  const { spec } = backup;
  if (!spec)
    return hold(work, { reason: 'ThawFailed', message: 'the spec was refused while the archive was looked at' });
  const begun = await changeRecord(backup, run, hands, (status, _generation, now) => beginThaw(status, now));
  if (begun !== 'written' && begun !== 'unchanged') return { kind: 'done' };
  const found = await findStore(backup, spec, hands, signal);
  if (isWait(found)) return hold(work, found);
  const wish = thawWish(backup);
  try {
    return await (found.kind === 'agent'
      ? thawByAgent(work, { spec, wish, access: found.access })
      : thawDirectly(work, wish, found.store));
  } catch (error) {
    if (!(error instanceof BackupError) || (error instanceof KubeError && error.reason !== 'ApiDenied')) throw error;
    return hold(work, error);
  }
}

async function thawDirectly(work: Work, { chain, ended }: ThawWish, store: ObjectStore): Promise<Outcome> {
  const { backup, hands, signal } = work;
  const owner = await claimFolder(store, await claimOf(backup, hands, signal), { now: hands.now(), signal });
  if (owner.kind === 'foreign') return hold(work, { reason: 'FolderOwnedElsewhere', message: owner.message });
  const options = { guard: () => stillOurs(work), signal };
  if (ended !== undefined && !(await endThaw(store, ended, options))) return { kind: 'done' };
  if (chain === undefined)
    return settle(work, { message: `chain ${ended ?? ''} is asked for no more`, objects: 0, readable: 0 });
  const looked = await thawChain(store, chain, options);
  return looked ? settle(work, looked) : { kind: 'done' };
}

/** Only the backup's own pods see the store. */
async function thawByAgent(
  work: Work,
  { spec, wish, access }: { spec: EffectiveSpec; wish: ThawWish; access: StoreAccess },
): Promise<Outcome> {
  const { backup, run, hands, signal } = work;
  const plan = planThaw(backup, spec, { run, access, clusterId: await hands.clusterId(signal), thaw: wish });
  const answer = await runAgentJob(backup, { plan, access, spec, hands, signal });
  if (answer === 'running')
    return { kind: 'again', at: new Date(hands.now().getTime() + jobAgainMs), reason: 'JobRunning' };
  if (answer === 'lost') {
    const message =
      "the pod that should look at the archive ended without a result; `kubectl describe` its Job's events";
    return hold(work, { reason: 'ThawFailed', message });
  }
  if (isWait(answer)) return hold(work, answer);
  if (answer.outcome === 'Failed' || !answer.thaw) return hold(work, answer);
  return settle(work, answer.thaw);
}

async function settle({ backup, run, hands }: Work, result: ThawResult): Promise<Outcome> {
  const written = await changeRecord(backup, run, hands, (status, _generation, now) => settleThaw(status, result, now));
  if (written !== 'written') return { kind: 'done' };
  const { chain, state, message } = result;
  const reason = state === undefined ? 'ThawEnded' : eventReasons[state];
  hands.log.info({ backup: `${backup.key.namespace}/${backup.key.name}`, run: run.id, reason, chain }, 'thaw settled');
  // That it still comes is told once, however often the store is asked.
  const id = state === 'Coming' ? `thaw-${chain}` : `thaw-${run.id}`;
  await tell(backup, { type: state === 'NotArchived' ? 'Warning' : 'Normal', reason, message, id }, hands);
  return { kind: 'done' };
}

const eventReasons = { Coming: 'Thawing', Readable: 'Thawed', NotArchived: 'NotArchived' } as const;

/** Ends the run without a result and says why; the lock goes, and the next look comes by itself. */
export async function hold(
  { backup, run, hands }: Omit<Work, 'signal'>,
  because: { reason: string; message: string },
): Promise<Outcome> {
  const reason = isReason(because.reason) ? because.reason : 'ThawFailed';
  const { message } = because;
  const { thawChain: chain } = backup;
  const written = await changeRecord(backup, run, hands, (status, _generation, now) =>
    holdThaw(status, { chain, reason, message }, now),
  );
  if (written !== 'written') return { kind: 'done' };
  hands.log.warn({ backup: `${backup.key.namespace}/${backup.key.name}`, run: run.id, reason }, 'thaw held');
  await tell(backup, { type: 'Warning', reason: 'ThawHeld', message, id: `thaw-held-${run.id}` }, hands);
  return { kind: 'done' };
}
