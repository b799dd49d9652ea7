import type { Api } from '../api.ts';
import { at, clone, ensureObject, objectAt, objectsAt, textAt } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import type { Change } from '../store.ts';
import { createObject } from '../verbs/create.ts';
import { deleteObject } from '../verbs/delete.ts';
import type { Controller } from './controller.ts';
import { keyOf, splitKey } from './controller.ts';

const CLAIMS = 'persistentvolumeclaims';
const VOLUMES = 'persistentvolumes';
const CLASSES = 'storageclasses.storage.k8s.io';

/** Gives claims a volume: at once, or when the first pod wants it, as the StorageClass says. An unknown class waits. */
export function volumeBinder(api: Api): Controller {
  return {
    name: 'volume-binder',
    keysFor: (change) => keysFor(api, change),
    look: (key) => {
      const [namespace, name] = splitKey(key);
      const claim = api.store.get(CLAIMS, namespace, name);
      if (claim) bind(api, claim);
      else reclaim(api, namespace, name);
    },
  };
}

function keysFor(api: Api, { shelf, object }: Change): string[] {
  const { namespace } = object.metadata;
  switch (shelf) {
    case CLAIMS:
      return [keyOf(namespace, object.metadata.name)];
    case 'pods':
      return claimsOf(object).map((claim) => keyOf(namespace, claim));
    case CLASSES:
    case VOLUMES:
      return api.store.list(CLAIMS).map((claim) => keyOf(claim.metadata.namespace, claim.metadata.name));
    default:
      return [];
  }
}

function claimsOf(pod: KubeObject): string[] {
  return objectsAt(pod, 'spec', 'volumes').flatMap((volume) => {
    const named = textAt(volume, 'persistentVolumeClaim', 'claimName');
    if (named !== '') return [named];
    return volume['ephemeral'] === undefined ? [] : [`${pod.metadata.name}-${textAt(volume, 'name')}`];
  });
}

function bind(api: Api, claim: KubeObject): void {
  if (textAt(claim, 'status', 'phase') === 'Bound' || claim.metadata.deletionTimestamp !== undefined) return;
  const chosen = textAt(claim, 'spec', 'volumeName');
  const existing = chosen === '' ? matchingVolume(api, claim) : api.store.get(VOLUMES, '', chosen);
  const volume = existing ?? (chosen === '' ? provision(api, claim) : undefined);
  if (volume) join(api, claim, volume);
}

/** A volume an administrator made for claims of this class (or for this very claim). */
function matchingVolume(api: Api, claim: KubeObject): KubeObject | undefined {
  const { namespace = '', name } = claim.metadata;
  return api.store.list(VOLUMES).find((volume) => {
    const reserved = objectAt(volume, 'spec', 'claimRef');
    if (Object.keys(reserved).length > 0) return reserved['namespace'] === namespace && reserved['name'] === name;
    const sameClass = textAt(volume, 'spec', 'storageClassName') === textAt(claim, 'spec', 'storageClassName');
    return sameClass && textAt(volume, 'status', 'phase') === 'Available';
  });
}

function provision(api: Api, claim: KubeObject): KubeObject | undefined {
  const storageClass = api.store.get(CLASSES, '', textAt(claim, 'spec', 'storageClassName'));
  if (!storageClass) return undefined;
  if (storageClass['volumeBindingMode'] === 'WaitForFirstConsumer' && !isWanted(api, claim)) return undefined;
  const { namespace = '', name, uid = '' } = claim.metadata;
  return createObject(api, api.registry.builtIn(VOLUMES), '', {
    metadata: {
      name: `pvc-${uid}`,
      annotations: { 'pv.kubernetes.io/provisioned-by': textAt(storageClass, 'provisioner') },
    },
    spec: {
      capacity: { storage: at(claim, 'spec', 'resources', 'requests', 'storage') ?? '0' },
      accessModes: at(claim, 'spec', 'accessModes') ?? [],
      storageClassName: storageClass.metadata.name,
      persistentVolumeReclaimPolicy: textAt(storageClass, 'reclaimPolicy') || 'Delete',
      volumeMode: textAt(claim, 'spec', 'volumeMode') || 'Filesystem',
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
      // Where the bytes are is the kubelet's affair: it keeps claims in folders by their names.
      local: { path: `/volumes/${namespace}/${name}` },
    },
  });
}

function isWanted(api: Api, claim: KubeObject): boolean {
  const pods = api.store.list('pods', claim.metadata.namespace);
  return pods.some(
    (pod) => pod.metadata.deletionTimestamp === undefined && claimsOf(pod).includes(claim.metadata.name),
  );
}

function join(api: Api, claim: KubeObject, volume: KubeObject): void {
  const { namespace = '', name, uid = '' } = claim.metadata;
  const bound = clone(volume);
  ensureObject(bound, 'spec')['claimRef'] = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid };
  ensureObject(bound, 'status')['phase'] = 'Bound';
  api.store.put(VOLUMES, bound);
  const owner = clone(claim);
  ensureObject(owner, 'spec')['volumeName'] = volume.metadata.name;
  owner.metadata.annotations = { ...owner.metadata.annotations, 'pv.kubernetes.io/bind-completed': 'yes' };
  owner['status'] = {
    phase: 'Bound',
    accessModes: at(volume, 'spec', 'accessModes') ?? [],
    capacity: objectAt(volume, 'spec', 'capacity'),
  };
  api.store.put(CLAIMS, owner);
}

/** The volume of a claim that is gone: deleted with it, or kept and marked. */
function reclaim(api: Api, namespace: string, name: string): void {
  for (const volume of api.store.list(VOLUMES)) {
    const claim = objectAt(volume, 'spec', 'claimRef');
    if (claim['namespace'] !== namespace || claim['name'] !== name || textAt(volume, 'status', 'phase') !== 'Bound')
      continue;
    if (textAt(volume, 'spec', 'persistentVolumeReclaimPolicy') === 'Delete') {
      deleteObject(api, api.registry.builtIn(VOLUMES), '', volume.metadata.name);
      continue;
    }
    const released = clone(volume);
    ensureObject(released, 'status')['phase'] = 'Released';
    api.store.put(VOLUMES, released);
  }
}
