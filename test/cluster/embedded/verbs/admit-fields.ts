import { badRequest, invalid } from '../api-error.ts';
import type { WriteOptions } from '../api.ts';
import { applyDefaults } from '../crd/apply-defaults.ts';
import { prune } from '../crd/prune.ts';
import { validate } from '../crd/validate.ts';
import { removeUnknownFields } from '../fields/unknown-fields.ts';
import { withoutNulls } from '../json.ts';
import type { JsonObject } from '../json.ts';
import type { KubeObject, ObjectMeta } from '../kube-object.ts';
import { validateMetadata } from './metadata.ts';
import type { Resource } from '../resources/resource.ts';

/**
 * Removes what the kind does not know and fills in its defaults, in place. Unknown fields refuse the request when
 * validation is strict; `refuse` makes the error, since a patch words it differently.
 */
export function admitFields(
  resource: Resource,
  object: KubeObject,
  options: WriteOptions,
  refuse: (findings: string) => Error = (findings) => decodingError(resource, findings),
): void {
  object.metadata = withoutNulls(object.metadata) as ObjectMeta;
  if (!resource.schema) {
    replaceMembers(object, withoutNulls(object) as JsonObject);
    const unknown = removeUnknownFields(resource.kind, object);
    if (unknown.length > 0) tellUnknown(unknown, options, refuse);
    resource.rules.defaults?.(object);
    return;
  }
  const unknown = [...unknownMetadata(object), ...prune(object, resource.schema)];
  if (unknown.length > 0) tellUnknown(unknown, options, refuse);
  applyDefaults(object, resource.schema);
}

function replaceMembers(object: KubeObject, members: JsonObject): void {
  for (const name of Object.keys(object)) delete object[name];
  Object.assign(object, members);
}

const METADATA = new Set([
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
]);

function unknownMetadata(object: KubeObject): string[] {
  const unknown = Object.keys(object.metadata).filter((name) => !METADATA.has(name));
  for (const name of unknown) delete object.metadata[name];
  return unknown.map((name) => `metadata.${name}`);
}

function tellUnknown(unknown: readonly string[], options: WriteOptions, refuse: (findings: string) => Error): void {
  const findings = unknown.map((path) => `unknown field "${path}"`);
  if (options.fieldValidation === 'Strict') throw refuse(`strict decoding error: ${findings.join(', ')}`);
  if (options.fieldValidation !== 'Ignore') for (const finding of findings) options.warn?.(finding);
}

function decodingError(resource: Resource, findings: string): Error {
  return badRequest(
    `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: ${findings}`,
  );
}

/** Refuses an object whose metadata or content breaks a rule, with every finding at once. */
export function assertValid(resource: Resource, object: KubeObject, old?: KubeObject): void {
  const causes = [
    ...validateMetadata(resource, object, old),
    ...(resource.schema ? validate(object, resource.schema) : []),
    ...(resource.rules.validate?.(object, old) ?? []),
  ];
  if (causes.length > 0) throw invalid(resource, object.metadata.name, causes);
}
