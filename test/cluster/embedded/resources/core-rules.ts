import { forbiddenValue, invalidValue } from '../api-error.ts';
import type { Cause } from '../api-error.ts';
import { ensureObject, equal, fill, isObject, objectsAt, textAt, shown } from '../json.ts';
import type { JsonObject } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import type { Rules } from './resource.ts';

/** Namespaces know their own name by label and stay until the namespace controller has emptied them. */
export const NAMESPACE_RULES: Rules = {
  defaults: (object) => {
    object.metadata.labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name };
  },
  onCreate: (object) => {
    ensureObject(object, 'spec')['finalizers'] = ['kubernetes'];
    object['status'] = { phase: 'Active' };
  },
  fields: { 'status.phase': (object) => textAt(object, 'status', 'phase') },
};

/** Secrets take plain text in `stringData` and keep base64 in `data`. */
export const SECRET_RULES: Rules = {
  defaults: (object) => {
    fill(object, { type: 'Opaque' });
    if (!isObject(object['stringData'])) return;
    const data = ensureObject(object, 'data');
    for (const [name, text] of Object.entries(object['stringData'])) {
      data[name] = Buffer.from(shown(text), 'utf8').toString('base64');
    }
    delete object['stringData'];
  },
  validate: validateSecret,
  fields: { type: (object) => textAt(object, 'type') },
};

function validateSecret(object: KubeObject, old?: KubeObject): Cause[] {
  const causes: Cause[] = [];
  for (const [name, value] of Object.entries(isObject(object['data']) ? object['data'] : {})) {
    if (!/^[-._a-zA-Z0-9]+$/.test(name)) causes.push(invalidValue(`data[${name}]`, name, KEY_WORDS));
    const isBase64 = typeof value === 'string' && /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(value);
    if (!isBase64) causes.push(invalidValue(`data[${name}]`, '<redacted>', 'illegal base64 data'));
  }
  if (!old) return causes;
  if (!equal(object['type'], old['type'])) causes.push(invalidValue('type', object['type'], 'field is immutable'));
  if (old['immutable'] === true && !equal(object['data'], old['data'])) {
    causes.push(forbiddenValue('data', 'field is immutable when `immutable` is set'));
  }
  return causes;
}

const KEY_WORDS = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";

let lastServiceAddress = 0;

/** Services get an address of their own (nothing listens there) unless they are headless. */
export const SERVICE_RULES: Rules = {
  defaults: (object) => {
    const spec = ensureObject(object, 'spec');
    fill(spec, { type: 'ClusterIP', sessionAffinity: 'None', internalTrafficPolicy: 'Cluster' });
    for (const port of objectsAt(spec, 'ports')) fill(port, { protocol: 'TCP', targetPort: port['port'] ?? 0 });
  },
  onCreate: (object) => {
    const spec = ensureObject(object, 'spec');
    object['status'] = { loadBalancer: {} };
    if (spec['type'] === 'ExternalName') return;
    if (spec['clusterIP'] === undefined || spec['clusterIP'] === '') spec['clusterIP'] = nextServiceAddress();
    fill(spec, { clusterIPs: [spec['clusterIP'] ?? ''], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' });
  },
  fields: { 'spec.type': (object) => textAt(object, 'spec', 'type') },
};

function nextServiceAddress(): string {
  lastServiceAddress = (lastServiceAddress + 1) % (255 * 255);
  return `10.96.${Math.floor(lastServiceAddress / 255)}.${(lastServiceAddress % 255) + 1}`;
}

const INVOLVED = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];

/** Events are found by the object they speak of; `kubectl describe` asks that way. */
export const EVENT_RULES: Rules = {
  fields: {
    ...Object.fromEntries(
      INVOLVED.map((name) => [
        `involvedObject.${name}`,
        (object: KubeObject) => textAt(object, 'involvedObject', name),
      ]),
    ),
    reason: (object) => textAt(object, 'reason'),
    type: (object) => textAt(object, 'type'),
    reportingComponent: (object) => textAt(object, 'reportingComponent'),
    source: (object) => textAt(object, 'source', 'component'),
  },
  validate: (object) => {
    const involved: JsonObject = isObject(object['involvedObject']) ? object['involvedObject'] : {};
    const expected = textAt(involved, 'namespace') || 'default';
    if (expected === object.metadata.namespace) return [];
    return [invalidValue('involvedObject.namespace', textAt(involved, 'namespace'), 'does not match event.namespace')];
  },
};
