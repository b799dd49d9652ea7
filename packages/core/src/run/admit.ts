import type { EffectiveSpec, Reason, RunKind } from '@holdfast/types';
import type { Circuit, StoreFault } from './breaker.ts';

/** How many runs may be under way at once. */
export interface Limits {
  readonly global: number;
  readonly perTarget: number;
  readonly perLocation: number;
}

/** A run that asks for a place or holds one. */
export interface Claimant {
  /** `namespace/name` of its backup. */
  readonly backup: string;
  readonly kind: RunKind;
  readonly target: string;
  readonly location: string;
  readonly recordedAt: string;
  /** Waiting for target, store or credentials: keeps its turn and holds no place. */
  readonly parked: boolean;
  /** What its store shares with those of others, see `circuitKeys`. */
  readonly circuits?: readonly string[];
  /** Milliseconds; it has found its store away before, and tries again at this time at the earliest. */
  readonly turnAt?: number;
  /** What it waits for, if that is its store. */
  readonly fault?: StoreFault;
}

/** What is known of an endpoint, a credential or a bucket. */
export type CircuitOf = (key: string) => Circuit;

export type Admission =
  | { readonly kind: 'admit' }
  | { readonly kind: 'wait'; readonly reason: Reason; readonly message: string };

/** Places that are taken, counted by everything that a limit counts. Kept while runs come and go, because counting thousands anew for each one takes seconds. */
export interface Taken {
  add(run: Claimant): void;
  remove(run: Claimant): void;
  count(key: string): number;
}

/** Counts the places of these runs; parked ones hold none. */
export function countTaken(runs: readonly Claimant[] = []): Taken {
  const counts = new Map<string, number>();
  const move = (run: Claimant, by: 1 | -1) => {
    if (run.parked) return;
    for (const key of keysOf(run)) {
      const count = (counts.get(key) ?? 0) + by;
      if (count === 0) counts.delete(key);
      else counts.set(key, count);
    }
  };
  for (const run of runs) move(run, 1);
  return { add: (run) => move(run, 1), remove: (run) => move(run, -1), count: (key) => counts.get(key) ?? 0 };
}

/**
 * Which waiting runs get a place, oldest first. A run whose own target or location is full does not keep younger runs of other targets
 * waiting, so a big backlog never delays a database that has been waiting longer. A run whose store is full
 * keeps the place at its target, or younger runs to other stores could take that from it for ever. While a store is away, those that have not tried it for
 * longest go first, so that the trouble of one is not taken for that of all.
 * @returns admitted and waiting runs by backup
 */
export function admit(
  waiting: readonly Claimant[],
  taken: Taken,
  limits: Limits,
  { circuitOf, now }: { readonly circuitOf: CircuitOf; readonly now: Date } = allWell,
): ReadonlyMap<string, Admission> {
  const given = countTaken();
  const kept = new Map<string, number>();
  const places = (key: string) => taken.count(key) + given.count(key) + (kept.get(key) ?? 0);
  const answers = new Map<string, Admission>();
  for (const run of inTurn(waiting, circuitOf)) {
    const answer = storeTrouble(run, { circuitOf, given, now }) ?? fullPlace(run, places, limits);
    answers.set(run.backup, answer ?? { kind: 'admit' });
    if (!answer) given.add({ ...run, parked: false });
    else if (answer.reason === 'WaitingForPlace') kept.set(targetPlace(run), (kept.get(targetPlace(run)) ?? 0) + 1);
  }
  return answers;
}

const allWell = { circuitOf: (): Circuit => ({ tryAt: 0, free: Infinity }), now: new Date(0) };

/** Same target, same string: what `limits.perTarget` counts. */
export function targetKey({ target }: EffectiveSpec): string {
  const { namespace, workload, clusterRef, name } = target;
  return workload ? `${namespace}/${workload.kind}/${workload.name}` : `${namespace}/${clusterRef ?? name}`;
}

function keysOf(run: Claimant): string[] {
  // Verification reads for a long time: it has a share of its own, so that no backup waits for it.
  if (run.kind === 'verify') return [verifying(run)];
  // Retention works beside other databases' backups; only backups load a target.
  const shared = [`store ${run.location}`];
  return run.kind === 'backup' ? ['all', targetPlace(run), ...shared, ...(run.circuits ?? [])] : shared;
}

type Waiting = Extract<Admission, { kind: 'wait' }>;

/** Nothing of this holds for other kinds: they give up by themselves, and ask an hour later. */
function storeTrouble(
  { kind, circuits = [], turnAt = 0, fault }: Claimant,
  { circuitOf, given, now }: { circuitOf: CircuitOf; given: Taken; now: Date },
): Waiting | undefined {
  if (kind !== 'backup') return undefined;
  const states = circuits.map((key) => ({ key, ...circuitOf(key) }));
  const open = states.find((state) => state.open)?.open;
  const isFree = states.every(({ key, free }) => free > given.count(key));
  if (isFree && turnAt <= now.getTime()) return undefined;
  const reason = open ?? fault;
  if (reason)
    return {
      kind: 'wait',
      reason,
      message: `${found[reason]}; one run at a time tries it again, and the others go on when it works`,
    };
  return {
    kind: 'wait',
    reason: 'WaitingForPlace',
    message: 'the store has come back, and runs go on a few at a time',
  };
}

const found: Readonly<Record<StoreFault, string>> = {
  StorageUnreachable: 'the store did not answer when it was tried last',
  StorageDenied: 'the store refused the same credentials when it was tried last',
  BucketMissing: 'the bucket was missing when it was tried last',
};

function fullPlace(run: Claimant, places: (key: string) => number, limits: Limits): Waiting | undefined {
  const message = fullLimit(run, places, limits);
  return message === undefined ? undefined : { kind: 'wait', reason: 'WaitingForPlace', message };
}

function fullLimit(run: Claimant, places: (key: string) => number, limits: Limits): string | undefined {
  if (run.kind === 'verify' && places(verifying(run)) >= Math.max(1, Math.floor(limits.perLocation / 2)))
    return `as many verifications read from the same store as may, which is half its limit of ${limits.perLocation} runs`;
  if (run.kind !== 'backup') return undefined;
  if (places('all') >= limits.global) return `${runsAreUnderWay(limits.global)}, which is the installation's limit`;
  if (places(targetPlace(run)) >= limits.perTarget)
    return `${runsAreUnderWay(limits.perTarget, ` of target ${run.target}`)}, which is the limit for one target`;
  if (places(`store ${run.location}`) >= limits.perLocation)
    return `${runsAreUnderWay(limits.perLocation, ' to the same store')}, which is the limit for one store`;
  return undefined;
}

function runsAreUnderWay(count: number, which = ''): string {
  return count === 1 ? `1 run${which} is under way` : `${count} runs${which} are under way`;
}

function targetPlace({ target }: Claimant): string {
  return `target ${target}`;
}

function verifying({ location }: Claimant): string {
  return `verification at ${location}`;
}

/** Oldest first; whoever has tried a store that is still away stands behind everybody who has waited since before that. */
function inTurn(waiting: readonly Claimant[], circuitOf: CircuitOf): readonly Claimant[] {
  const since = new Map<Claimant, number>();
  for (const run of waiting) {
    const recordedAt = Date.parse(run.recordedAt);
    const isAway = run.turnAt !== undefined && run.circuits?.some((key) => circuitOf(key).open);
    since.set(run, isAway ? Math.max(recordedAt, run.turnAt ?? 0) : recordedAt);
  }
  const at = (run: Claimant) => since.get(run) ?? 0;
  return waiting.toSorted((a, b) => at(a) - at(b) || a.backup.localeCompare(b.backup));
}
