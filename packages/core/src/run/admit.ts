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

/**
 * Which recorded runs get a place, oldest first. A run whose own target or location is full does not keep younger runs of other targets
 * waiting, so a big backlog never delays a database that has been waiting longer.
 * @returns admitted and waiting runs by backup
 */
export function admit(
  waiting: readonly Claimant[],
  holding: readonly Claimant[],
  limits: Limits,
): ReadonlyMap<string, Admission> {
  const count = new Map<string, number>();
  const places = (key: string) => count.get(key) ?? 0;
  const take = (run: Claimant) => keysOf(run).forEach((key) => count.set(key, places(key) + 1));
  holding.filter((run) => !run.parked).forEach(take);

  const answers = new Map<string, Admission>();
  for (const run of waiting.toSorted(oldestFirst)) {
    const full = fullPlace(run, places, limits);
    if (full) answers.set(run.backup, { kind: 'wait', reason: 'WaitingForPlace', message: full });
    else {
      answers.set(run.backup, { kind: 'admit' });
      take(run);
    }
  }
  return answers;
}

/** Same target, same string: what `limits.perTarget` counts. */
export function targetKey(spec: EffectiveSpec): string {
  return `${spec.target.namespace}/${spec.target.clusterRef ?? spec.target.name}`;
}

/** Same store reached with the same credential, same string: what `limits.perLocation` counts. */
export function locationKey(storage: EffectiveStorage, namespace: string): string {
  if (storage.type === 'pvc') return `pvc/${namespace}/${storage.claim}`;
  const credential = `${namespace}/${storage.credentialsSecret ?? ''}`;
  return storage.type === 'azure'
    ? `azure/${storage.endpointUrl ?? storage.account ?? ''}/${storage.bucket}/${credential}`
    : `s3/${storage.endpointUrl ?? storage.region ?? ''}/${storage.bucket}/${credential}`;
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
  if (places('all') >= limits.global) return `${limits.global} runs are under way, which is the installation's limit`;
  if (places(`target ${run.target}`) >= limits.perTarget)
    return `${limits.perTarget} runs of target ${run.target} are under way, which is the limit for one target`;
  if (places(`location ${run.location}`) >= limits.perLocation)
    return `${limits.perLocation} runs to the same store are under way, which is the limit for one store`;
  return undefined;
}

function verifying({ location }: Claimant): string {
  return `verification at ${location}`;
}

function oldestFirst(a: Claimant, b: Claimant): number {
  return a.recordedAt.localeCompare(b.recordedAt) || a.backup.localeCompare(b.backup);
}
