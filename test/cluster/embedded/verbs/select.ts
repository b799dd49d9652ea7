import { textAt } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import { parseFieldSelector, parseLabelSelector } from '../selectors.ts';
import type { Resource } from '../resources/resource.ts';

/** Decides whether an object belongs to what a list or watch asked for. */
export type Selects = (object: KubeObject) => boolean;

/** What a request narrows a list to. */
export interface Selection {
  readonly namespace: string;
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** Set by a watch of one object. */
  readonly name?: string;
}

/** Compiles the selectors of a request. Throws 400 for one we do not understand. */
export function compileSelection(resource: Resource, selection: Selection): Selects {
  const fields = { ...COMMON_FIELDS, ...resource.rules.fields };
  const byLabels = parseLabelSelector(selection.labelSelector);
  const byFields = parseFieldSelector(selection.fieldSelector, Object.keys(fields));
  return (object) => {
    const { namespace = '', name, labels = {} } = object.metadata;
    if (selection.namespace !== '' && selection.namespace !== namespace) return false;
    if (selection.name !== undefined && selection.name !== name) return false;
    if (!byLabels(labels)) return false;
    if (selection.fieldSelector === '') return true;
    return byFields(Object.fromEntries(Object.entries(fields).map(([field, read]) => [field, read(object)])));
  };
}

const COMMON_FIELDS = {
  'metadata.name': (object: KubeObject) => object.metadata.name,
  'metadata.namespace': (object: KubeObject) => textAt(object, 'metadata', 'namespace'),
};
