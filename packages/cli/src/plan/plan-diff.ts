import {
  annotations,
  type BackupKey,
  type PlannedChain,
  type RetentionStatus,
  type Status,
  type VolumeStatus,
} from '@holdfast/types';

/** A retention plan as a diff: every chain that status names, what becomes of it, and why. */
export interface PlanDiff {
  readonly backup: BackupKey;
  readonly plan?: string;
  readonly madeAt: string;
  readonly run: string;
  /** `waits` for a person, `planned` and perhaps under way, or `applied`. */
  readonly state: 'waits' | 'planned' | 'applied';
  /** Newest first. */
  readonly chains: readonly PlanLine[];
  readonly keeps: Side;
  readonly removes: Side;
  readonly archives: Side;
  /** Why retention holds back, a sentence each. */
  readonly held: readonly string[];
  /** How full the claim's volume is; absent where there is none. */
  readonly volume?: VolumeStatus;
  /** What to type to agree to a plan that waits. */
  readonly acknowledge?: string;
}

export interface PlanLine extends PlannedChain {
  readonly fate: 'keep' | 'remove' | 'archive';
}

/** What status says of one side; it names at most twenty chains and counts all of them. */
export interface Side {
  readonly chains: number;
  readonly bytes: number;
  readonly notNamed: number;
}

/** Reads the newest plan out of a backup's status; undefined when there is none yet. */
export function planDiff(
  backup: BackupKey,
  { retention, volume }: Pick<Status, 'retention' | 'volume'>,
): PlanDiff | undefined {
  const plan = retention?.plan;
  if (!plan) return undefined;
  const { remove, archive, keep = [], removeCount, archiveCount = 0, keepCount = keep.length } = plan;
  const chains = [...lines(keep, 'keep'), ...lines(remove, 'remove'), ...lines(archive, 'archive')];
  const state = stateOf(retention, plan);
  return {
    backup,
    ...(plan.id !== undefined && { plan: plan.id }),
    madeAt: plan.time,
    run: plan.run,
    state,
    chains: chains.toSorted((a, b) => ((a.time ?? '') < (b.time ?? '') ? 1 : (a.time ?? '') > (b.time ?? '') ? -1 : 0)),
    keeps: side(keep, keepCount, plan.keepBytes ?? sum(keep)),
    // Everything that goes, goes one way.
    removes: side(remove, removeCount, removeCount > 0 ? plan.reclaimBytes : 0),
    archives: side(archive, archiveCount, archiveCount > 0 ? plan.reclaimBytes : 0),
    held: (retention.held ?? []).map(({ message }) => message),
    ...(volume && { volume }),
    ...(state === 'waits' && { acknowledge: acknowledgement(backup, plan.id ?? '') }),
  };
}

function side(named: readonly PlannedChain[], chains: number, bytes: number): Side {
  return { chains, bytes, notNamed: Math.max(0, chains - named.length) };
}

type Plan = NonNullable<RetentionStatus['plan']>;

/** Times in status are whole seconds, and a run may show and settle its plan within one. */
function stateOf({ lastRunTime }: RetentionStatus, { consent, time }: Plan): PlanDiff['state'] {
  if (consent === 'Waiting') return 'waits';
  return lastRunTime !== undefined && Date.parse(lastRunTime) >= Date.parse(time) ? 'applied' : 'planned';
}

function lines(chains: readonly PlannedChain[], fate: PlanLine['fate']): PlanLine[] {
  return chains.map((chain) => ({ fate, ...chain }));
}

function sum(chains: readonly PlannedChain[]): number {
  return chains.reduce((bytes, chain) => bytes + chain.bytes, 0);
}

function acknowledgement({ namespace, name }: BackupKey, plan: string): string {
  return `kubectl -n ${namespace} annotate n4jb ${name} ${annotations.acknowledgePlan}=${plan} --overwrite`;
}
