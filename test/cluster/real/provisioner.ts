import { ApiError, type ApiClient, type KubeObject } from '../kubelet/api-client.ts';
import { startReflector, type Reflector } from '../kubelet/reflector.ts';

/** The part of a claim that a provisioner reads. */
export interface Claim extends KubeObject {
  readonly spec: {
    readonly volumeName?: string;
    readonly storageClassName?: string;
    readonly accessModes?: readonly string[];
    readonly volumeMode?: string;
    readonly resources?: { readonly requests?: { readonly storage?: string } };
  };
}

export interface StorageClass extends KubeObject {
  readonly provisioner: string;
  readonly reclaimPolicy?: string;
  readonly volumeBindingMode?: string;
}

interface PersistentVolume extends KubeObject {
  readonly spec: { readonly persistentVolumeReclaimPolicy?: string };
  readonly status?: { readonly phase?: string };
}

/** Folders of volumes on a real node. */
export interface VolumeFolders {
  /** By the name of the volume: a claim that is made again gets a fresh one. */
  pathOf(volume: string): string;
  make(path: string): void;
  remove(path: string): void;
}

const volumes = '/api/v1/persistentvolumes';
const provisionedBy = 'pv.kubernetes.io/provisioned-by';

/**
 * The volume for a claim that the controllers have given to this provisioner; undefined while they have not, or while a class that waits for
 * its first pod has none.
 */
export function volumeFor(
  claim: Claim,
  storageClass: StorageClass | undefined,
  provisioner: string,
  path = `/volumes/${claim.metadata.namespace}/${claim.metadata.name}`,
): object | undefined {
  const { annotations = {}, namespace, name, uid } = claim.metadata;
  if (claim.spec.volumeName || claim.metadata.deletionTimestamp || storageClass?.provisioner !== provisioner)
    return undefined;
  if (annotations['volume.kubernetes.io/storage-provisioner'] !== provisioner) return undefined;
  const waits = storageClass.volumeBindingMode === 'WaitForFirstConsumer';
  if (waits && annotations['volume.kubernetes.io/selected-node'] === undefined) return undefined;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `pvc-${uid}`, annotations: { [provisionedBy]: provisioner } },
    spec: {
      capacity: { storage: claim.spec.resources?.requests?.storage ?? '0' },
      accessModes: claim.spec.accessModes ?? [],
      storageClassName: storageClass.metadata.name,
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      volumeMode: claim.spec.volumeMode ?? 'Filesystem',
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
      hostPath: { path },
    },
  };
}

/**
 * Gives each claim of our classes a volume, and takes it away after the claim, until the answered function is called.
 * @param folders where the bytes are. Left out, that is the kubelet's affair: the stand-in keeps claims in folders by their names
 */
export async function startProvisioner(
  api: ApiClient,
  { provisioner, folders, log }: { provisioner: string; folders?: VolumeFolders; log: (line: string) => void },
): Promise<() => void> {
  const over = new AbortController();
  const common = { signal: over.signal, onTrouble: log };
  const spawn = (work: Promise<unknown>, doing: string) => {
    work.catch((error: unknown) => {
      const settled = error instanceof ApiError && (error.status === 404 || error.status === 409);
      if (!settled && !over.signal.aborted) log(`provisioner: ${doing}: ${String(error)}`);
    });
  };
  const provide = (claim: Claim) => {
    const path = folders?.pathOf(`pvc-${claim.metadata.uid}`);
    const volume = volumeFor(claim, classes.get('', claim.spec.storageClassName ?? ''), provisioner, path);
    if (!volume) return;
    if (path !== undefined) folders?.make(path);
    spawn(api.create(volumes, volume), `a volume for ${claim.metadata.name}`);
  };
  let claims: Reflector<Claim> | undefined;
  const classes = startReflector<StorageClass>(api, '/apis/storage.k8s.io/v1/storageclasses', {
    ...common,
    onChange: () => claims?.all().forEach(provide),
  });
  await classes.synced;
  claims = startReflector<Claim>(api, '/api/v1/persistentvolumeclaims', {
    ...common,
    onChange: (claim, gone) => gone || provide(claim),
  });
  const kept = startReflector<PersistentVolume>(api, volumes, {
    ...common,
    onChange: ({ metadata, spec, status }, gone) => {
      const over = status?.phase === 'Released' && spec.persistentVolumeReclaimPolicy === 'Delete';
      if (gone || !over || metadata.annotations?.[provisionedBy] !== provisioner) return;
      folders?.remove(folders.pathOf(metadata.name));
      spawn(api.delete(`${volumes}/${metadata.name}`), `removing ${metadata.name}`);
    },
  });
  await Promise.all([claims.synced, kept.synced]);
  return () => over.abort();
}
