import type { JsonObject } from './json.ts';
import type { Registry } from './registry.ts';
import { apiVersionOf } from './resources/resource.ts';
import type { Resource } from './resources/resource.ts';

/** The body and type of an OpenAPI answer. */
export interface OpenApiAnswer {
  readonly contentType: string;
  readonly body: string;
}

/**
 * Answers `/openapi/v2`, `/openapi/v3` and `/openapi/v3/<group version>`, or `undefined` for other paths.
 *
 * kubectl asks two things here: may the server be trusted with `fieldValidation` and `dryRun` (a PATCH operation of
 * the kind that has these parameters, in v3), and what do the kinds look like (definitions in v2, which old versions
 * read as protobuf and skip when a kind is not in it). So v3 has operations without schemas, and v2 has no definitions.
 */
export function openApi(registry: Registry, path: readonly string[], accept: string): OpenApiAnswer | undefined {
  const [root, version, ...rest] = path;
  if (root !== 'openapi') return undefined;
  if (version === 'v2' && rest.length === 0) return documentV2(accept);
  if (version !== 'v3') return undefined;
  const groupVersion = rest.join('/');
  if (groupVersion === '') return json(indexV3(registry));
  const served = registry.all().filter((each) => prefixOf(each) === groupVersion);
  return served.length === 0 ? undefined : json(documentV3(served));
}

/** An empty message is a valid protobuf document without definitions; its type is named without the `@`, which Go's parser refuses. */
function documentV2(accept: string): OpenApiAnswer {
  const wanted = accept.split(',', 1)[0]?.trim() ?? '';
  if (wanted.includes('protobuf')) return { contentType: wanted.replace('@', '.'), body: '' };
  return json({ swagger: '2.0', info: INFO, paths: {}, definitions: {} });
}

const INFO = { title: 'Kubernetes', version: 'v1.32.0' };

function indexV3(registry: Registry): JsonObject {
  const prefixes = [...new Set(registry.all().map(prefixOf))];
  return {
    paths: Object.fromEntries(prefixes.map((prefix) => [prefix, { serverRelativeURL: `/openapi/v3/${prefix}` }])),
  };
}

function documentV3(served: readonly Resource[]): JsonObject {
  return { openapi: '3.0.0', info: INFO, paths: Object.fromEntries(served.map(pathOf)) };
}

function pathOf(resource: Resource): [string, JsonObject] {
  const place = resource.namespaced ? 'namespaces/{namespace}/' : '';
  const { group, version, kind } = resource;
  const operation: JsonObject = {
    parameters: ['dryRun', 'fieldValidation', 'fieldManager'].map((name) => ({
      name,
      in: 'query',
      schema: { type: 'string' },
    })),
    responses: { 200: { description: 'OK' } },
    'x-kubernetes-action': 'patch',
    'x-kubernetes-group-version-kind': { group, version, kind },
  };
  return [`/${prefixOf(resource)}/${place}${resource.plural}/{name}`, { patch: operation }];
}

function prefixOf(resource: Resource): string {
  return `${resource.group === '' ? 'api' : 'apis'}/${apiVersionOf(resource)}`;
}

function json(value: JsonObject): OpenApiAnswer {
  return { contentType: 'application/json', body: JSON.stringify(value) };
}
