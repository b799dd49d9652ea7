import { numberAt, objectAt, objectsAt, textAt } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import type { Column } from '../resources/resource.ts';
import { AGE, NAME, pairs, pathColumn, textColumn } from './columns.ts';
import { ageOf } from './human-duration.ts';

export const NAMESPACE_COLUMNS: readonly Column[] = [NAME, pathColumn('Status', ['status', 'phase']), AGE];

export const SERVICE_COLUMNS: readonly Column[] = [
  NAME,
  pathColumn('Type', ['spec', 'type']),
  pathColumn('Cluster-IP', ['spec', 'clusterIP']),
  textColumn('External-IP', (object) => textAt(object, 'spec', 'externalName') || '<none>'),
  textColumn('Port(s)', servicePorts),
  AGE,
  textColumn('Selector', (object) => pairs(objectAt(object, 'spec', 'selector')), 'wide'),
];

function servicePorts(object: KubeObject): string {
  const ports = objectsAt(object, 'spec', 'ports').map((port) => {
    const node = numberAt(port, 'nodePort');
    return `${numberAt(port, 'port')}${node === undefined ? '' : `:${node}`}/${textAt(port, 'protocol')}`;
  });
  return ports.join(',') || '<none>';
}

export const ENDPOINTS_COLUMNS: readonly Column[] = [NAME, textColumn('Endpoints', endpoints), AGE];

function endpoints(object: KubeObject): string {
  const all = objectsAt(object, 'subsets').flatMap((subset) =>
    objectsAt(subset, 'addresses').flatMap((address) =>
      objectsAt(subset, 'ports').map((port) => `${textAt(address, 'ip')}:${numberAt(port, 'port')}`),
    ),
  );
  return all.join(',') || '<none>';
}

const DATA: Column = { name: 'Data', type: 'string', cell: countData };

function countData(object: KubeObject): Json {
  return Object.keys(objectAt(object, 'data')).length + Object.keys(objectAt(object, 'binaryData')).length;
}

export const SECRET_COLUMNS: readonly Column[] = [NAME, pathColumn('Type', ['type']), DATA, AGE];
export const CONFIG_MAP_COLUMNS: readonly Column[] = [NAME, DATA, AGE];
export const SERVICE_ACCOUNT_COLUMNS: readonly Column[] = [
  NAME,
  textColumn('Secrets', (object) => objectsAt(object, 'secrets').length),
  AGE,
];

export const EVENT_COLUMNS: readonly Column[] = [
  textColumn('Last Seen', (object, now) => ageOf(lastSeen(object), now)),
  pathColumn('Type', ['type']),
  pathColumn('Reason', ['reason']),
  textColumn('Object', involved),
  textColumn('Subobject', (object) => textAt(object, 'involvedObject', 'fieldPath'), 'wide'),
  textColumn(
    'Source',
    (object) => textAt(object, 'source', 'component') || textAt(object, 'reportingComponent'),
    'wide',
  ),
  textColumn('Message', (object) => textAt(object, 'message').trim()),
  textColumn(
    'First Seen',
    (object, now) => ageOf(textAt(object, 'firstTimestamp') || textAt(object, 'eventTime'), now),
    'wide',
  ),
  textColumn('Count', (object) => numberAt(object, 'series', 'count') ?? numberAt(object, 'count') ?? 1, 'wide'),
  { ...NAME, priority: 1 },
];

function lastSeen(object: KubeObject): string {
  return (
    textAt(object, 'series', 'lastObservedTime') ||
    textAt(object, 'lastTimestamp') ||
    textAt(object, 'eventTime') ||
    textAt(object, 'firstTimestamp')
  );
}

function involved(object: KubeObject): string {
  const subject: JsonObject = objectAt(object, 'involvedObject');
  const name = textAt(subject, 'name');
  return name === '' ? textAt(subject, 'kind').toLowerCase() : `${textAt(subject, 'kind').toLowerCase()}/${name}`;
}

export const NODE_COLUMNS: readonly Column[] = [
  NAME,
  textColumn('Status', nodeStatus),
  textColumn('Roles', nodeRoles),
  AGE,
  pathColumn('Version', ['status', 'nodeInfo', 'kubeletVersion']),
  textColumn('Internal-IP', (object) => nodeAddress(object, 'InternalIP'), 'wide'),
  textColumn('External-IP', (object) => nodeAddress(object, 'ExternalIP'), 'wide'),
  pathColumn('OS-Image', ['status', 'nodeInfo', 'osImage'], 'wide'),
  pathColumn('Kernel-Version', ['status', 'nodeInfo', 'kernelVersion'], 'wide'),
  pathColumn('Container-Runtime', ['status', 'nodeInfo', 'containerRuntimeVersion'], 'wide'),
];

function nodeStatus(object: KubeObject): string {
  const ready = objectsAt(object, 'status', 'conditions').find((condition) => condition['type'] === 'Ready');
  const word = ready === undefined ? 'Unknown' : ready['status'] === 'True' ? 'Ready' : 'NotReady';
  return objectAt(object, 'spec')['unschedulable'] === true ? `${word},SchedulingDisabled` : word;
}

function nodeRoles(object: KubeObject): string {
  const prefix = 'node-role.kubernetes.io/';
  const roles = Object.keys(object.metadata.labels ?? {}).filter((label) => label.startsWith(prefix));
  return roles.map((role) => role.slice(prefix.length)).join(',') || '<none>';
}

function nodeAddress(object: KubeObject, type: string): string {
  const found = objectsAt(object, 'status', 'addresses').find((address) => address['type'] === type);
  return textAt(found, 'address') || '<none>';
}
