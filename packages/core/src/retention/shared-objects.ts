import type { Because, PlannedFate } from './plan.ts';

/**
 * Keeps every chain that names an object which a kept chain needs. Sound manifests never share objects; where they do, removing
 * one chain would break another.
 */
export function keepSharedObjects(
  keep: PlannedFate[],
  remove: PlannedFate[],
): { keep: PlannedFate[]; remove: PlannedFate[] } {
  if (remove.length === 0 || keep.length === 0) return { keep, remove };
  const goes = new Map<string, PlannedFate[]>();
  for (const fate of remove) for (const key of objectKeys(fate)) addTo(goes, key, fate);
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
  if (spared.size === 0) return { keep, remove };
  return {
    keep: [...keep, ...[...spared].map(([{ chain }, by]) => ({ chain, because: neededBy(by) }))],
    remove: remove.filter((fate) => !spared.has(fate)),
  };
}

function* objectKeys({ chain }: PlannedFate): Generator<string> {
  for (const { manifest } of chain.entries) for (const { key } of manifest.objects) yield key;
}

function addTo(fates: Map<string, PlannedFate[]>, key: string, fate: PlannedFate): void {
  const known = fates.get(key);
  if (known) known.push(fate);
  else fates.set(key, [fate]);
}

function neededBy({ chain }: PlannedFate): Because {
  return { reason: 'Kept', sentence: `chain ${chain.id}, which stays, names an object of it` };
}
