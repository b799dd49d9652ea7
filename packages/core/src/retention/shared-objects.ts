import type { Because, PlannedFate } from './plan.ts';

interface Fates {
  readonly keep: readonly PlannedFate[];
  readonly remove: readonly PlannedFate[];
}

/**
 * Keeps every chain that names an object which a kept chain needs. Sound manifests never share objects; where they do, removing
 * one chain would break another.
 */
export function keepSharedObjects(fates: Fates): Fates {
  if (!anyShared(fates)) return fates;
  const { keep, remove } = fates;
  const goes = new Map<string, PlannedFate[]>();
  for (const fate of remove) {
    for (const key of objectKeys(fate)) goes.set(key, [...(goes.get(key) ?? []), fate]);
  }
  const spared = new Map<PlannedFate, PlannedFate>();
  const queue = [...keep];
  for (let next = queue.pop(); next; next = queue.pop()) {
    for (const key of objectKeys(next)) {
      for (const fate of goes.get(key) ?? []) {
        if (spared.has(fate)) continue;
        spared.set(fate, next);
        queue.push(fate);
      }
    }
  }
  return {
    keep: [...keep, ...[...spared].map(([{ chain }, by]) => ({ chain, because: neededBy(by) }))],
    remove: remove.filter((fate) => !spared.has(fate)),
  };
}

/** The usual answer is no, so it comes first and cheaply: one set, of the shorter list. */
function anyShared({ keep, remove }: Fates): boolean {
  const [few, many] = artifactsOf(keep) < artifactsOf(remove) ? [keep, remove] : [remove, keep];
  const known = new Set<string>();
  for (const fate of few) for (const key of objectKeys(fate)) known.add(key);
  if (known.size === 0) return false;
  for (const fate of many) for (const key of objectKeys(fate)) if (known.has(key)) return true;
  return false;
}

function artifactsOf(fates: readonly PlannedFate[]): number {
  return fates.reduce((sum, { chain }) => sum + chain.entries.length, 0);
}

function* objectKeys({ chain }: PlannedFate): Generator<string> {
  for (const { manifest } of chain.entries) for (const { key } of manifest.objects) yield key;
}

function neededBy({ chain }: PlannedFate): Because {
  return {
    reason: 'Kept',
    sentence: `chain ${chain.id}, which stays, names an object of it`,
    words: [`needed by ${chain.id}`],
  };
}
