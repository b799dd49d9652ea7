import { claimObject, type BackupFacts } from '@holdfast/core';
import { KubeError, resources, type Kube, type PersistentVolumeClaim } from '@holdfast/kube';
import type { EffectivePvc, Reason } from '@holdfast/types';
import type { Wait } from '@holdfast/access';
import type { Hands } from './hands.ts';

const claimAgainMs = 10_000;

/** What is known of the claim: usable now, or usable as soon as a pod asks for it. */
export interface ClaimState {
  readonly status: 'True' | 'Unknown';
  readonly reason: Reason;
  readonly message: string;
}

/** Uses the claim as it is, or makes it where the spec says how large. A claim that waits for its first pod is fine: our Job is that pod. */
export async function ensureClaim(
  backup: BackupFacts,
  storage: EffectivePvc,
  { kube }: Hands,
  signal: AbortSignal,
): Promise<ClaimState | Wait> {
  const key = { namespace: backup.key.namespace, name: storage.claim };
  const claim = (await kube.get(resources.persistentVolumeClaims, key, signal)) ?? (await createClaim(backup, storage));
  return claim ? stateOf(claim, kube, signal) : missing(key, 'set spec.storage.pvc.size so that it can be made');

  async function createClaim(owner: BackupFacts, wanted: EffectivePvc): Promise<PersistentVolumeClaim | undefined> {
    if (!wanted.create) return undefined;
    return (
      await kube.create<PersistentVolumeClaim>(
        resources.persistentVolumeClaims,
        claimObject(owner, wanted, wanted.create),
        signal,
      )
    ).object;
  }
}

/** The claim that keeps the chain of staged DIFFs is its owner's: it is used as it is and never made here. */
export async function findWorkClaim(
  { key: { namespace } }: BackupFacts,
  name: string,
  { kube }: Hands,
  signal: AbortSignal,
): Promise<ClaimState | Wait> {
  const claim = await kube.get(resources.persistentVolumeClaims, { namespace, name }, signal);
  return claim ? stateOf(claim, kube, signal) : missing({ namespace, name }, 'remove spec.options.workVolume');
}

async function stateOf(claim: PersistentVolumeClaim, kube: Kube, signal: AbortSignal): Promise<ClaimState | Wait> {
  const { name } = claim.metadata;
  if (claim.status?.phase === 'Bound')
    return { status: 'True', reason: 'StorageReachable', message: `claim "${name}" is bound` };
  const waits = await waitsForFirstPod(claim, kube, signal);
  if (waits !== 'no') {
    const message =
      waits === 'yes'
        ? `claim "${name}" is bound when its first pod starts`
        : `claim "${name}" is not bound; its StorageClass may not be read here, so its first pod finds out whether it will be`;
    return { status: 'Unknown', reason: 'WaitsForFirstPod', message };
  }
  const message = `claim "${name}" is ${claim.status?.phase ?? 'Pending'} and no volume is bound to it; \`kubectl describe pvc ${name}\` says what it waits for`;
  return { reason: 'ClaimNotBound', message, againMs: claimAgainMs };
}

function missing({ namespace, name }: { namespace: string; name: string }, otherwise: string): Wait {
  const message = `claim "${name}" does not exist in namespace "${namespace}"; create it, or ${otherwise}`;
  return { reason: 'ClaimMissing', message, againMs: claimAgainMs };
}

/** `unknown`: a service that works in one namespace only may be denied every look at what is in none. */
async function waitsForFirstPod(
  { spec }: PersistentVolumeClaim,
  kube: Kube,
  signal: AbortSignal,
): Promise<'yes' | 'no' | 'unknown'> {
  if (spec.storageClassName === undefined || spec.storageClassName === '') return 'no';
  try {
    const storageClass = await kube.get(resources.storageClasses, { name: spec.storageClassName }, signal);
    return storageClass?.volumeBindingMode === 'WaitForFirstConsumer' ? 'yes' : 'no';
  } catch (error) {
    if (error instanceof KubeError && error.status === 403) return 'unknown';
    throw error;
  }
}
