import type { Api } from '../api.ts';
import { objectAt, objectsAt, textAt } from '../json.ts';
import { createObject } from '../verbs/create.ts';
import type { Controller } from './controller.ts';
import { keyOf, splitKey } from './controller.ts';

/** A generic ephemeral volume gets a claim `<pod>-<volume>` that belongs to its pod. */
export function ephemeralVolumeController(api: Api): Controller {
  const claims = api.registry.builtIn('persistentvolumeclaims');
  return {
    name: 'ephemeral-volumes',
    keysFor: ({ shelf, type, object }) =>
      shelf === 'pods' && type === 'ADDED' ? [keyOf(object.metadata.namespace, object.metadata.name)] : [],
    look: (key) => {
      const [namespace, name] = splitKey(key);
      const pod = api.store.get('pods', namespace, name);
      if (!pod || pod.metadata.deletionTimestamp !== undefined) return;
      for (const volume of objectsAt(pod, 'spec', 'volumes')) {
        const template = objectAt(volume, 'ephemeral', 'volumeClaimTemplate');
        const claim = `${name}-${textAt(volume, 'name')}`;
        if (Object.keys(template).length === 0 || api.store.get('persistentvolumeclaims', namespace, claim)) continue;
        const owner = {
          apiVersion: 'v1',
          kind: 'Pod',
          name,
          uid: pod.metadata.uid ?? '',
          controller: true,
          blockOwnerDeletion: true,
        };
        const metadata = { ...objectAt(template, 'metadata'), name: claim, ownerReferences: [owner] };
        createObject(api, claims, namespace, { metadata, spec: objectAt(template, 'spec') });
      }
    },
  };
}
