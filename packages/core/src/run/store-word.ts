import type { ActiveRun, Condition } from '@holdfast/types';
import { conditionOf } from '../status/conditions.ts';
import { isStoreFault, waitsForTurn, type StoreWord } from './breaker.ts';
import type { BackupFacts } from './observed.ts';

/** What a backup's record says of its store. What was found out of the store of an earlier spec says nothing. */
export function storeWord({ status, generation }: BackupFacts): StoreWord {
  const { activeRun: run } = status;
  const condition = conditionOf(status.conditions, 'StorageReady');
  const found = condition?.observedGeneration === generation ? condition : undefined;
  const fault = faultOf(found, run);
  const goodAt = found && goodSince(found, status);
  const tryingSince = run && tryingOf(run, found);
  return { ...(fault && { fault }), ...(goodAt && { goodAt }), ...(tryingSince && { tryingSince }) };
}

function faultOf(found: Condition | undefined, run: ActiveRun | undefined): StoreWord['fault'] {
  if (found?.status !== 'False' || !isStoreFault(found.reason) || worksAlready(run)) return undefined;
  const { waitingFor } = run ?? {};
  const since = Date.parse(waitingFor?.reason === found.reason ? waitingFor.since : found.lastTransitionTime);
  const triedAt = waitingFor?.triedAt ? Date.parse(waitingFor.triedAt) : since;
  return { reason: found.reason, since, triedAt: Math.max(since, triedAt) };
}

function goodSince(found: Condition, { lastRunTime, lastSuccessTime, activeRun: run }: BackupFacts['status']): number {
  // A Job is made only after its store was asked, wherever a service can ask it.
  const asked = found.status === 'True' ? lastRunTime : undefined;
  const working = found.status !== 'True' && worksAlready(run) ? run?.startedAt : undefined;
  return Math.max(...[asked, working, lastSuccessTime].map((time) => (time ? Date.parse(time) : 0)));
}

/** Its pod asks the store before anything else, so one that has been at it for longer than a start may take has reached it. */
function worksAlready(run: ActiveRun | undefined): boolean {
  return run?.kind === 'backup' && run.phase === 'Running' && !run.waitingFor;
}

function tryingOf(run: ActiveRun, found: Condition | undefined): number | undefined {
  if (run.kind !== 'backup') return undefined;
  const { phase, waitingFor, notBefore, startedAt, admittedAt, recordedAt } = run;
  if (phase === 'Admitted' && !notBefore && (!waitingFor || waitingFor.tryingSince) && !waitsForTurn(run))
    return Date.parse(waitingFor?.tryingSince ?? admittedAt ?? recordedAt);
  // Only its pod can find out.
  return phase === 'Starting' && found?.status !== 'True' && startedAt ? Date.parse(startedAt) : undefined;
}
