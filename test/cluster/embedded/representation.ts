import { ApiError } from './api-error.ts';
import type { JsonObject } from './json.ts';
import type { KubeObject } from './kube-object.ts';
import type { ApiRequest } from './request.ts';
import { apiVersionOf } from './resources/resource.ts';
import type { Resource } from './resources/resource.ts';
import { toPartial, toTable } from './tables/table.ts';
import type { RowObject } from './tables/table.ts';
import type { Page } from './verbs/list.ts';

/** The shape in which a client wants to read objects. */
export type Shape = 'object' | 'table' | 'partial';

/** How objects are shown to one client. */
export interface Representation {
  readonly shape: Shape;
  readonly rowObject: RowObject;
}

/** Chooses the first shape of the Accept header that we speak; 406 when there is none. */
export function negotiate(request: ApiRequest): Representation {
  const rowObject = rowObjectOf(request.query.get('includeObject') ?? '');
  for (const range of request.accept.split(',').map((each) => each.trim())) {
    const [type = '', ...parameters] = range.split(';').map((each) => each.trim());
    if (!['', '*/*', 'application/*', 'application/json'].includes(type)) continue;
    const as = parameters.find((each) => each.startsWith('as='))?.slice('as='.length);
    if (as === undefined) return { shape: 'object', rowObject };
    if (!parameters.includes('v=v1')) continue;
    if (as === 'Table') return { shape: 'table', rowObject };
    if (as.startsWith('PartialObjectMetadata')) return { shape: 'partial', rowObject };
  }
  const message =
    'only the following media types are accepted: application/json, application/json;as=Table;v=v1;g=meta.k8s.io';
  throw new ApiError(406, 'NotAcceptable', message);
}

function rowObjectOf(text: string): RowObject {
  return text === 'Object' || text === 'None' ? text : 'Metadata';
}

/** One object in the wanted shape. */
export function represent(resource: Resource, object: KubeObject, how: Representation, now: Date): JsonObject {
  if (how.shape === 'object') return object;
  if (how.shape === 'partial') return toPartial(object);
  const metadata = { resourceVersion: object.metadata.resourceVersion ?? '' };
  return toTable(resource, [object], { now, metadata, rowObject: how.rowObject });
}

/** A page of a list in the wanted shape. */
export function representList(resource: Resource, page: Page, how: Representation, now: Date): JsonObject {
  const { items, ...rest } = page;
  const metadata: JsonObject = { ...rest };
  if (how.shape === 'table') return toTable(resource, items, { now, metadata, rowObject: how.rowObject });
  if (how.shape === 'partial') {
    return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items: items.map(toPartial) };
  }
  return { kind: `${resource.kind}List`, apiVersion: apiVersionOf(resource), metadata, items: [...items] };
}
