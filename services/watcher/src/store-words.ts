import {
  circuitKeys,
  judgeCircuit,
  storeWord,
  wordFor,
  type BackupFacts,
  type Circuit,
  type StoreFault,
  type StoreWord,
} from '@holdfast/core';
import type { EffectiveStorage } from '@holdfast/types';

/** What all backups say of their stores. Nothing is summed up until somebody says something bad. */
export interface StoreWords {
  /** Follows one backup; true when others that wait for the same store may go on because of what it says now. */
  follow(key: string, facts: BackupFacts | undefined): boolean;
  /** It was let try, and its record does not show it yet. */
  letTry(key: string, now: Date): void;
  circuitOf(circuit: string, now: Date): Circuit;
  /** Stores that are held, by type and reason. */
  held(now: Date): readonly HeldStores[];
}

export interface HeldStores {
  readonly storage: EffectiveStorage['type'];
  readonly reason: StoreFault;
  readonly count: number;
}

/** One store; many backups name the same one. */
interface Store {
  readonly type: EffectiveStorage['type'];
  readonly circuits: readonly string[];
}

interface Told {
  readonly word: StoreWord;
  readonly store: Store;
}

/** Judged at most once a second while nothing changes: thousands who wait ask in one round. */
interface Judged {
  readonly second: number;
  readonly change: number;
  readonly circuit: Circuit;
}

export function openStoreWords(): StoreWords {
  const told = new Map<string, Told>();
  const stores = new Map<string, Store>();
  /** How many backups have trouble that counts for it. */
  const faults = new Map<string, number>();
  const judged = new Map<string, Judged>();
  let change = 0;

  const count = ({ word, store }: Told, by: 1 | -1) => {
    if (!word.fault) return;
    for (const circuit of store.circuits) {
      if (!wordFor(circuit, word).fault) continue;
      const left = (faults.get(circuit) ?? 0) + by;
      if (left > 0) faults.set(circuit, left);
      else for (const map of [faults, judged]) map.delete(circuit);
    }
  };
  const tell = (key: string, next: Told | undefined) => {
    const before = told.get(key);
    if (before) count(before, -1);
    if (next) count(next, 1);
    if (next) told.set(key, next);
    else told.delete(key);
    change += 1;
  };
  const storeOf = ({ key, spec }: BackupFacts): Store | undefined => {
    if (!spec) return undefined;
    const circuits = circuitKeys(spec.storage, key.namespace);
    const name = circuits.join('\n');
    const known = stores.get(name);
    if (known) return known;
    const made = { type: spec.storage.type, circuits };
    stores.set(name, made);
    return made;
  };
  const circuitOf = (circuit: string, now: Date): Circuit => {
    if (!faults.has(circuit)) return clear;
    const second = Math.floor(now.getTime() / 1000);
    const known = judged.get(circuit);
    if (known?.second === second && known.change === change) return known.circuit;
    const made = { second, change, circuit: judgeCircuit(wordsOf(circuit, told.values()), now) };
    judged.set(circuit, made);
    return made.circuit;
  };

  return {
    follow(key, facts) {
      const store = facts && !facts.deleting ? storeOf(facts) : undefined;
      const next = facts && store ? { word: storeWord(facts), store } : undefined;
      const before = told.get(key);
      if (before?.store === next?.store && isSame(before?.word, next?.word)) return false;
      const hadTrouble = before?.store.circuits.some((circuit) => faults.has(circuit)) === true;
      tell(key, next);
      return hadTrouble && isRelief(before.word, next?.word);
    },
    letTry(key, now) {
      const before = told.get(key);
      if (before) tell(key, { ...before, word: { ...before.word, tryingSince: now.getTime() } });
    },
    circuitOf,
    held(now) {
      const counts = new Map<string, HeldStores>();
      for (const { type: storage, circuits } of new Set([...told.values()].map(({ store }) => store))) {
        const reason = circuits.map((circuit) => circuitOf(circuit, now).open).find((open) => open !== undefined);
        if (!reason) continue;
        const kind = `${storage} ${reason}`;
        counts.set(kind, { storage, reason, count: (counts.get(kind)?.count ?? 0) + 1 });
      }
      return [...counts.values()];
    },
  };
}

const clear: Circuit = { tryAt: 0, free: Infinity };

function* wordsOf(circuit: string, all: Iterable<Told>): Iterable<StoreWord> {
  for (const { word, store } of all) if (store.circuits.includes(circuit)) yield wordFor(circuit, word);
}

/** A success, or the end of trouble or of a try, however it ended. */
function isRelief(before: StoreWord, next: StoreWord = {}): boolean {
  const hasEnded = before.tryingSince !== undefined && next.tryingSince === undefined;
  const isSolved = before.fault !== undefined && next.fault === undefined;
  return hasEnded || isSolved || (next.goodAt ?? 0) > (before.goodAt ?? 0);
}

function isSame(one: StoreWord | undefined, other: StoreWord | undefined): boolean {
  return (
    one?.goodAt === other?.goodAt &&
    one?.tryingSince === other?.tryingSince &&
    one?.fault?.reason === other?.fault?.reason &&
    one?.fault?.since === other?.fault?.since &&
    one?.fault?.triedAt === other?.fault?.triedAt
  );
}
