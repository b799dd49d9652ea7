import type { Cause } from '../api-error.ts';
import type { Schema } from '../crd/schema.ts';
import type { Json } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';

/** One column of a table as `kubectl get` prints it; priority 1 shows with `-o wide` only. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  readonly priority?: number;
  readonly description?: string;
  readonly cell: (object: KubeObject, now: Date) => Json;
}

/** What a kind adds to the ordinary life of an object. Objects given here may be changed in place. */
export interface Rules {
  /** Fills in what the real server would, at each write of the main resource. */
  readonly defaults?: (object: KubeObject) => void;
  /** Sets what only a new object gets (first status, generated fields); uid and times are already there. */
  readonly onCreate?: (object: KubeObject) => void;
  /** Findings about the object, or about the change when `old` is given. */
  readonly validate?: (object: KubeObject, old?: KubeObject) => Cause[];
  /** Fields that field selectors may name, besides metadata.name and metadata.namespace. */
  readonly fields?: { readonly [field: string]: (object: KubeObject) => string };
}

/** One kind in one version, as it is served. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** `<plural>.<group>`: where objects of all versions are stored. */
  readonly shelf: string;
  readonly hasStatus: boolean;
  /** Further subresources, for discovery. */
  readonly subresources: readonly string[];
  /** True when `metadata.generation` counts changes of the spec. */
  readonly hasGeneration: boolean;
  readonly columns: readonly Column[];
  readonly rules: Rules;
  /** Present for custom resources: they are pruned, defaulted and validated by it. */
  readonly schema?: Schema;
}

/** Group and version as they stand in `apiVersion`. */
export function apiVersionOf(resource: { readonly group: string; readonly version: string }): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** What differs from an ordinary namespaced kind; everything else has a default. */
export type ResourceInit = Pick<Resource, 'group' | 'kind' | 'plural'> & Partial<Omit<Resource, 'shelf'>>;

/** Completes the description of a built-in kind. */
export function defineResource(init: ResourceInit): Resource {
  return {
    version: 'v1',
    singular: init.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    namespaced: true,
    hasStatus: false,
    subresources: [],
    hasGeneration: false,
    columns: [],
    rules: {},
    ...init,
    shelf: shelfOf(init.plural, init.group),
  };
}

/** The shelf of a plural and a group: `pods`, `jobs.batch`. */
export function shelfOf(plural: string, group: string): string {
  return group === '' ? plural : `${plural}.${group}`;
}
