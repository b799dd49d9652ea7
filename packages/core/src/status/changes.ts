import type { ActiveRun, AgentResult, Reason, Status } from '@holdfast/types';
import { toTime, wholeSeconds } from '../format/time.ts';
import { isStoreFault } from '../run/breaker.ts';
import { withCondition, type Finding } from './conditions.ts';
import { historyEntry, type Ending } from './history-entry.ts';
import { countMissed, enter } from './history.ts';
import { withTotal } from './totals.ts';
import { rememberToken, withFolder } from './verification-changes.ts';
import { withVolume } from '../volume/fill-of-volume.ts';
import { withRun } from './with-run.ts';

/** Changes of facts, one for each thing that can happen to a run. All are pure; `project` makes them readable afterwards. */

/** A cause was answered: from here on it can never start a second run. */
export function recordRun(status: Status, run: ActiveRun, missed: number, historyLimit: number): Status {
  const answered: Status = {
    ...status,
    activeRun: run,
    ...(run.slot && { lastSlotTime: run.slot }),
    ...(run.trigger === 'Request' &&
      run.token && { lastRunTokens: [run.token, ...(status.lastRunTokens ?? [])].slice(0, 20) }),
    ...(run.trigger === 'Verification' && run.token && { verification: rememberToken(status.verification, run.token) }),
  };
  if (missed === 0) return answered;
  const message = 'the slots passed while nobody could answer them; the newest is caught up';
  return countMissed(answered, { before: run.id, count: missed, reason: 'SlotMissed', message }, historyLimit);
}

export function missSlots(status: Status, newest: Date, count: number, historyLimit: number): Status {
  const message = 'the slots passed longer ago than spec.startingDeadlineSeconds allows, so they are not caught up';
  const slot = toTime(newest);
  const skipped = { before: slot, slot, count, reason: 'SlotSkipped', message } as const;
  return countMissed({ ...status, lastSlotTime: slot }, skipped, historyLimit);
}

/** Slots before `from` are answered without a run. A clock that went back does not open answered slots again. */
export function resumeSchedule(status: Status, from: Date): Status {
  const answered = status.lastSlotTime;
  return answered && new Date(answered) > from ? status : { ...status, lastSlotTime: toTime(from) };
}

export function admitRun(status: Status, now: Date): Status {
  return withRun(status, (run) => {
    const { waitingFor: _place, ...rest } = run;
    return { ...rest, phase: 'Admitted', admittedAt: toTime(now) };
  });
}

/** The run waits for something that is no fault of its own. The same wait goes on counting from when it began. */
export function parkRun(status: Status, { reason, message }: { reason: Reason; message: string }, now: Date): Status {
  return withRun(status, (run) => {
    const since = run.waitingFor?.reason === reason ? run.waitingFor.since : toTime(now);
    const triedAt = isStoreFault(reason) && run.phase !== 'Recorded' ? toTime(now) : run.waitingFor?.triedAt;
    return { ...run, waitingFor: { reason, message, since, ...(triedAt && { triedAt }) } };
  });
}

/** A run that waits for its store may try it. What it waits for stands until it knows better. */
export function letTry(status: Status, now: Date): Status {
  return withRun(status, ({ waitingFor, ...run }) => ({
    ...run,
    phase: 'Admitted',
    admittedAt: run.admittedAt ?? toTime(now),
    ...(waitingFor && { waitingFor: { ...waitingFor, tryingSince: toTime(now) } }),
  }));
}

/** The run was seen in a later phase than the record knows. */
export function advanceRun(status: Status, phase: 'Running'): Status {
  return withRun(status, (run) => ({ ...run, phase }));
}

/** The Job of this attempt exists. */
export function startRun(
  status: Status,
  job: { name: string; uid: string },
  facts: { expected: readonly string[]; startedAt: Date },
): Status {
  const started = withRun(status, (run) => {
    const { waitingFor: _waited, notBefore: _retry, ...rest } = run;
    return { ...rest, phase: 'Starting', job, startedAt: toTime(facts.startedAt), expected: [...facts.expected] };
  });
  return { ...started, lastRunTime: toTime(facts.startedAt) };
}

export function retryRun(status: Status, at: Date): Status {
  return withRun(status, ({ job: _job, startedAt: _started, waitingFor: _waited, ...run }) => ({
    ...run,
    phase: 'Admitted',
    attempt: run.attempt + 1,
    notBefore: toTime(at),
  }));
}

/** A backup run is over. One result per run id: a run that already stands in the history is not entered again. */
export function settleRun(status: Status, ending: Ending, historyLimit: number, now: Date): Status {
  const run = status.activeRun;
  if (!run) return status;
  const { activeRun: _over, ...before } = status;
  const rest = afterLook(ending.result, before, now);
  const entry = historyEntry(run, ending, now);
  const isNew = !status.history?.some(({ runId }) => runId === entry.runId);
  return {
    ...rest,
    history: enter(entry, status.history, historyLimit),
    ...(isNew && { totals: withTotal(status, entry) }),
    ...(entry.stats && { stats: entry.stats }),
    ...(ending.status === 'Missed' ? { missedSlots: (status.missedSlots ?? 0) + 1 } : countFailure(status, ending)),
    ...(ending.status === 'Succeeded' && successFacts(rest.restorePoint, ending.result, now)),
  };
}

/** What the pod saw of its folder and of the volume below it. A store that is no claim has no volume. */
function afterLook(result: AgentResult | undefined, status: Status, now: Date): Status {
  const { volume: before, ...rest } = result?.folder ? withFolder(status, result.folder) : status;
  const volume = result?.volume ? withVolume(before, result.volume, now) : before;
  const moved = result && !result.volume && result.outcome === 'Succeeded';
  return volume && !moved ? { ...rest, volume } : rest;
}

/** Conditions that only the one who looked can set: the store, the Job. */
export function noteFinding(status: Status, finding: Finding, generation: number, now: Date): Status {
  return { ...status, conditions: withCondition(status.conditions ?? [], finding, generation, now) };
}

function countFailure(status: Status, ending: Ending): Pick<Status, 'consecutiveFailures'> {
  const failed = ending.status === 'Failed' || ending.status === 'PartiallySucceeded';
  return { consecutiveFailures: failed ? (status.consecutiveFailures ?? 0) + 1 : 0 };
}

/** An empty DIFF carries no transaction: what a restore brings back is then still what the chain ended with before. */
function successFacts(before: Status['restorePoint'], result: AgentResult | undefined, now: Date): Partial<Status> {
  const newest = result?.databases
    .filter(({ name, highestTx }) => name !== 'system' && highestTx !== undefined)
    .toSorted((a, b) => a.name.localeCompare(b.name))[0];
  const sameChain = before !== undefined && before.chain === newest?.chain;
  const time = result ? wholeSeconds(result.completionTime) : toTime(now);
  return {
    lastSuccessTime: time,
    ...(newest?.chain && {
      restorePoint: {
        time: result ? wholeSeconds(result.startTime) : time,
        transaction: Math.max(newest.highestTx ?? 0, sameChain ? before.transaction : 0),
        chain: newest.chain,
        verifiedTime: time,
      },
    }),
  };
}
