import type { Api } from '../api.ts';
import { CLEANUP_FINALIZER } from '../crd/definition-rules.ts';
import { clone } from '../json.ts';
import { deleteObject } from '../verbs/delete.ts';
import { isGone } from '../verbs/update.ts';
import type { Controller } from './controller.ts';

const DEFINITIONS = 'customresourcedefinitions.apiextensions.k8s.io';

/** A deleted definition takes its custom resources with it and goes after the last of them. */
export function definitionController(api: Api): Controller {
  const definitions = api.registry.builtIn(DEFINITIONS);
  return {
    name: 'definitions',
    keysFor: ({ shelf, object, type }) => {
      if (shelf === DEFINITIONS) return [object.metadata.name];
      return type === 'DELETED' && api.store.get(DEFINITIONS, '', shelf) ? [shelf] : [];
    },
    look: (name) => {
      const definition = api.store.get(DEFINITIONS, '', name);
      if (definition?.metadata.deletionTimestamp === undefined) return;
      const resource = api.registry.onShelf(name);
      for (const { metadata } of resource ? api.store.list(name) : []) {
        if (!resource || metadata.deletionTimestamp !== undefined) continue;
        deleteObject(api, resource, metadata.namespace ?? '', metadata.name);
      }
      if (api.store.list(name).length > 0) return;
      const released = clone(definition);
      released.metadata.finalizers = (released.metadata.finalizers ?? []).filter((each) => each !== CLEANUP_FINALIZER);
      if (isGone(released, definitions)) api.store.remove(DEFINITIONS, released);
      else api.store.put(DEFINITIONS, released);
    },
  };
}
