import { badRequest, expired } from '../api-error.ts';
import type { Api } from '../api.ts';
import { isObject, numberAt, textAt } from '../json.ts';
import type { Json } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import type { Resource } from '../resources/resource.ts';
import { compileSelection } from './select.ts';
import type { Selection } from './select.ts';
import { inVersion } from './update.ts';

/** One page of a list. */
export interface Page {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** What pages a list is asked for. */
export interface Paging {
  readonly limit: number;
  readonly continue: string;
}

/**
 * Lists in key order. Later pages keep the first page's resourceVersion, so that a watch from there misses nothing;
 * a token older than the remembered history is 410.
 */
export function listObjects(
  api: Api,
  resource: Resource,
  selection: Selection,
  paging: Paging = { limit: 0, continue: '' },
): Page {
  const selects = compileSelection(resource, selection);
  const start = paging.continue === '' ? undefined : parseToken(paging.continue);
  if (start && api.store.since(start.revision) === undefined) {
    throw expired(
      'The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.',
    );
  }
  const revision = start?.revision ?? api.store.revision;
  const all = api.store.list(resource.shelf, selection.namespace).filter(selects);
  const rest = start ? all.filter((object) => keyOf(object) > start.after) : all;
  const items = paging.limit > 0 ? rest.slice(0, paging.limit) : rest;
  const last = items.at(-1);
  const page = { items: items.map((object) => inVersion(resource, object)), resourceVersion: String(revision) };
  if (items.length === rest.length || !last) return page;
  const narrowed = selection.labelSelector !== '' || selection.fieldSelector !== '';
  return {
    ...page,
    continue: token(revision, keyOf(last)),
    ...(narrowed ? {} : { remainingItemCount: rest.length - items.length }),
  };
}

function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

function token(revision: number, after: string): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, after })).toString('base64url');
}

function parseToken(text: string): { readonly revision: number; readonly after: string } {
  const value = parseJson(Buffer.from(text, 'base64url').toString('utf8'));
  const revision = numberAt(value, 'rv');
  if (!isObject(value) || revision === undefined) throw badRequest('continue key is not valid');
  return { revision, after: textAt(value, 'after') };
}

function parseJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw badRequest('continue key is not valid');
  }
}
