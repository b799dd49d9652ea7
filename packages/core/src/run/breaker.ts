import type { ActiveRun, EffectiveStorage, Reason } from '@holdfast/types';
import { credentialKey, endpointKey, locationKey } from './location.ts';

/** Faults of a store that other backups share, and what they share: an endpoint, a credential, a bucket. */
const scopes = {
  StorageUnreachable: 'endpoint',
  StorageDenied: 'credential',
  BucketMissing: 'location',
} as const satisfies Partial<Record<Reason, string>>;

export type StoreFault = keyof typeof scopes;

/** What one backup's record says of its store; times in milliseconds. */
export interface StoreWord {
  /** Since when it has failed, and when it was last tried. */
  readonly fault?: { readonly reason: StoreFault; readonly since: number; readonly triedAt: number };
  /** The store was last seen to work. */
  readonly goodAt?: number;
  /** A run of this backup is just finding out. */
  readonly tryingSince?: number;
}

/** What everybody who uses the same endpoint, credential or bucket says of it, in sum. */
export interface Circuit {
  /** Its reason while nobody has got through since the trouble began. */
  readonly open?: StoreFault;
  /** When the next one may try, while it is open. */
  readonly tryAt: number;
  /** How many more may try now. */
  readonly free: number;
}

/**
 * Between two tries of one run, and between any two tries of a store that is away. Credentials are put right by a person, who then looks whether
 * the backup goes on.
 */
export function tryEveryMs(reason: string | undefined): number {
  return reason === 'StorageDenied' ? 30_000 : 60_000;
}

/** Who has not found out by then (its pod may start that late) stands in nobody's way any more. */
const tryLimitMs = 16 * 60_000;

export function isStoreFault(reason: string): reason is StoreFault {
  return Object.hasOwn(scopes, reason);
}

/** Parked until the watcher says that it may try again: its store was away, and who else waits for it must be known to say so. */
export function waitsForTurn({ kind, phase, waitingFor }: ActiveRun): boolean {
  if (kind !== 'backup' || phase !== 'Admitted' || !waitingFor || waitingFor.tryingSince) return false;
  return isStoreFault(waitingFor.reason) || waitingFor.reason === 'WaitingForPlace';
}

/** When a parked run may try again, whoever else may. */
export function turnAt({ waitingFor }: ActiveRun): number {
  return waitingFor?.triedAt === undefined ? 0 : Date.parse(waitingFor.triedAt) + tryEveryMs(waitingFor.reason);
}

/** What a backup with this storage depends on together with others. */
export function circuitKeys(storage: EffectiveStorage, namespace: string): readonly string[] {
  return [
    `endpoint ${endpointKey(storage, namespace)}`,
    `credential ${credentialKey(storage, namespace)}`,
    `location ${locationKey(storage, namespace)}`,
  ];
}

/** A fault is held against what its reason names, and always against the place itself. A success speaks for all three. */
export function wordFor(circuit: string, word: StoreWord): StoreWord {
  const { fault, ...rest } = word;
  if (!fault || circuit.startsWith('location ') || circuit.startsWith(`${scopes[fault.reason]} `)) return word;
  return rest;
}

/**
 * Open: nobody has got through since the trouble began; then one at a time tries, once a minute, or twice where credentials are refused. Trouble that one backup alone has had since
 * before somebody else got through is its own; that of two is not. After the first success as many may try at once as have succeeded since the
 * trouble began: one, two, four.
 */
export function judgeCircuit(words: Iterable<StoreWord>, now: Date): Circuit {
  const all = [...words];
  const faults = all.flatMap(({ fault }) => fault ?? []);
  if (faults.length === 0) return { tryAt: 0, free: Infinity };
  const goodAt = latest(all.map((word) => word.goodAt));
  const trying = all.filter(({ tryingSince = -Infinity }) => tryingSince + tryLimitMs > now.getTime()).length;
  const fresh = faults.filter(({ since }) => since > goodAt);
  const repeated = faults.filter(({ since, triedAt }) => since <= goodAt && triedAt > goodAt);
  const [why] = [...fresh, ...(repeated.length > 1 ? repeated : [])];
  if (!why) {
    const began = latest(faults.map(({ since }) => since));
    const succeeded = all.filter((word) => (word.goodAt ?? 0) > began).length;
    return { tryAt: 0, free: Math.max(1, succeeded) - trying };
  }
  const tryAt = latest(faults.map(({ reason, triedAt }) => triedAt + tryEveryMs(reason)));
  return { open: why.reason, tryAt, free: tryAt > now.getTime() ? 0 : 1 - trying };
}

function latest(times: readonly (number | undefined)[]): number {
  return times.reduce<number>((newest, time = 0) => Math.max(newest, time), 0);
}
