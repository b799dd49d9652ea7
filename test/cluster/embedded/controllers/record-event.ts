import { randomBytes } from 'node:crypto';
import type { Api } from '../api.ts';
import { timestamp } from '../kube-object.ts';
import type { KubeObject } from '../kube-object.ts';
import { createObject } from '../verbs/create.ts';

/** What happened, in the words `kubectl describe` shows. */
export interface Happening {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** Writes an Event about an object; a namespace that is going away gets none. */
export function recordEvent(api: Api, component: string, about: KubeObject, what: Happening): void {
  const { namespace = 'default', name, uid = '', resourceVersion = '' } = about.metadata;
  const namespaceNow = api.store.get('namespaces', '', namespace);
  if (!namespaceNow || namespaceNow.metadata.deletionTimestamp !== undefined) return;
  const now = timestamp(api.now());
  createObject(api, api.registry.builtIn('events'), namespace, {
    metadata: { name: `${name}.${randomBytes(8).toString('hex')}` },
    involvedObject: { apiVersion: about.apiVersion, kind: about.kind, namespace, name, uid, resourceVersion },
    ...what,
    source: { component },
    reportingComponent: component,
    reportingInstance: '',
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  });
}
