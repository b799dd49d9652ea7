import { maxConditionMessage, type Condition, type ConditionType, type Reason } from '@holdfast/types';
import { toTime } from '../format/time.ts';

/** What a condition says, before anyone wonders when it began to say so. */
export interface Finding {
  readonly type: ConditionType;
  readonly status: Condition['status'];
  readonly reason: Reason;
  readonly message: string;
}

/**
 * Sets one condition as `metav1.Condition` wants it: `lastTransitionTime` moves only when `status` changes, so that people and
 * `kubectl wait` can trust it.
 */
export function withCondition(
  conditions: readonly Condition[],
  finding: Finding,
  generation: number,
  now: Date,
): Condition[] {
  const before = conditions.find((condition) => condition.type === finding.type);
  const after: Condition = {
    ...finding,
    message: shortened(finding.message),
    lastTransitionTime: before?.status === finding.status ? before.lastTransitionTime : toTime(now),
    observedGeneration: generation,
  };
  const others = conditions.filter((condition) => condition.type !== finding.type);
  return [...others, after].toSorted((a, b) => order(a) - order(b) || a.type.localeCompare(b.type));
}

/** A spec with a hundred mistakes gets a sentence for each; the server would refuse a status that says them all. */
function shortened(message: string): string {
  return message.length > maxConditionMessage ? `${message.slice(0, maxConditionMessage - 1)}…` : message;
}

export function withoutCondition(conditions: readonly Condition[], type: ConditionType): Condition[] {
  return conditions.filter((condition) => condition.type !== type);
}

export function conditionOf(conditions: readonly Condition[] | undefined, type: ConditionType): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** What people ask first stands first. */
function order({ type }: Condition): number {
  const index = ['Ready', 'StorageReady', 'JobCreated', 'LastRunSucceeded', 'Verified', 'RetentionHealthy'].indexOf(
    type,
  );
  return index < 0 ? 99 : index;
}
