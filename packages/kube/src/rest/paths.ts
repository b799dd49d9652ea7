import type { ListOptions, ObjectKey } from '../kube.ts';
import type { ResourceType } from '../resources.ts';

/** Path of a collection: of one namespace, or of all. */
export function collectionPath(type: ResourceType, namespace: string | undefined): string {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  const scope = type.namespaced && namespace !== undefined ? `/namespaces/${segment(namespace)}` : '';
  return `${root}${scope}/${type.plural}`;
}

/** Path of one object. A key without the namespace that its kind needs is a programming error. */
export function objectPath(type: ResourceType, key: ObjectKey, subresource?: string): string {
  if (type.namespaced && !key.namespace) throw new TypeError(`${type.kind} "${key.name}" needs a namespace`);
  const path = `${collectionPath(type, key.namespace)}/${segment(key.name)}`;
  return subresource ? `${path}/${subresource}` : path;
}

export function selectionQuery(options: Pick<ListOptions, 'labelSelector' | 'fieldSelector'>): Record<string, string> {
  return {
    ...(options.labelSelector && { labelSelector: options.labelSelector }),
    ...(options.fieldSelector && { fieldSelector: options.fieldSelector }),
  };
}

export function withQuery(path: string, query: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? path : `${path}?${text}`;
}

/** A name is one step of the path, whatever it holds; an empty or dotted one would be another path. */
function segment(name: string): string {
  if (name === '' || name === '.' || name === '..') throw new TypeError(`"${name}" is no name of an object`);
  return encodeURIComponent(name);
}
