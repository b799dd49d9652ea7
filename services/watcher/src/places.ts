import {
  admit,
  locationKey,
  targetKey,
  type Admission,
  type BackupFacts,
  type Claimant,
  type Limits,
} from '@holdfast/core';
import type { ActiveRun } from '@holdfast/types';

/** Who holds a place, who waits for one. Kept beside the watch, because a place just given is not in the watch's cache yet. */
export interface Places {
  /** Follows the watch; answers the backups that may now find a place, oldest first. */
  follow(key: string, current: BackupFacts | undefined): readonly string[];
  /** Whether this run may start now. A place is held from the moment it is given. */
  ask(facts: BackupFacts, run: ActiveRun): Admission;
  /** The write that should have recorded the place did not happen. */
  giveBack(key: string): void;
  /** Runs that wait, by reason. */
  waiting(): ReadonlyMap<string, number>;
}

export function openPlaces(limits: Limits): Places {
  const holding = new Map<string, Claimant>();
  const queued = new Map<string, Claimant>();
  const reasons = new Map<string, string>();

  const follow = (key: string, current: BackupFacts | undefined): readonly string[] => {
    const before = holding.get(key);
    const run = current?.status.activeRun;
    const claimant = current && run ? claim(current, run) : undefined;
    holding.delete(key);
    queued.delete(key);
    reasons.delete(key);
    if (claimant && run) {
      (run.phase === 'Recorded' ? queued : holding).set(key, claimant);
      if (run.waitingFor) reasons.set(key, run.waitingFor.reason);
    }
    const freed = before && !before.parked && (!claimant || claimant.parked);
    return freed ? oldestFirst(queued) : [];
  };

  const ask = (facts: BackupFacts, run: ActiveRun): Admission => {
    const claimant = claim(facts, run);
    if (!claimant) return { kind: 'admit' }; // a run without a readable spec ends by itself; it must not wait for that
    queued.set(claimant.backup, claimant);
    const others = [...holding.values()].filter(({ backup }) => backup !== claimant.backup);
    const answer = admit([...queued.values()], others, limits).get(claimant.backup) ?? { kind: 'admit' };
    if (answer.kind === 'admit') {
      queued.delete(claimant.backup);
      holding.set(claimant.backup, claimant);
    }
    return answer;
  };

  return {
    follow,
    ask,
    giveBack: (key) => void holding.delete(key),
    waiting: () => countBy([...reasons.values()]),
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
    parked: run.phase === 'Admitted' && run.waitingFor !== undefined,
  };
}

function oldestFirst(queued: ReadonlyMap<string, Claimant>): string[] {
  return [...queued.values()].toSorted((a, b) => a.recordedAt.localeCompare(b.recordedAt)).map(({ backup }) => backup);
}

function countBy(words: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
