import {
  admit,
  countTaken,
  locationKey,
  targetKey,
  type Admission,
  type BackupFacts,
  type Claimant,
  type Limits,
  type Taken,
} from '@holdfast/core';
import type { ActiveRun } from '@holdfast/types';

/** Who holds a place, who waits for one. Kept beside the watch, because a place just given is not in the watch's cache yet. */
export interface Places {
  /** Follows the watch; answers the backups that find a place now, oldest first. */
  follow(key: string, current: BackupFacts | undefined): readonly string[];
  /** Whether this run may start now. A place is held from the moment it is given; `keep` or `giveBack` says what became of the write. */
  ask(facts: BackupFacts, run: ActiveRun): Admission;
  /** The place stands in the record. */
  keep(key: string): void;
  /** The write that should have recorded the answer did not happen: the backup stands where the watch last saw it. */
  giveBack(key: string): void;
  /** Runs that wait, by reason. */
  waiting(): ReadonlyMap<string, number>;
}

export function openPlaces(limits: Limits): Places {
  const seen = new Map<string, BackupFacts>();
  const holding = new Map<string, Claimant>();
  const taken = countTaken();
  const queued = new Map<string, Claimant>();
  const reasons = new Map<string, string>();
  /** Runs whose place is being written down, by backup. */
  const promised = new Map<string, string>();

  const hold = (key: string, claimant: Claimant | undefined) => {
    const before = holding.get(key);
    if (before) taken.remove(before);
    if (claimant) {
      holding.set(key, claimant);
      taken.add(claimant);
    } else holding.delete(key);
  };

  const stand = (key: string): readonly string[] => {
    const before = holding.get(key);
    const current = seen.get(key);
    const run = current?.status.activeRun;
    const claimant = current && run && claim(current, run);
    for (const map of [queued, reasons]) map.delete(key);
    hold(key, run?.phase === 'Recorded' ? undefined : claimant);
    if (claimant && run) {
      if (run.phase === 'Recorded') queued.set(key, claimant);
      if (run.waitingFor) reasons.set(key, run.waitingFor.reason);
    }
    return holdsPlace(before) && !holdsPlace(holding.get(key)) ? startable() : [];
  };

  /** Only who really finds a place is named: a backlog of thousands is not looked at again for each run that ends. */
  const startable = (): string[] =>
    [...admit([...queued.values()], taken, limits)].filter(([, { kind }]) => kind === 'admit').map(([key]) => key);

  const follow = (key: string, current: BackupFacts | undefined): readonly string[] => {
    if (current) seen.set(key, current);
    else seen.delete(key);
    // An event from before the write that is under way must not take back the place which that write gives.
    if (current && isOlder(current.status.activeRun, promised.get(key))) return [];
    promised.delete(key);
    return stand(key);
  };

  const ask = (facts: BackupFacts, run: ActiveRun): Admission => {
    const claimant = claim(facts, run);
    if (!claimant) return { kind: 'admit' }; // a run without a readable spec ends by itself; it must not wait for that
    const key = claimant.backup;
    const own = holding.get(key);
    hold(key, undefined); // who asks does not stand in its own way
    queued.set(key, claimant);
    const answer = answerFor(claimant, queued, taken, limits);
    hold(key, answer.kind === 'wait' ? own : claimant);
    if (answer.kind === 'wait') return answer;
    queued.delete(key);
    promised.set(key, run.id);
    return answer;
  };

  return {
    follow,
    ask,
    keep: (key) => void promised.delete(key),
    giveBack: (key) => {
      promised.delete(key);
      stand(key);
    },
    waiting: () => countBy([...reasons.values()]),
  };
}

/** Whoever would not fit even alone need not be compared with everybody who waits. */
function answerFor(
  claimant: Claimant,
  waiting: ReadonlyMap<string, Claimant>,
  taken: Taken,
  limits: Limits,
): Admission {
  const alone = admit([claimant], taken, limits).get(claimant.backup);
  if (alone?.kind === 'wait') return alone;
  return admit([...waiting.values()], taken, limits).get(claimant.backup) ?? { kind: 'admit' };
}

function claim({ key, spec }: BackupFacts, run: ActiveRun): Claimant | undefined {
  if (!spec) return undefined;
  return {
    backup: `${key.namespace}/${key.name}`,
    kind: run.kind,
    target: targetKey(spec),
    location: locationKey(spec.storage, key.namespace),
    recordedAt: run.recordedAt,
    parked: run.phase === 'Admitted' && run.waitingFor !== undefined,
  };
}

function holdsPlace(claimant: Claimant | undefined): boolean {
  return claimant !== undefined && !claimant.parked;
}

function isOlder(run: ActiveRun | undefined, promisedRun: string | undefined): boolean {
  if (promisedRun === undefined) return false;
  return run === undefined || (run.id === promisedRun && run.phase === 'Recorded');
}

function countBy(words: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
