import type { Api } from '../api.ts';
import { clone, ensureObject } from '../json.ts';
import { deleteObject } from '../verbs/delete.ts';
import { isGone } from '../verbs/update.ts';
import type { Controller } from './controller.ts';

/** A deleted namespace goes when everything in it has gone. */
export function namespaceController(api: Api): Controller {
  const namespaces = api.registry.builtIn('namespaces');
  return {
    name: 'namespaces',
    keysFor: ({ shelf, object, type }) => {
      if (shelf === 'namespaces') return [object.metadata.name];
      return type === 'DELETED' && object.metadata.namespace !== undefined ? [object.metadata.namespace] : [];
    },
    look: (name) => {
      const namespace = api.store.get('namespaces', '', name);
      if (namespace?.metadata.deletionTimestamp === undefined) return;
      if (!emptied(api, name)) return;
      const released = clone(namespace);
      delete ensureObject(released, 'spec')['finalizers'];
      if (isGone(released, namespaces)) api.store.remove('namespaces', released);
      else api.store.put('namespaces', released);
    },
  };
}

/** Deletes what is not yet being deleted; true when nothing is left. */
function emptied(api: Api, namespace: string): boolean {
  for (const shelf of api.store.shelves()) {
    const resource = api.registry.onShelf(shelf);
    if (!resource?.namespaced) continue;
    for (const { metadata } of api.store.list(shelf, namespace)) {
      if (metadata.deletionTimestamp !== undefined) continue;
      deleteObject(api, resource, namespace, metadata.name, { propagationPolicy: 'Background' });
    }
  }
  return api.store.shelves().every((shelf) => api.store.list(shelf, namespace).length === 0);
}
