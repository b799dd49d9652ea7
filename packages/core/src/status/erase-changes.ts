import { annotations, type Erased, type Reason, type Status } from '@holdfast/types';
import { formatBytes } from '../format/bytes.ts';
import { toTime } from '../format/time.ts';
import { withRun } from './with-run.ts';

const retryAfterMs = 10 * 60_000;

/** The run erases now; its deadline counts from here. */
export function beginErase(status: Status, now: Date): Status {
  return withRun(status, (run) => ({ ...run, phase: 'Running', startedAt: run.startedAt ?? toTime(now) }));
}

/** Everything that Holdfast made in the folder is gone. */
export function settleErase(status: Status, erased: Erased, now: Date): Status {
  const { activeRun: _over, ...rest } = status;
  const erase = { done: true, reason: 'DataErased', message: erasedSentence(erased), lastRunTime: toTime(now) };
  return { ...rest, erase };
}

/** Something kept it from erasing; it is tried again until a person lets the object go. */
export function holdErase(status: Status, { reason, message }: { reason: Reason; message: string }, now: Date): Status {
  const { activeRun: _over, ...rest } = status;
  const way = `; it is tried again, and the annotation ${annotations.forceDelete}=true lets the object go without it`;
  return {
    ...rest,
    erase: {
      done: false,
      reason,
      message: `${message}${way}`,
      lastRunTime: toTime(now),
      notBefore: toTime(new Date(now.getTime() + retryAfterMs)),
    },
  };
}

export function erasedSentence({ objects, bytes, foreign }: Erased): string {
  const others = foreign > 0 ? `; ${foreign} that Holdfast did not make are left where they are` : '';
  return `${objects} objects with ${formatBytes(bytes)} were erased${others}`;
}
