import {
  circuitKeys,
  judgeCircuit,
  locationKey,
  storeWord,
  wordFor,
  type BackupFacts,
  type Circuit,
  type StoreFault,
  type StoreWord,
} from '@holdfast/core';
import type { EffectiveStorage } from '@holdfast/types';

/** What all backups say of their stores, kept by what they share, because asking thousands anew for each run takes seconds. */
export interface StoreWords {
  /** Follows one backup; true when it or its neighbours have trouble, so that others may have to be looked at. */
  follow(key: string, facts: BackupFacts | undefined): boolean;
  /** It was let try, and its record does not show it yet. */
  letTry(key: string, now: Date): void;
  circuitOf(key: string, now: Date): Circuit;
  /** Stores that are held, by type and reason. */
  held(now: Date): readonly HeldStores[];
}

export interface HeldStores {
  readonly storage: EffectiveStorage['type'];
  readonly reason: StoreFault;
  readonly count: number;
}

interface Told {
  readonly word: StoreWord;
  readonly circuits: readonly string[];
  readonly storage: EffectiveStorage['type'];
  readonly location: string;
}

export function openStoreWords(): StoreWords {
  const told = new Map<string, Told>();
  const words = new Map<string, CircuitWords>();

  const tell = (key: string, next: Told | undefined) => {
    for (const circuit of told.get(key)?.circuits ?? []) {
      words.get(circuit)?.remove(key);
      if (words.get(circuit)?.size === 0) words.delete(circuit);
    }
    if (!next) return void told.delete(key);
    told.set(key, next);
    for (const circuit of next.circuits) {
      const all = words.get(circuit) ?? new CircuitWords();
      words.set(circuit, all.put(key, wordFor(circuit, next.word)));
    }
  };

  const circuitOf = (circuit: string, now: Date) => words.get(circuit)?.judge(now) ?? clear;

  return {
    follow(key, facts) {
      const next = facts?.spec && !facts.deleting ? toldBy(facts, facts.spec.storage) : undefined;
      if (sameWord(told.get(key), next)) return false;
      const before = told.get(key)?.circuits ?? [];
      tell(key, next);
      return [...before, ...(next?.circuits ?? [])].some((circuit) => words.get(circuit)?.hasFaults === true);
    },
    letTry(key, now) {
      const before = told.get(key);
      if (before) tell(key, { ...before, word: { ...before.word, tryingSince: now.getTime() } });
    },
    circuitOf,
    held(now) {
      const stores = new Map(
        [...told.values()].map(({ location, circuits, storage }) => [location, { circuits, storage }]),
      );
      const counts = new Map<string, HeldStores>();
      for (const { circuits, storage } of stores.values()) {
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

/** What is said of one endpoint, credential or bucket, and the sum of it, which is asked far more often than it changes. */
class CircuitWords {
  readonly #words = new Map<string, StoreWord>();
  #faults = 0;
  #judged: { readonly atMs: number; readonly circuit: Circuit } | undefined;

  get size(): number {
    return this.#words.size;
  }

  get hasFaults(): boolean {
    return this.#faults > 0;
  }

  put(key: string, word: StoreWord): this {
    this.remove(key);
    this.#words.set(key, word);
    if (word.fault) this.#faults += 1;
    return this;
  }

  remove(key: string): void {
    if (this.#words.get(key)?.fault) this.#faults -= 1;
    this.#words.delete(key);
    this.#judged = undefined;
  }

  judge(now: Date): Circuit {
    if (this.#faults === 0) return clear;
    const atMs = now.getTime();
    if (this.#judged?.atMs !== atMs) this.#judged = { atMs, circuit: judgeCircuit(this.#words.values(), now) };
    return this.#judged.circuit;
  }
}

function toldBy(facts: BackupFacts, storage: EffectiveStorage): Told {
  const { namespace } = facts.key;
  return {
    word: storeWord(facts),
    circuits: circuitKeys(storage, namespace),
    storage: storage.type,
    location: locationKey(storage, namespace),
  };
}

function sameWord(one: Told | undefined, other: Told | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
