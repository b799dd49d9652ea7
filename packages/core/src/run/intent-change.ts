import type { Status, TriggersStatus } from '@holdfast/types';
import {
  admitRun,
  advanceRun,
  letTry,
  missSlots,
  parkRun,
  recordRun,
  resumeSchedule,
  settleRun,
} from '../status/changes.ts';
import { holdErase } from '../status/erase-changes.ts';
import { expireRetention } from '../status/retention-changes.ts';
import { holdThaw } from '../status/thaw-changes.ts';
import { expireVerification } from '../status/verification-changes.ts';
import type { Admission } from './admit.ts';
import { isStoreFault } from './breaker.ts';
import type { Intent } from './decide.ts';
import type { BackupFacts } from './observed.ts';

/** Runs that the history keeps where no spec can be read that says it. */
export const defaultHistoryLimit = 20;

/**
 * What an intent changes in the record; undefined when it changes nothing there. `record` with a free place admits in the same write.
 */
export function intentChange(
  intent: Intent,
  { status, spec, thawChain }: BackupFacts,
  admission: Admission | undefined,
  now: Date,
): Status | undefined {
  const historyLimit = spec?.historyLimit ?? defaultHistoryLimit;
  switch (intent.kind) {
    case 'record':
      // Nobody has begun to read: the folder's lock is not held just to wait.
      if (intent.run.kind === 'verify' && admission?.kind === 'wait') return undefined;
      return place(recordRun(remember(status, intent.seen), intent.run, intent.missed, historyLimit), admission, now);
    case 'note':
      return remember(status, intent.seen);
    case 'admit':
      return place(status, admission, now);
    case 'expire':
      if (intent.run.kind === 'backup') return settleRun(status, intent, historyLimit, now);
      if (intent.run.kind === 'erase') return holdErase(status, intent, now);
      if (intent.run.kind === 'verify') return expireVerification(status, intent, now);
      return intent.run.kind === 'thaw'
        ? holdThaw(status, { chain: thawChain, reason: intent.reason, message: intent.message }, now)
        : expireRetention(status, intent.message, now);
    case 'miss':
      return missSlots(status, intent.newest, intent.count, historyLimit);
    case 'resume':
      return resumeSchedule(status, intent.from);
    case 'idle':
      return intent.reached ? advanceRun(status, intent.reached) : status;
    case 'refuse':
      return status; // facts stay as they are; what people read may have changed with the spec
    case 'ring':
    case 'finalizer':
      return undefined;
  }
}

/** Without triggers there is nothing to remember. */
function remember(status: Status, seen: TriggersStatus | undefined): Status {
  if (!seen) return status;
  const { triggers: _before, ...rest } = status;
  return Object.keys(seen).length > 0 ? { ...rest, triggers: seen } : rest;
}

function place(status: Status, admission: Admission | undefined, now: Date): Status {
  const run = status.activeRun;
  const tried = run?.phase === 'Admitted';
  if (admission?.kind === 'admit') {
    const held = run?.waitingFor && isStoreFault(run.waitingFor.reason);
    return tried || held ? letTry(status, now) : admitRun(status, now);
  }
  // Who has tried knows better what is wrong than who may not try.
  if (!admission || (tried && isStoreFault(admission.reason))) return status;
  return parkRun(status, admission, now);
}
