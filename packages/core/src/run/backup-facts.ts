import {
  annotations,
  eraseFinalizer,
  foreignFinalizer,
  type ConditionType,
  type HistoryEntry,
  type Neo4jBackup,
  type Stats,
  type Status,
} from '@holdfast/types';
import { effectiveSpec } from '../spec/effective-spec.ts';
import { specDigest } from '../triggers/spec-changed.ts';
import type { BackupFacts } from './observed.ts';

/**
 * A `Neo4jBackup` as decisions see it.
 * @param known what was made of it at an earlier look; its spec is not read again while nobody has edited it
 */
export function backupFacts(backup: Neo4jBackup, known?: BackupFacts): BackupFacts {
  const { metadata } = backup;
  const { spec, refusals, specDigest: digest } = known && hasSameSpec(backup, known) ? known : readSpec(backup);
  const requestToken = metadata.annotations?.[annotations.run];
  const takeOver = metadata.annotations?.[annotations.takeOver];
  const acknowledgedPlan = metadata.annotations?.[annotations.acknowledgePlan];
  const thawChain = metadata.annotations?.[annotations.thaw];
  const verifyToken = metadata.annotations?.[annotations.verify];
  return {
    key: { namespace: metadata.namespace, name: metadata.name },
    uid: metadata.uid,
    generation: metadata.generation ?? 1,
    createdAt: new Date(metadata.creationTimestamp),
    deleting: metadata.deletionTimestamp !== undefined,
    foreign: metadata.finalizers?.includes(foreignFinalizer) ?? false,
    refusals,
    written: backup.spec,
    status: backup.status ?? {},
    ...(requestToken && { requestToken }),
    ...(takeOver && { takeOver }),
    ...(metadata.finalizers?.includes(eraseFinalizer) && { held: true as const }),
    ...(metadata.annotations?.[annotations.forceDelete] === 'true' && { forceDelete: true as const }),
    ...(thawChain && { thawChain }),
    ...(verifyToken && { verifyToken }),
    ...(acknowledgedPlan && { acknowledgedPlan }),
    ...(digest !== undefined && { specDigest: digest }),
    ...(spec && { spec }),
  };
}

/** The server counts the edits of a spec. An annotation, which may name the target, is none, so a spec that has to do with one is read again. */
function hasSameSpec({ metadata }: Neo4jBackup, { uid, generation, spec }: BackupFacts): boolean {
  const annotated = metadata.annotations?.[annotations.target] !== undefined;
  return uid === metadata.uid && generation === metadata.generation && !annotated && !!spec && !spec.target.workload;
}

function readSpec(backup: Neo4jBackup): Pick<BackupFacts, 'spec' | 'refusals' | 'specDigest'> {
  const reading = effectiveSpec(backup);
  const isCompared = reading.spec?.triggers?.some(({ on }) => on === 'SpecChanged');
  return { ...reading, ...(isCompared && { specDigest: specDigest(backup.spec) }) };
}

/** The same without what only people read: what a watcher of many thousand backups keeps of each. */
export function slimFacts(facts: BackupFacts): BackupFacts {
  const { stats, history, conditions, message: _sentence, ...status } = facts.status;
  const { written: _spec, ...rest } = facts;
  const { plan, ...retention } = status.retention ?? {};
  return {
    ...rest,
    status: {
      ...status,
      ...(plan && { retention: { ...retention, plan: slimPlan(plan) } }),
      ...(stats && { stats: figuresOf(stats) }),
      ...(conditions && { conditions: conditions.filter(({ type }) => decidedBy.includes(type)) }),
      // Without totals the entries themselves are counted.
      ...(history && { history: (status.totals ? history.filter(isEndOfRow) : history).map(slimEntry) }),
    },
  };
}

/** What the readiness that people see follows from. */
const decidedBy: readonly string[] = ['Ready', 'StorageReady'] satisfies ConditionType[];

/** What is asked of a history is the newest or the oldest entry of a kind: those between two of their own kind are never the answer. */
function isEndOfRow(entry: HistoryEntry, index: number, history: readonly HistoryEntry[]): boolean {
  return !isAlike(entry, history[index - 1]) || !isAlike(entry, history[index + 1]);
}

function isAlike(entry: HistoryEntry, other: HistoryEntry | undefined): boolean {
  return (
    entry.status === other?.status &&
    entry.reason === other.reason &&
    entry.verification?.level === other.verification?.level
  );
}

function figuresOf({ sizeBytes, durationSeconds }: Stats): Stats {
  return { ...(sizeBytes !== undefined && { sizeBytes }), ...(durationSeconds !== undefined && { durationSeconds }) };
}

/** When it began is of interest only when the entry is new, so only the newest says it. */
function slimEntry(entry: HistoryEntry, index: number): HistoryEntry {
  const { runId, trigger, status, reason, count, startTime, completionTime, verification } = entry;
  return {
    runId,
    trigger,
    status,
    reason,
    ...(count !== undefined && { count }),
    ...(startTime && index === 0 && { startTime }),
    ...(completionTime && { completionTime }),
    ...(verification && { verification }),
  };
}

/** What it names is for people; what it comes to is for decisions and metrics. */
function slimPlan(plan: Plan): Plan {
  const { keep: _chains, ...figures } = plan;
  return { ...figures, remove: [], archive: [] };
}

type Plan = NonNullable<NonNullable<Status['retention']>['plan']>;
