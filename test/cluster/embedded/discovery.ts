import type { Json, JsonObject } from './json.ts';
import type { Registry } from './registry.ts';
import { apiVersionOf } from './resources/resource.ts';
import type { Resource } from './resources/resource.ts';

/** What `/version` says. kubectl compares its own version with this one. */
export const VERSION = {
  major: '1',
  minor: '32',
  gitVersion: 'v1.32.0+holdfast.embedded',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: '',
  compiler: 'node',
  platform: `${process.platform}/${process.arch}`,
} as const;

/** Answers the discovery paths, or `undefined` when the path is none. Aggregated discovery is not offered: clients fall back. */
export function discover(registry: Registry, path: readonly string[]): Json | undefined {
  const [root, group, version, ...more] = path;
  if (more.length > 0) return undefined;
  if (root === 'version' && group === undefined) return { ...VERSION };
  if (root === 'api' && group === undefined) return apiVersions();
  if (root === 'api' && version === undefined) return group === 'v1' ? resourceList(registry, '', 'v1') : undefined;
  if (root !== 'apis') return undefined;
  if (group === undefined)
    return {
      kind: 'APIGroupList',
      apiVersion: 'v1',
      groups: groupNames(registry).map((each) => apiGroup(registry, each)),
    };
  if (!groupNames(registry).includes(group)) return undefined;
  if (version === undefined) return { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(registry, group) };
  return versionsOf(registry, group).includes(version) ? resourceList(registry, group, version) : undefined;
}

function apiVersions(): JsonObject {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
}

function groupNames(registry: Registry): string[] {
  return [...new Set(registry.all().map((resource) => resource.group))].filter((group) => group !== '');
}

function versionsOf(registry: Registry, group: string): string[] {
  return [
    ...new Set(
      registry
        .all()
        .filter((each) => each.group === group)
        .map((each) => each.version),
    ),
  ];
}

function apiGroup(registry: Registry, name: string): JsonObject {
  const versions = versionsOf(registry, name).map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions, preferredVersion: versions[0] ?? {} };
}

function resourceList(registry: Registry, group: string, version: string): JsonObject {
  const served = registry.all().filter((each) => each.group === group && each.version === version);
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf({ group, version }),
    resources: served.flatMap(entries),
  };
}

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

function entries(resource: Resource): JsonObject[] {
  const { kind, namespaced, plural } = resource;
  const main: JsonObject = {
    name: plural,
    singularName: resource.singular,
    namespaced,
    kind,
    verbs: VERBS,
    ...(resource.shortNames.length > 0 ? { shortNames: [...resource.shortNames] } : {}),
    ...(resource.categories.length > 0 ? { categories: [...resource.categories] } : {}),
  };
  const parts = [...(resource.hasStatus ? ['status'] : []), ...resource.subresources];
  return [main, ...parts.map((part) => subresource(resource, part))];
}

function subresource(resource: Resource, part: string): JsonObject {
  const known = SUBRESOURCES[part];
  return {
    name: `${resource.plural}/${part}`,
    singularName: '',
    namespaced: resource.namespaced,
    kind: known?.kind ?? resource.kind,
    verbs: known?.verbs ?? ['get', 'patch', 'update'],
    ...(known?.group === undefined ? {} : { group: known.group, version: 'v1' }),
  };
}

const SUBRESOURCES: {
  readonly [part: string]: { readonly kind?: string; readonly group?: string; readonly verbs: string[] };
} = {
  log: { verbs: ['get'] },
  exec: { kind: 'PodExecOptions', verbs: ['create', 'get'] },
  attach: { kind: 'PodAttachOptions', verbs: ['create', 'get'] },
  portforward: { kind: 'PodPortForwardOptions', verbs: ['create', 'get'] },
  eviction: { kind: 'Eviction', group: 'policy', verbs: ['create'] },
  binding: { kind: 'Binding', verbs: ['create'] },
  finalize: { verbs: ['update'] },
};
