import { isReason, type ActiveRun, type HistoryEntry, type Neo4jBackup, type Status } from '@holdfast/types';
import type { Task } from './simulation.ts';

/** A run that ended in a way that people must be told of. */
interface Owed {
  readonly run: string;
  readonly task: Task | undefined;
  readonly atMs: number;
}

const minute = 60_000;
/** Sum of what a run may take in its phases, by the deadlines of the design; the run's own limit comes on top. */
const waitingMs = 24 * 60 * minute;
const aroundJobMs = (15 + 60 + 2) * minute;
const otherKindsMs = 60 * minute;

/** Watches every write of one object's record: one run per cause, nothing beyond its deadline, a reason for whatever went wrong. */
export class RecordJudge {
  readonly #causes = new Map<string, string>();
  readonly #owed: Owed[] = [];
  /** What the spec said, edits of it, and runs that answered one. */
  #said: string | undefined;
  #edits = 0;
  #answered = 0;
  readonly #accuse: (invariant: string, sentence: string) => void;
  /** Answers what a run that is called a success lacks in the store. */
  readonly #lacking: (run: string) => string[];

  constructor(accuse: (invariant: string, sentence: string) => void, lacking: (run: string) => string[]) {
    this.#accuse = accuse;
    this.#lacking = lacking;
  }

  written(before: Neo4jBackup | undefined, after: Neo4jBackup, task: Task | undefined, nowMs: number): void {
    const [was, is] = [before?.status ?? {}, after.status ?? {}];
    const sameObject = before?.metadata.uid === after.metadata.uid;
    const { suspend: _pause, ...spec } = after.spec;
    const says = JSON.stringify(spec);
    if (this.#said !== undefined && this.#said !== says) this.#edits += 1;
    this.#said = says;
    if (is.activeRun && is.activeRun.id !== was.activeRun?.id) this.#began(is.activeRun, after.metadata.uid);
    for (const entry of newEntries(sameObject ? was : {}, is)) this.#ended(entry);
    this.#counted(sameObject ? was : {}, is);
    const over = was.activeRun && was.activeRun.id !== is.activeRun?.id ? was.activeRun : undefined;
    if (over && sameObject) this.#mustBeTold(over, is, task, nowMs);
  }

  /** Nobody whose watcher is up and whose API answers keeps a run beyond its deadline. */
  onTime(
    run: ActiveRun | undefined,
    limits: { deadlineMs: number; nowMs: number; jobCreatedMs: number | undefined; slackMs: number },
  ): void {
    if (!run) return;
    const { deadlineMs, nowMs, jobCreatedMs, slackMs } = limits;
    const since = (time: string | undefined) => (time ? Date.parse(time) : 0);
    const waitedSinceMs = Math.max(since(run.recordedAt), since(run.admittedAt), since(run.notBefore));
    const startedMs = jobCreatedMs ?? since(run.startedAt);
    const waits = run.phase === 'Recorded' || (run.phase === 'Admitted' && jobCreatedMs === undefined);
    const backupMs = waits ? waitedSinceMs + waitingMs : startedMs + deadlineMs + aroundJobMs;
    const otherMs = Math.max(since(run.recordedAt), since(run.startedAt)) + otherKindsMs;
    const lateMs = nowMs - (run.kind === 'backup' ? backupMs : otherMs);
    if (lateMs > slackMs)
      this.#accuse('I2', `run ${run.id} is ${run.phase} ${Math.round(lateMs / minute)} minutes past its deadline`);
  }

  /** Asked at the end: whoever wrote that a run ended badly also told people, unless he died or was not heard. */
  told(events: readonly string[]): void {
    for (const { run, task } of this.#owed) {
      if (!task || task.troubled || task.life.ended.signal.aborted) continue;
      if (!events.some((message) => message.includes(run)))
        this.#accuse('I6', `run ${run} ended badly and no Event says so`);
    }
  }

  #began({ id, trigger, slot, token, event }: ActiveRun, uid: string): void {
    // An event has no name of its own: its run's id must be another one each time, and there are no more runs than edits.
    const cause = `${uid}/${trigger}/${slot ?? token ?? (event ? id : '')}`;
    if (event && ++this.#answered > this.#edits)
      this.#accuse('I1', `run ${id} is the ${this.#answered}. that an edit started, of ${this.#edits} edits`);
    const earlier = this.#causes.get(cause);
    if (earlier) this.#accuse('I1', `${cause} was answered by run ${earlier} and again by run ${id}`);
    if ([...this.#causes.values()].includes(id)) this.#accuse('I1', `run ${id} was recorded twice`);
    this.#causes.set(cause, id);
  }

  #ended({ runId, status, reason, error }: HistoryEntry): void {
    if (status === 'Succeeded') {
      const lacking = this.#lacking(runId);
      if (lacking.length > 0) this.#accuse('I3', `run ${runId} is called a success and lacks ${lacking.join(', ')}`);
    } else if (!isReason(reason) || !error) this.#accuse('I6', `run ${runId} is ${status} without a reason: ${reason}`);
  }

  /** The totals, which the counters show, grow by exactly what joins the history in the same write. */
  #counted(was: Status, is: Status): void {
    const [joined, counted] = [growth(was.history, is.history), growth(was.totals, is.totals)];
    for (const how of new Set([...joined.keys(), ...counted.keys()])) {
      const [ended = 0, more = 0] = [joined.get(how), counted.get(how)];
      if (ended !== more) this.#accuse('I6', `${ended} ended as ${how} in one write, and the totals count ${more}`);
    }
  }

  #mustBeTold(run: ActiveRun, { history, retention }: Status, task: Task | undefined, atMs: number): void {
    const bad =
      run.kind === 'backup'
        ? history?.find(({ runId }) => runId === run.id)?.status !== 'Succeeded'
        : (retention?.held?.length ?? 0) > 0;
    if (bad) this.#owed.push({ run: run.id, task, atMs });
  }
}

function newEntries(was: Status, is: Status): HistoryEntry[] {
  const known = new Set((was.history ?? []).map(({ runId }) => runId));
  return (is.history ?? []).filter(({ runId }) => !known.has(runId));
}

/** How many more of each status and reason there are; what a history lets go of is not less. */
function growth(was: readonly Counted[] = [], is: readonly Counted[] = []): Map<string, number> {
  const before = new Map(was.map((one) => [nameOf(one), one.count ?? 1]));
  const more = new Map<string, number>();
  for (const one of is) {
    const grown = (one.count ?? 1) - (before.get(nameOf(one)) ?? 0);
    const how = `${one.status}/${one.reason}`;
    if (grown !== 0) more.set(how, (more.get(how) ?? 0) + grown);
  }
  return more;
}

/** An entry of the history, or a total, which has no run. */
type Counted = Pick<HistoryEntry, 'status' | 'reason'> & {
  readonly runId?: string;
  readonly count?: number | undefined;
};

function nameOf({ runId, status, reason }: Counted): string {
  return runId ?? `${status}/${reason}`;
}
