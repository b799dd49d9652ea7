import {
  admit,
  circuitKeys,
  countTaken,
  isStoreFault,
  locationKey,
  targetKey,
  turnAt,
  waitsForTurn,
  type Admission,
  type BackupFacts,
  type Claimant,
  type Limits,
} from '@holdfast/core';
import type { ActiveRun } from '@holdfast/types';
import { openStoreWords, type HeldStores } from './store-words.ts';

/** Who holds a place, who waits for one. Kept beside the watch, because a place just given is not in the watch's cache yet. */
export interface Places {
  /** Follows the watch; answers the backups that find a place now, oldest first. */
  follow(key: string, current: BackupFacts | undefined): readonly string[];
  /** Whether this run may start now. A place is held from the moment it is given; `keep` or `giveBack` says what became of the write. */
  ask(facts: BackupFacts, run: ActiveRun): Admission;
  /** What a run that waits would be told by `ask`, as far as the watch has seen it; undefined for one that stands in no line. */
  peek(key: string): Admission | undefined;
  /** The place stands in the record. */
  keep(key: string): void;
  /** The write that should have recorded the answer did not happen: the backup stands where the watch last saw it. */
  giveBack(key: string): void;
  /** Runs that wait, by reason. */
  waiting(): ReadonlyMap<string, number>;
  /** Stores whose runs are held because it does not work. */
  heldStores(): readonly HeldStores[];
}

export function openPlaces(limits: Limits, now: () => Date): Places {
  const seen = new Map<string, BackupFacts>();
  const holding = new Map<string, Claimant>();
  const taken = countTaken();
  const queued = new Map<string, Claimant>();
  const reasons = new Map<string, string>();
  const stores = openStoreWords();
  let revision = 0;
  /** What everybody in the line would be told, as long as nothing changes: a round asks for thousands. */
  let line: { revision: number; second: number; answers: ReadonlyMap<string, Admission> } | undefined;
  /** Runs whose place is being written down, by backup. */
  const promised = new Map<string, ActiveRun>();

  const hold = (key: string, claimant: Claimant | undefined) => {
    const before = holding.get(key);
    if (before) taken.remove(before);
    if (claimant) {
      holding.set(key, claimant);
      taken.add(claimant);
    } else holding.delete(key);
  };

  const stand = (key: string): readonly string[] => {
    revision += 1;
    const before = holding.get(key);
    const current = seen.get(key);
    const run = current?.status.activeRun;
    const claimant = current && run && claim(current, run);
    for (const map of [queued, reasons]) map.delete(key);
    hold(key, run?.phase === 'Recorded' ? undefined : claimant);
    if (claimant && run) {
      if (run.phase === 'Recorded' || waitsForTurn(run)) queued.set(key, claimant);
      if (run.waitingFor) reasons.set(key, run.waitingFor.reason);
    }
    const storeChanged = stores.follow(key, current);
    return storeChanged || (holdsPlace(before) && !holdsPlace(holding.get(key))) ? startable() : [];
  };

  /** One moment for one question: what is known of a store is judged once for it. */
  const answer = (waiting: readonly Claimant[]): ReadonlyMap<string, Admission> => {
    const at = now();
    return admit(waiting, taken, limits, { circuitOf: (circuit) => stores.circuitOf(circuit, at), now: at });
  };

  /** Whoever would not fit even alone need not be compared with everybody who waits. */
  const answerTo = (claimant: Claimant): Admission => {
    const alone = answer([claimant]).get(claimant.backup);
    if (alone?.kind === 'wait') return alone;
    return answer([...queued.values()]).get(claimant.backup) ?? { kind: 'admit' };
  };

  /** Only who really finds a place is named: a backlog of thousands is not looked at again for each run that ends. */
  const startable = (): string[] =>
    [...answer([...queued.values()])].filter(([, { kind }]) => kind === 'admit').map(([key]) => key);

  const follow = (key: string, current: BackupFacts | undefined): readonly string[] => {
    if (current) seen.set(key, current);
    else seen.delete(key);
    // An event from before the write that is under way must not take back the place which that write gives.
    if (current && isOlder(current.status.activeRun, promised.get(key))) return [];
    promised.delete(key);
    return stand(key);
  };

  const peek = (key: string): Admission | undefined => {
    const second = Math.floor(now().getTime() / 1000);
    if (line?.revision !== revision || line.second !== second)
      line = { revision, second, answers: answer([...queued.values()]) };
    return line.answers.get(key);
  };

  const ask = (facts: BackupFacts, run: ActiveRun): Admission => {
    const claimant = claim(facts, run);
    if (!claimant) return { kind: 'admit' }; // a run without a readable spec ends by itself; it must not wait for that
    const key = claimant.backup;
    const own = holding.get(key);
    revision += 1;
    hold(key, undefined); // who asks does not stand in its own way
    queued.set(key, claimant);
    const admission = answerTo(claimant);
    hold(key, admission.kind === 'wait' ? own : { ...claimant, parked: false });
    if (admission.kind === 'wait') return admission;
    queued.delete(key);
    promised.set(key, run);
    stores.letTry(key, now());
    return admission;
  };

  return {
    follow,
    ask,
    peek,
    keep: (key) => void promised.delete(key),
    giveBack: (key) => {
      promised.delete(key);
      stand(key);
    },
    waiting: () => countBy([...reasons.values()]),
    heldStores: () => stores.held(now()),
  };
}

function claim({ key, spec }: BackupFacts, run: ActiveRun): Claimant | undefined {
  if (!spec) return undefined;
  return {
    backup: `${key.namespace}/${key.name}`,
    kind: run.kind,
    target: targetKey(spec),
    location: locationKey(spec.storage, key.namespace),
    recordedAt: run.recordedAt,
    parked: run.phase === 'Admitted' && run.waitingFor !== undefined && !run.waitingFor.tryingSince,
    circuits: circuitKeys(spec.storage, key.namespace),
    ...(run.waitingFor?.triedAt && { turnAt: turnAt(run) }),
    ...(run.waitingFor && isStoreFault(run.waitingFor.reason) && { fault: run.waitingFor.reason }),
  };
}

function holdsPlace(claimant: Claimant | undefined): boolean {
  return claimant !== undefined && !claimant.parked;
}

function isOlder(run: ActiveRun | undefined, promised: ActiveRun | undefined): boolean {
  if (promised === undefined) return false;
  if (run === undefined || run.id !== promised.id) return run === undefined;
  // One that has been parked again meanwhile says so by the time at which it tried.
  const isParkedAsBefore = waitsForTurn(run) && run.waitingFor?.triedAt === promised.waitingFor?.triedAt;
  return run.phase === 'Recorded' || isParkedAsBefore;
}

function countBy(words: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
