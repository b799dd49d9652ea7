import type { Reason } from '@holdfast/types';
import type { Chain } from '../chains/chains.ts';

/** What to keep. Without any limit, or with one that makes no sense, nothing is ever removed. */
export interface RetentionPolicy {
  readonly maxAgeMs?: number | undefined;
  /** Runs kept, across all databases of the backup. */
  readonly maxCount?: number | undefined;
  /** Runs that stay whatever their age or count. */
  readonly keep?: KeepRules | undefined;
  /** On whose wall clock the hours and days of `keep` are read; UTC when absent. */
  readonly timeZone?: string | undefined;
  /** A plan that would remove a larger share of the artifacts waits for a person; absent, none does. */
  readonly maxDeletePercent?: number | undefined;
  readonly consent?: Consent | undefined;
  /** What becomes of what goes; `Delete` when absent. */
  readonly deletePolicy?: 'Delete' | 'Archive' | undefined;
  readonly suspended: boolean;
  /** Usual time between two runs; absent without a schedule. */
  readonly expectedIntervalMs?: number | undefined;
}

/** What a person agreed to although it removes a larger share than the policy allows. */
export interface Consent {
  /** Id of a plan. */
  readonly plan?: string | undefined;
  /** A plan that was shown, acknowledged and begun: it is finished as it was then, and never by more than it had. */
  readonly begun?: { readonly at: Date; readonly artifacts: number } | undefined;
}

/** How many runs stay: the newest ones, and the last one of each of the newest hours, days, … that have one. */
export type KeepRules = { readonly [R in KeepRule]?: number | undefined };
export const keepRules = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
export type KeepRule = (typeof keepRules)[number];

/** What is known beside the manifests. */
export interface RetentionFacts {
  readonly lastSuccessAt?: Date | undefined;
  /** Manifests that could not be read, or are of a newer format. */
  readonly unreadable: number;
  /** One of them, to be named to people. */
  readonly firstUnreadable?: { readonly key: string; readonly problem: string } | undefined;
  /** The store's own clock; the earlier of the two clocks counts. */
  readonly storeNow?: Date | undefined;
  /** The listing was empty although status knows of artifacts. */
  readonly listedNothingButKnown?: boolean | undefined;
  /** The newest run that status knows as a success, when the listing shows none of its manifests. */
  readonly missingRun?: string | undefined;
  /** Says whose the folder is when it is not this cluster's. */
  readonly ownedElsewhere?: string | undefined;
  /** Chains of which a later proof or inspection found something missing or changed. */
  readonly suspect?: ReadonlySet<string> | undefined;
}

/** One word of the catalogue, the sentence for people, and every ground in a few words. */
export interface Because {
  readonly reason: Reason;
  readonly sentence: string;
  /** Such as `daily 2026-11-20`, `newest verified chain`, `older than 30d`. */
  readonly words: readonly string[];
}

export interface PlannedFate {
  readonly chain: Chain;
  readonly because: Because;
}

export interface Held {
  readonly reason: Reason;
  readonly message: string;
  readonly until?: Date;
  readonly count?: number;
}

export interface Total {
  readonly chains: number;
  readonly artifacts: number;
  /** Runs with at least one artifact among these chains. */
  readonly runs: number;
  readonly bytes: number;
}

/** What a restore of the newest run would bring back. */
export interface RestorePoint {
  readonly run: string;
  readonly startedAt: Date;
  readonly database: string;
  readonly chain: string;
  readonly highestTx: number;
}

/** What the policy removes, whether or not it is carried out now. */
export interface Proposal {
  /** Names exactly these artifacts: another artifact more or less makes it another plan. */
  readonly id: string;
  /** Oldest first. */
  readonly chains: readonly PlannedFate[];
  readonly total: Total;
  /** Absent where the policy allows the share that it removes. */
  readonly consent?: 'Waiting' | 'Acknowledged';
}

/** Data: it can be read, shown and stored before anything is carried out. Each known chain stands in exactly one of the lists. */
export interface RetentionPlan {
  /** The time the plan counts from: the earlier of our clock and the store's. */
  readonly at: Date;
  /** Newest first. */
  readonly keep: readonly PlannedFate[];
  /** Oldest first; within a chain, what carries it out goes from the last entry to the first. */
  readonly remove: readonly PlannedFate[];
  /** What `remove` is, or would be if it did not wait for a person; absent when nothing is to go. */
  readonly proposal?: Proposal;
  readonly held: readonly Held[];
  /** What becomes of `remove`: gone for good, or moved into the archive. */
  readonly deletePolicy: 'Delete' | 'Archive';
  readonly totals: { readonly keep: Total; readonly remove: Total };
  /** When the next run that is kept today expires by age; absent when none will. */
  readonly nextExpiry?: Date;
  readonly newest?: RestorePoint;
  /** Nothing at all may be removed, not even what an earlier removal left half done. */
  readonly frozen: boolean;
}
