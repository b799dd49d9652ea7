import { eachOfMany, type Steps } from '../steps.ts';
import { WideMap } from '../wide-map.ts';
import type { Because, PlannedFate } from './plan.ts';
import { chainsAtOnce } from './run-table.ts';
import { Sieve } from './sieve.ts';

interface Fates {
  readonly keep: readonly PlannedFate[];
  readonly remove: readonly PlannedFate[];
}

/**
 * Keeps every chain that names an object which a kept chain needs. Sound manifests never share objects; where they do, removing
 * one chain would break another.
 */
export function* keepSharedObjects(fates: Fates): Steps<Fates> {
  if (!(yield* anyShared(fates))) return fates;
  const { keep, remove } = fates;
  const goes = new WideMap<PlannedFate[]>();
  yield* eachOfMany(
    remove,
    (fate) => {
      eachObjectKey(fate, (key) => goes.set(key, [...(goes.get(key) ?? []), fate]));
    },
    chainsAtOnce,
  );
  const spared = new Map<PlannedFate, PlannedFate>();
  const queue = [...keep];
  for (let next = queue.pop(); next; next = queue.pop()) {
    const by = next;
    eachObjectKey(by, (key) => {
      for (const fate of goes.get(key) ?? []) {
        if (spared.has(fate)) continue;
        spared.set(fate, by);
        queue.push(fate);
      }
    });
    if (queue.length % chainsAtOnce === 0) yield;
  }
  return {
    keep: [...keep, ...[...spared].map(([{ chain }, by]) => ({ chain, because: neededBy(by) }))],
    remove: remove.filter((fate) => !spared.has(fate)),
  };
}

/**
 * The usual answer is no, so it comes first and cheaply: a sieve of the shorter list lets through nearly nothing of the longer one, and only what
 * comes through is looked for by its name.
 */
function* anyShared({ keep, remove }: Fates): Steps<boolean> {
  const [few, many] = artifactsOf(keep) < artifactsOf(remove) ? [keep, remove] : [remove, keep];
  if (few.length === 0) return false;
  const sieve = new Sieve(artifactsOf(few));
  yield* eachOfMany(few, (fate) => eachObjectKey(fate, (key) => sieve.add(key)), chainsAtOnce);
  const through = new WideMap<true>();
  let isEmpty = true;
  const sift = (key: string): void => {
    if (!sieve.mayHave(key)) return;
    isEmpty = false;
    through.set(key, true);
  };
  yield* eachOfMany(many, (fate) => eachObjectKey(fate, sift), chainsAtOnce);
  if (isEmpty) return false;
  let isShared = false;
  yield* eachOfMany(few, (fate) => eachObjectKey(fate, (key) => (isShared ||= through.has(key))), chainsAtOnce);
  return isShared;
}

function artifactsOf(fates: readonly PlannedFate[]): number {
  return fates.reduce((sum, { chain }) => sum + chain.entries.length, 0);
}

function eachObjectKey({ chain }: PlannedFate, look: (key: string) => void): void {
  for (const { manifest } of chain.entries) for (const { key } of manifest.objects) look(key);
}

function neededBy({ chain }: PlannedFate): Because {
  return {
    reason: 'Kept',
    sentence: `chain ${chain.id}, which stays, names an object of it`,
    words: [`needed by ${chain.id}`],
  };
}
