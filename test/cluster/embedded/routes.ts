import { noSuchPath } from './api-error.ts';
import type { Registry } from './registry.ts';
import type { Resource } from './resources/resource.ts';

/** What a path below /api or /apis names: a collection, an object, or a part of one. */
export interface Route {
  readonly resource: Resource;
  /** Empty for cluster-wide kinds, and for lists over all namespaces. */
  readonly namespace: string;
  readonly name?: string;
  readonly subresource?: string;
}

/** Parses `/api/v1/namespaces/N/pods/P/log` and its like. Throws 404 for kinds nobody serves. */
export function parseRoute(registry: Registry, path: readonly string[]): Route {
  const [root, ...rest] = path;
  const [group, version, ...tail] = root === 'api' ? ['', ...rest] : rest;
  if (group === undefined || version === undefined) throw noSuchPath();
  const { namespace, plural, name, subresource } = splitTail(tail);
  const resource = registry.find(group, version, plural ?? '');
  if (!resource || (namespace !== '' && !resource.namespaced)) throw noSuchPath();
  if (name !== undefined && resource.namespaced && namespace === '') throw noSuchPath();
  return {
    resource,
    namespace,
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

interface Tail {
  readonly namespace: string;
  readonly plural: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** `namespaces/N/status` is a part of a namespace, `namespaces/N/pods` a collection inside it. */
function splitTail(tail: readonly string[]): Tail {
  const [first, second, third, ...others] = tail;
  const isNamespaceItself = first !== 'namespaces' || third === undefined || third === 'status' || third === 'finalize';
  if (isNamespaceItself) return tailOf('', tail);
  return tailOf(second ?? '', [third, ...others]);
}

function tailOf(namespace: string, [plural, name, subresource, ...more]: readonly string[]): Tail {
  if (more.length > 0) throw noSuchPath();
  return { namespace, plural, name, subresource };
}
