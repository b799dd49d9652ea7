import { invalidValue, requiredValue } from '../api-error.ts';
import type { Cause } from '../api-error.ts';
import { at, ensureObject, fill, objectAt, objectsAt, textAt } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import type { Rules } from '../resources/resource.ts';

/** Holds a definition until the controller has removed its custom resources. */
export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

/** A definition is established as soon as it is stored: nothing here has to catch up. */
export const DEFINITION_RULES: Rules = {
  defaults: (object) => {
    const spec = ensureObject(object, 'spec');
    fill(spec, { conversion: { strategy: 'None' } });
    const names = ensureObject(spec, 'names');
    const kind = textAt(names, 'kind');
    fill(names, { singular: kind.toLowerCase(), listKind: `${kind}List` });
  },
  onCreate: (object) => {
    object.metadata.finalizers = [...new Set([...(object.metadata.finalizers ?? []), CLEANUP_FINALIZER])];
    const created = object.metadata.creationTimestamp ?? '';
    const storage = objectsAt(object, 'spec', 'versions').find((version) => version['storage'] === true);
    object['status'] = {
      conditions: [
        condition('NamesAccepted', 'NoConflicts', 'no conflicts found', created),
        condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted', created),
      ],
      acceptedNames: objectAt(object, 'spec', 'names'),
      storedVersions: [textAt(storage, 'name')],
    };
  },
  validate: validateDefinition,
};

function condition(
  type: string,
  reason: string,
  message: string,
  lastTransitionTime: string,
): { [name: string]: string } {
  return { type, status: 'True', reason, message, lastTransitionTime };
}

function validateDefinition(object: KubeObject): Cause[] {
  const causes: Cause[] = [];
  const spec = objectAt(object, 'spec');
  const wanted = `${textAt(spec, 'names', 'plural')}.${textAt(spec, 'group')}`;
  if (object.metadata.name !== wanted) {
    causes.push(invalidValue('metadata.name', object.metadata.name, 'must be spec.names.plural+"."+spec.group'));
  }
  if (textAt(spec, 'group') === '') causes.push(requiredValue('spec.group'));
  if (textAt(spec, 'names', 'kind') === '') causes.push(requiredValue('spec.names.kind'));
  if (!['Namespaced', 'Cluster'].includes(textAt(spec, 'scope'))) causes.push(requiredValue('spec.scope'));
  const versions = objectsAt(spec, 'versions');
  if (versions.filter((version) => version['storage'] === true).length !== 1) {
    causes.push(invalidValue('spec.versions', versions, 'must have exactly one version marked as storage version'));
  }
  versions.forEach((version, index) => {
    if (at(version, 'schema', 'openAPIV3Schema') === undefined) {
      causes.push(requiredValue(`spec.versions[${index}].schema.openAPIV3Schema`, 'schemas are required'));
    }
  });
  return causes;
}
