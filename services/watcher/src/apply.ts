import { observe, observeJob, tell } from '@holdfast/access';
import {
  backupFacts,
  decide,
  intentChange,
  isStoreFault,
  project,
  type Admission,
  type BackupFacts,
  type Intent,
  type Observed,
} from '@holdfast/core';
import { resources, writeStatus, type Kube } from '@holdfast/kube';
import type { Doorbell } from '@holdfast/queue';
import type { Clock, Log } from '@holdfast/runtime';
import { eraseFinalizer, type ActiveRun, type AgentVerb, type Neo4jBackup, type QueueName } from '@holdfast/types';
import { eventOf, finalizerEvent } from './events.ts';
import type { Places } from './places.ts';

export interface Hands {
  readonly kube: Kube;
  readonly doorbell: Doorbell;
  readonly places: Places;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of each write that was withheld because the run had become another one. */
  readonly onFenced?: () => void;
}

/**
 * Carries one decision out. Everything may be repeated: records are written with a precondition and decided again on what is really
 * there, a ring is idempotent, a Job is removed by its UID.
 */
export async function apply(observed: Observed, intent: Intent, hands: Hands, seenAt: Date): Promise<void> {
  const { backup } = observed;
  switch (intent.kind) {
    case 'ring':
      return ring(backup, intent.queue, hands, seenAt);
    case 'expire':
      return expire(observed, intent, hands, seenAt);
    case 'refuse':
      return isCurrent(backup, hands.clock.now()) ? undefined : write(observed, intent, hands, seenAt);
    case 'idle':
      if (!intent.reached && isCurrent(backup, hands.clock.now())) return undefined;
      return write(observed, intent, hands, seenAt);
    case 'finalizer':
      return changeFinalizer(backup, intent, hands);
    case 'admit':
      return waitsAsBefore(observed, intent.run, hands) ? undefined : write(observed, intent, hands, seenAt);
    case 'record':
    case 'note':
    case 'miss':
    case 'resume':
      return write(observed, intent, hands, seenAt);
  }
}

/**
 * A run that is over must not go on writing: its Jobs go first, then its record. That cannot be taken back, so it is decided again on a
 * fresh look: a cache that lags behind must not cost a run that is at work.
 */
async function expire(
  { backup }: Observed,
  intent: Extract<Intent, { kind: 'expire' }>,
  hands: Hands,
  seenAt: Date,
): Promise<void> {
  const fresh = await observe(hands.kube, backup.key);
  if (!fresh || fresh.backup.uid !== backup.uid || !sameIntent(decide(fresh, hands.clock.now()), intent)) return;
  for (const verb of verbsOf(intent.run)) await removeJob(backup, intent.run, verb, hands);
  await write(fresh, intent, hands, seenAt);
}

/** Holds an object until its data is erased, or lets it go; decided on what is there, and written only to that. */
async function changeFinalizer(
  { key, uid }: BackupFacts,
  intended: Extract<Intent, { kind: 'finalizer' }>,
  { kube, clock, log }: Hands,
): Promise<void> {
  const backup = await kube.get(resources.backups, key);
  if (!backup || backup.metadata.uid !== uid) return;
  const facts = backupFacts(backup);
  const intent = decide({ backup: facts }, clock.now());
  if (intent.kind !== 'finalizer' || intent.keep !== intended.keep) return;
  const { finalizers = [], resourceVersion } = backup.metadata;
  const others = finalizers.filter((one) => one !== eraseFinalizer);
  const metadata = { finalizers: intent.keep ? [...others, eraseFinalizer] : others, resourceVersion };
  const note = finalizerEvent(facts, intent.reason);
  // While it still exists: an Event about an object that is gone helps nobody.
  if (note) await tell(facts, note, { kube, now: () => clock.now(), log });
  const written = await kube.mergePatch(resources.backups, key, { metadata });
  if (written === 'conflict' || written === 'gone') return; // whatever changed it brings the next look
  log.info({ backup: `${key.namespace}/${key.name}`, reason: intent.reason }, logLines.finalizer);
}

/** Jobs that may be at work for a run. */
function verbsOf({ kind }: ActiveRun): readonly AgentVerb[] {
  if (kind === 'backup') return ['backup', 'prove'];
  if (kind === 'thaw' || kind === 'erase') return [kind];
  return kind === 'verify' ? ['prove'] : ['list', 'sweep'];
}

async function removeJob({ key }: BackupFacts, run: ActiveRun, verb: AgentVerb, { kube }: Hands): Promise<void> {
  const job = await observeJob(kube, key, verb);
  if (!job || job.runId !== run.id || job.deleting) return;
  const { name, uid } = job;
  await kube.remove(resources.jobs, { namespace: key.namespace, name }, { uid, propagation: 'Foreground' });
}

/** What was decided on the object as it is, and is written unless somebody else is faster. */
interface Decided {
  readonly intent: Intent;
  readonly admission: Admission | undefined;
}

async function write(observed: Observed, intended: Intent, hands: Hands, seenAt: Date): Promise<void> {
  const { kube, places, clock, log } = hands;
  const { key, uid } = observed.backup;
  const name = `${key.namespace}/${key.name}`;
  let decided: Decided | undefined;
  // What the cache says may be old: the decision is made again on the object as it is, and only the same decision is carried out.
  const change = (backup: Neo4jBackup) => {
    decided = undefined;
    const now = clock.now();
    const facts = backupFacts(backup, observed.backup);
    const intent = decide({ ...observed, backup: facts }, now);
    if (!sameIntent(intent, intended)) return undefined;
    const run = intent.kind === 'record' || intent.kind === 'admit' ? intent.run : undefined;
    decided = { intent, admission: run && places.ask(facts, run) };
    return intentChange(intent, facts, decided.admission, now);
  };
  const fence = { uid, ...(intended.kind === 'expire' && { run: intended.run.id }) };
  const options = {
    now: () => clock.now(),
    project: (status: BackupFacts['status'], backup: Neo4jBackup, now: Date) =>
      project(status, backupFacts(backup, observed.backup), now),
  };
  const asks = intended.kind === 'record' || intended.kind === 'admit';
  let written = false;
  try {
    const result = await writeStatus(kube, key, fence, change, options);
    if (result === 'fenced') hands.onFenced?.();
    written = result === 'written';
  } finally {
    if (asks && written) places.keep(name);
    if (asks && !written) places.giveBack(name);
  }
  if (!written || !decided) return;
  const { intent } = decided;
  log.info({ backup: name, reason: intent.reason, run: runOf(intent) }, logLines[intent.kind]);
  await announce(observed.backup, decided, hands, seenAt);
}

/** Thousands may wait, and each look at one that still does would cost the API server a request. */
function waitsAsBefore({ backup }: Observed, run: ActiveRun, { places }: Hands): boolean {
  if (!run.waitingFor) return false;
  const answer = places.peek(`${backup.key.namespace}/${backup.key.name}`);
  if (answer?.kind !== 'wait') return false;
  return run.phase === 'Admitted' ? isStoreFault(answer.reason) : answer.reason === run.waitingFor.reason;
}

/** The ring goes first: it makes the run fast, while the Event is only read. */
async function announce(
  backup: BackupFacts,
  { intent, admission }: Decided,
  hands: Hands,
  seenAt: Date,
): Promise<void> {
  const { kube, clock } = hands;
  const event = eventOf(intent, admission);
  const both = await Promise.allSettled([
    admission?.kind === 'admit' ? ring(backup, queueOf(intent), hands, seenAt) : undefined,
    event && tell(backup, event, { kube, now: () => clock.now(), log: hands.log }),
  ]);
  for (const one of both) if (one.status === 'rejected') throw one.reason;
}

const logLines: Record<Intent['kind'], string> = {
  record: 'run recorded',
  note: 'what triggers look at noted',
  admit: 'admission decided',
  expire: 'overdue run settled',
  miss: 'slots missed',
  resume: 'schedule resumed',
  refuse: 'spec refused',
  idle: 'status refreshed',
  ring: 'rang',
  finalizer: 'finalizer changed',
};

async function ring({ key }: BackupFacts, queue: QueueName, { doorbell }: Hands, seenAt: Date): Promise<void> {
  await doorbell.ring(queue, { v: 1, ...key, seenAtMs: seenAt.getTime() });
}

function sameIntent(one: Intent, other: Intent): boolean {
  return one.kind === other.kind && runOf(one) === runOf(other);
}

function runOf(intent: Intent): string | undefined {
  return 'run' in intent ? intent.run.id : undefined;
}

function queueOf(intent: Intent): QueueName {
  if (!('run' in intent) || intent.run.kind === 'backup') return 'backup';
  return intent.run.kind === 'verify' ? 'verify' : 'retention';
}

/** Whether what people read already says what the facts say; then nothing is written, which saves the API server a call. */
function isCurrent(facts: BackupFacts, now: Date): boolean {
  const { status } = facts;
  const wanted = project(status, facts, now);
  const text = ({ phase, nextRunTime, observedGeneration, conditions }: typeof status) =>
    JSON.stringify([phase, nextRunTime, observedGeneration, conditions?.find(({ type }) => type === 'Ready')?.reason]);
  return text(status) === text(wanted);
}
