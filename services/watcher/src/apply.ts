import { tell } from '@holdfast/access';
import {
  backupFacts,
  decide,
  intentChange,
  project,
  type Admission,
  type BackupFacts,
  type Intent,
  type Observed,
} from '@holdfast/core';
import { resources, writeStatus, type Kube } from '@holdfast/kube';
import type { Doorbell } from '@holdfast/queue';
import type { Clock, Log } from '@holdfast/runtime';
import type { Neo4jBackup, QueueName } from '@holdfast/types';
import { eventOf } from './events.ts';
import type { Places } from './places.ts';

export interface Hands {
  readonly kube: Kube;
  readonly doorbell: Doorbell;
  readonly places: Places;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Carries one decision out. Everything may be repeated: records are written with a precondition and decided again on what is really
 * there, a ring is idempotent, a Job is removed by its UID.
 */
export async function apply(observed: Observed, intent: Intent, hands: Hands, seenAt: Date): Promise<void> {
  if (intent.kind === 'ring') return ring(observed.backup, intent.queue, hands, seenAt);
  if (intent.kind === 'idle' && !intent.reached && isCurrent(observed.backup, hands.clock.now())) return;
  if (intent.kind === 'refuse' && isCurrent(observed.backup, hands.clock.now())) return;
  if (intent.kind === 'expire') await removeJob(observed, hands);
  await write(observed, intent, hands, seenAt);
}

async function write(observed: Observed, intended: Intent, hands: Hands, seenAt: Date): Promise<void> {
  const { kube, places, clock, log } = hands;
  const { key } = observed.backup;
  const name = `${key.namespace}/${key.name}`;
  let done: { intent: Intent; facts: BackupFacts; admission: Admission | undefined } | undefined;

  // What the cache says may be old: the decision is made again on the object as it is, and only the same decision is carried out.
  const change = (backup: Neo4jBackup) => {
    const now = clock.now();
    const facts = backupFacts(backup);
    const intent = decide({ ...observed, backup: facts }, now);
    if (facts.uid !== observed.backup.uid || !sameIntent(intent, intended)) return undefined;
    const run = intent.kind === 'record' || intent.kind === 'admit' ? intent.run : undefined;
    const admission = run && places.ask(facts, run);
    done = { intent, facts, admission };
    return intentChange(intent, facts, admission, now);
  };
  const fence = intended.kind === 'expire' ? { run: intended.run.id } : {};
  const outcome = await writeStatus(kube, key, fence, change, {
    now: () => clock.now(),
    project: (status, backup, now) => project(status, backupFacts(backup), now),
  }).catch((error: unknown) => {
    places.giveBack(name);
    throw error;
  });
  if (outcome !== 'written' || !done) {
    if (done?.admission?.kind === 'admit' && outcome !== 'unchanged') places.giveBack(name);
    return;
  }
  log.info({ backup: name, reason: done.intent.reason, run: runOf(done.intent) }, logLines[done.intent.kind]);
  const event = eventOf(done.intent, done.admission);
  if (event) await tell(observed.backup, event, { kube, now: () => clock.now() });
  if (done.admission?.kind === 'admit') await ring(observed.backup, queueOf(done.intent), hands, seenAt);
}

const logLines: Record<Intent['kind'], string> = {
  record: 'run recorded',
  admit: 'admission decided',
  expire: 'overdue run settled',
  miss: 'slots missed',
  resume: 'schedule resumed',
  refuse: 'spec refused',
  idle: 'status refreshed',
  ring: 'rang',
};

async function ring({ key }: BackupFacts, queue: QueueName, { doorbell }: Hands, seenAt: Date): Promise<void> {
  await doorbell.ring(queue, { v: 1, ...key, seenAtMs: seenAt.getTime() });
}

/** A run that is over must not go on writing: its Job goes first, then its record. */
async function removeJob({ backup, job }: Observed, { kube }: Hands): Promise<void> {
  const run = backup.status.activeRun;
  if (!job || !run || job.runId !== run.id) return;
  await kube.remove(
    resources.jobs,
    { namespace: backup.key.namespace, name: job.name },
    { uid: job.uid, propagation: 'Foreground' },
  );
}

function sameIntent(one: Intent, other: Intent): boolean {
  return one.kind === other.kind && runOf(one) === runOf(other);
}

function runOf(intent: Intent): string | undefined {
  return 'run' in intent ? intent.run.id : undefined;
}

function queueOf(intent: Intent): QueueName {
  return 'run' in intent && intent.run.kind !== 'backup' ? 'retention' : 'backup';
}

/** Whether what people read already says what the facts say; then nothing is written, which saves the API server a call. */
function isCurrent(facts: BackupFacts, now: Date): boolean {
  const { status } = facts;
  const wanted = project(status, facts, now);
  const text = ({ phase, nextRunTime, observedGeneration, conditions }: typeof status) =>
    JSON.stringify([phase, nextRunTime, observedGeneration, conditions?.find(({ type }) => type === 'Ready')?.reason]);
  return text(status) === text(wanted);
}
