import type { Manifest, Neo4jBackup } from '@holdfast/types';
import type { StoreEvent } from '../cluster/store/store-events.ts';

/** Everything that was seen of a cluster: facts only, so that every invariant is a pure question about it. */
export interface Evidence {
  /** The cluster's time at which the state below was read. */
  readonly now: Date;
  /** Backups as they are. */
  readonly backups: readonly Neo4jBackup[];
  /** Every version of every backup that a watch has shown, oldest first. */
  readonly versions: readonly Neo4jBackup[];
  /** Jobs of agents, each once by its UID, gone ones included. */
  readonly jobs: readonly SeenJob[];
  readonly events: readonly SeenEvent[];
  /** Highest value seen of each series of metrics, whichever process showed it. */
  readonly metrics: ReadonlyMap<string, number>;
  /** State of the health page of each service. */
  readonly health: Readonly<Record<string, string>>;
  readonly folders: readonly SeenFolder[];
  /** Every text in which no secret may stand, by where it was found. */
  readonly texts: readonly { readonly where: string; readonly text: string }[];
  readonly secrets: readonly string[];
}

export interface SeenJob {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  readonly backupUid: string;
  readonly run: string;
  readonly attempt: string;
  readonly verb: string;
}

export interface SeenEvent {
  /** UID of the object it speaks of. */
  readonly about: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

/** The folder of one backup in its store; keys are relative to it. */
export interface SeenFolder {
  readonly backupUid: string;
  /** What is there now. */
  readonly objects: ReadonlyMap<string, { readonly bytes: number; readonly etag?: string }>;
  /** Every manifest that was ever there, by key. */
  readonly manifests: ReadonlyMap<string, Manifest>;
  /** What was done to the folder, oldest first; absent where nobody keeps a diary. */
  readonly diary?: readonly StoreEvent[];
}

/** What a scenario does on purpose and an invariant would otherwise complain about. */
export interface Allowances {
  /** Artifacts that may stand without a manifest, by part of their key: left by a pod that was killed before it could record them. */
  readonly orphans?: readonly string[];
  /** Names of backups whose folder the test itself has spoiled. */
  readonly spoiled?: readonly string[];
}

/** A breach of an invariant in one sentence. */
export type Breach = string;

/** Series of a metric with these labels, whatever others it has; 0 when none was seen. */
export function highest(metrics: Evidence['metrics'], name: string, labels: Readonly<Record<string, string>>): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const values = [...metrics].filter(
    ([series]) => series.startsWith(name) && wanted.every((text) => series.includes(text)),
  );
  return Math.max(0, ...values.map(([, value]) => value));
}
