import { forbiddenValue, invalidValue } from '../api-error.ts';
import type { Cause } from '../api-error.ts';
import type { KubeObject } from '../kube-object.ts';
import type { Resource } from '../resources/resource.ts';

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const QUALIFIED = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

/** RBAC names may be any path segment (`system:node`). */
const FREE_NAMES = 'rbac.authorization.k8s.io';

/** Findings about name, labels, annotations and finalizers. */
export function validateMetadata(resource: Resource, object: KubeObject, old?: KubeObject): Cause[] {
  return [
    ...validateName(resource, object.metadata.name),
    ...validateLabels(object.metadata.labels ?? {}),
    ...validateAnnotations(object.metadata.annotations ?? {}),
    ...(old ? validateFinalizers(object, old) : []),
  ];
}

function validateName(resource: Resource, name: string): Cause[] {
  if (resource.group === FREE_NAMES)
    return /[/%]/.test(name) ? [invalidValue('metadata.name', name, "may not contain '/'")] : [];
  const isLabel = resource.plural === 'namespaces' || resource.plural === 'services';
  const longest = isLabel ? 63 : 253;
  if (name.length > longest) return [invalidValue('metadata.name', name, `must be no more than ${longest} bytes`)];
  if ((isLabel ? LABEL : SUBDOMAIN).test(name)) return [];
  return [invalidValue('metadata.name', name, isLabel ? LABEL_WORDS : SUBDOMAIN_WORDS)];
}

const LABEL_WORDS =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN_WORDS =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

function validateLabels(labels: { readonly [name: string]: string }): Cause[] {
  const causes: Cause[] = [];
  for (const [name, value] of Object.entries(labels)) {
    if (!isQualified(name)) causes.push(invalidValue('metadata.labels', name, NAME_WORDS));
    if (typeof value !== 'string') causes.push(invalidValue('metadata.labels', value, 'must be a string'));
    else if (value.length > 63) causes.push(invalidValue('metadata.labels', value, 'must be no more than 63 bytes'));
    else if (value !== '' && !QUALIFIED.test(value)) causes.push(invalidValue('metadata.labels', value, VALUE_WORDS));
  }
  return causes;
}

const NAME_WORDS =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE_WORDS =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

function validateAnnotations(annotations: { readonly [name: string]: string }): Cause[] {
  const causes: Cause[] = [];
  for (const [name, value] of Object.entries(annotations)) {
    if (!isQualified(name)) causes.push(invalidValue('metadata.annotations', name, NAME_WORDS));
    if (typeof value !== 'string') causes.push(invalidValue('metadata.annotations', value, 'must be a string'));
  }
  return causes;
}

function isQualified(name: string): boolean {
  const parts = name.split('/');
  const own = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? parts[0] : undefined;
  if (parts.length > 2 || own.length > 63 || !QUALIFIED.test(own)) return false;
  return prefix === undefined || (prefix.length <= 253 && SUBDOMAIN.test(prefix));
}

function validateFinalizers(object: KubeObject, old: KubeObject): Cause[] {
  if (old.metadata.deletionTimestamp === undefined) return [];
  const added = (object.metadata.finalizers ?? []).filter((each) => !(old.metadata.finalizers ?? []).includes(each));
  if (added.length === 0) return [];
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((each) => JSON.stringify(each)).join(', ')}}`;
  return [forbiddenValue('metadata.finalizers', why)];
}
