import { forbiddenValue, invalidValue, requiredValue, unsupportedValue } from '../api-error.ts';
import type { Cause } from '../api-error.ts';
import { clone, ensureObject, equal, fill, objectAt, objectsAt, textAt } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import { defaultPodSpec } from './pod-defaults.ts';
import type { Rules } from './resource.ts';

/** Pods start Pending, keep their spec, and are found by node and phase. */
export const POD_RULES: Rules = {
  defaults: (object) => {
    const spec = ensureObject(object, 'spec');
    fill(spec, {
      serviceAccountName: 'default',
      enableServiceLinks: true,
      preemptionPolicy: 'PreemptLowerPriority',
      priority: 0,
    });
    defaultPodSpec(spec, 'Always');
  },
  onCreate: (object) => {
    object['status'] = { phase: 'Pending', qosClass: qosClass(objectAt(object, 'spec')) };
  },
  validate: (object, old) => [
    ...validatePodSpec(objectAt(object, 'spec'), 'spec'),
    ...(old ? validateChange(object, old) : []),
  ],
  fields: {
    'spec.nodeName': (object) => textAt(object, 'spec', 'nodeName'),
    'spec.restartPolicy': (object) => textAt(object, 'spec', 'restartPolicy'),
    'spec.serviceAccountName': (object) => textAt(object, 'spec', 'serviceAccountName'),
    'spec.schedulerName': (object) => textAt(object, 'spec', 'schedulerName'),
    'status.phase': (object) => textAt(object, 'status', 'phase'),
    'status.podIP': (object) => textAt(object, 'status', 'podIP'),
    'status.nominatedNodeName': (object) => textAt(object, 'status', 'nominatedNodeName'),
  },
};

/** Findings about containers, volumes and mounts: the mistakes the real server would refuse too. */
export function validatePodSpec(spec: JsonObject, path: string): Cause[] {
  const causes: Cause[] = [];
  const containers = objectsAt(spec, 'containers');
  if (containers.length === 0) causes.push(requiredValue(`${path}.containers`));
  if (!RESTART_POLICIES.includes(textAt(spec, 'restartPolicy'))) {
    causes.push(unsupportedValue(`${path}.restartPolicy`, spec['restartPolicy'], RESTART_POLICIES));
  }
  const volumes = new Set(objectsAt(spec, 'volumes').map((volume) => textAt(volume, 'name')));
  const names = new Set<string>();
  for (const list of ['initContainers', 'containers']) {
    objectsAt(spec, list).forEach((container, index) => {
      causes.push(...validateContainer(container, `${path}.${list}[${index}]`, names, volumes));
    });
  }
  objectsAt(spec, 'volumes').forEach((volume, index) => {
    const where = `${path}.volumes[${index}]`;
    if (!DNS_LABEL.test(textAt(volume, 'name')))
      causes.push(invalidValue(`${where}.name`, volume['name'], LABEL_WORDS));
  });
  return causes;
}

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const LABEL_WORDS =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

function validateContainer(container: JsonObject, where: string, names: Set<string>, volumes: Set<string>): Cause[] {
  const causes: Cause[] = [];
  const name = textAt(container, 'name');
  if (name === '') causes.push(requiredValue(`${where}.name`));
  else if (!DNS_LABEL.test(name)) causes.push(invalidValue(`${where}.name`, name, LABEL_WORDS));
  else if (names.has(name)) {
    causes.push({ field: `${where}.name`, reason: 'FieldValueDuplicate', message: `Duplicate value: "${name}"` });
  }
  names.add(name);
  if (textAt(container, 'image') === '') causes.push(requiredValue(`${where}.image`));
  objectsAt(container, 'volumeMounts').forEach((mount, index) => {
    const field = `${where}.volumeMounts[${index}]`;
    const volume = textAt(mount, 'name');
    if (!volumes.has(volume)) {
      causes.push({ field: `${field}.name`, reason: 'FieldValueInvalid', message: `Not found: "${volume}"` });
    }
    if (textAt(mount, 'mountPath') === '') causes.push(requiredValue(`${field}.mountPath`));
  });
  return causes;
}

/** After creation only images, a deadline and further tolerations may change; the node is set by binding. */
function validateChange(object: KubeObject, old: KubeObject): Cause[] {
  if (equal(fixedSpec(object), fixedSpec(old))) return [];
  return [
    forbiddenValue(
      'spec',
      'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
    ),
  ];
}

function fixedSpec(pod: KubeObject): Json {
  const spec = clone(objectAt(pod, 'spec'));
  for (const list of ['containers', 'initContainers'])
    for (const container of objectsAt(spec, list)) delete container['image'];
  for (const name of ['activeDeadlineSeconds', 'tolerations', 'nodeName']) delete spec[name];
  return spec;
}

function qosClass(spec: JsonObject): string {
  const containers = [...objectsAt(spec, 'containers'), ...objectsAt(spec, 'initContainers')];
  const guaranteed = containers.every((container) => {
    const limits = objectAt(container, 'resources', 'limits');
    const requests = objectAt(container, 'resources', 'requests');
    return ['cpu', 'memory'].every((name) => limits[name] !== undefined && equal(limits[name], requests[name]));
  });
  if (guaranteed) return 'Guaranteed';
  const asksNothing = containers.every(
    (container) => Object.keys(objectAt(container, 'resources', 'requests')).length === 0,
  );
  return asksNothing ? 'BestEffort' : 'Burstable';
}
