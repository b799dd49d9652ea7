import { createHash } from 'node:crypto';
import type { Kube } from './kube.ts';
import type { KubeObject } from './objects.ts';
import { resources } from './resources.ts';

/** The component that `kubectl describe` shows beside our Events. */
export const eventComponent = 'holdfast';

export interface EventNote {
  readonly type: 'Normal' | 'Warning';
  /** One word of the reason catalogue. */
  readonly reason: string;
  /** One sentence; cut to the 1,024 characters that Kubernetes allows. */
  readonly message: string;
  /** Names the transition: with the object's UID it names exactly one Event. */
  readonly id: string;
}

/** Records a transition once: telling it again makes no second Event for as long as the server keeps the first. */
export async function recordEvent(
  kube: Kube,
  about: KubeObject,
  note: EventNote,
  options: { readonly now: Date; readonly signal?: AbortSignal },
): Promise<'recorded' | 'exists'> {
  const { namespace = 'default', name, uid, resourceVersion } = about.metadata;
  const time = options.now.toISOString().replace(/\.\d+Z$/, 'Z');
  const draft = {
    metadata: { namespace, name: eventName(name, uid, note.id) },
    involvedObject: {
      apiVersion: about.apiVersion,
      kind: about.kind,
      namespace: about.metadata.namespace,
      name,
      uid,
      resourceVersion,
    },
    type: note.type,
    reason: note.reason,
    message: note.message.length > 1024 ? `${note.message.slice(0, 1023)}…` : note.message,
    source: { component: eventComponent },
    reportingComponent: eventComponent,
    reportingInstance: eventComponent,
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
  const { created } = await kube.create(resources.events, draft, options.signal);
  return created ? 'recorded' : 'exists';
}

function eventName(name: string, uid: string, id: string): string {
  const hash = createHash('sha256').update(`${uid}\n${id}`).digest('hex').slice(0, 16);
  return `${name.slice(0, 200)}.${hash}`;
}
