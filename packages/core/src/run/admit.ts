import type { EffectiveSpec, EffectiveStorage, Reason, RunKind } from '@holdfast/types';

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
}

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
 * Which recorded runs get a place, oldest first. A run whose own target or location is full does not keep younger runs of other targets
 * waiting, so a big backlog never delays a database that has been waiting longer.
 * @returns admitted and waiting runs by backup
 */
export function admit(waiting: readonly Claimant[], taken: Taken, limits: Limits): ReadonlyMap<string, Admission> {
  const given = countTaken();
  const places = (key: string) => taken.count(key) + given.count(key);
  const answers = new Map<string, Admission>();
  for (const run of waiting.toSorted(oldestFirst)) {
    const full = fullPlace(run, places, limits);
    if (full) answers.set(run.backup, { kind: 'wait', reason: 'WaitingForPlace', message: full });
    else {
      answers.set(run.backup, { kind: 'admit' });
      given.add(run);
    }
  }
  return answers;
}

/** Same target, same string: what `limits.perTarget` counts. */
export function targetKey({ target }: EffectiveSpec): string {
  const { namespace, workload, clusterRef, name } = target;
  return workload ? `${namespace}/${workload.kind}/${workload.name}` : `${namespace}/${clusterRef ?? name}`;
}

/** Same store reached with the same credential, same string: what `limits.perLocation` counts. */
export function locationKey(storage: EffectiveStorage, namespace: string): string {
  if (storage.type === 'pvc') return `pvc/${namespace}/${storage.claim}`;
  const credential = `${namespace}/${storage.credentialsSecret ?? ''}`;
  return `${storage.type}/${storage.endpointUrl ?? realm(storage)}/${storage.bucket}/${credential}`;
}

/** Where a bucket's name belongs, when no endpoint is named. */
function realm(storage: Exclude<EffectiveStorage, { type: 'pvc' }>): string {
  if (storage.type === 's3') return storage.region ?? '';
  return storage.type === 'azure' ? (storage.account ?? '') : '';
}

function keysOf(run: Claimant): string[] {
  // Verification reads for a long time: it has a share of its own, so that no backup waits for it.
  if (run.kind === 'verify') return [verifying(run)];
  // Retention works beside other databases' backups; only backups load a target.
  const shared = [`location ${run.location}`];
  return run.kind === 'backup' ? ['all', `target ${run.target}`, ...shared] : shared;
}

function fullPlace(run: Claimant, places: (key: string) => number, limits: Limits): string | undefined {
  if (run.kind === 'verify' && places(verifying(run)) >= Math.max(1, Math.floor(limits.perLocation / 2)))
    return `as many verifications read from the same store as may, which is half its limit of ${limits.perLocation} runs`;
  if (run.kind !== 'backup') return undefined;
  if (places('all') >= limits.global) return `${runsAreUnderWay(limits.global)}, which is the installation's limit`;
  if (places(`target ${run.target}`) >= limits.perTarget)
    return `${runsAreUnderWay(limits.perTarget, ` of target ${run.target}`)}, which is the limit for one target`;
  if (places(`location ${run.location}`) >= limits.perLocation)
    return `${runsAreUnderWay(limits.perLocation, ' to the same store')}, which is the limit for one store`;
  return undefined;
}

function runsAreUnderWay(count: number, which = ''): string {
  return count === 1 ? `1 run${which} is under way` : `${count} runs${which} are under way`;
}

function verifying({ location }: Claimant): string {
  return `verification at ${location}`;
}

function oldestFirst(a: Claimant, b: Claimant): number {
  return a.recordedAt.localeCompare(b.recordedAt) || a.backup.localeCompare(b.backup);
}
