import type { Api } from '../api.ts';
import { createObject } from '../verbs/create.ts';
import type { Controller } from './controller.ts';

/** Every namespace has a ServiceAccount `default`. */
export function serviceAccountController(api: Api): Controller {
  const accounts = api.registry.builtIn('serviceaccounts');
  return {
    name: 'service-accounts',
    keysFor: ({ shelf, object }) => {
      if (shelf === 'namespaces') return [object.metadata.name];
      const isDefault = shelf === 'serviceaccounts' && object.metadata.name === 'default';
      return isDefault ? [object.metadata.namespace ?? ''] : [];
    },
    look: (name) => {
      const namespace = api.store.get('namespaces', '', name);
      if (!namespace || namespace.metadata.deletionTimestamp !== undefined) return;
      if (api.store.get('serviceaccounts', name, 'default')) return;
      createObject(api, accounts, name, { metadata: { name: 'default' } });
    },
  };
}
