import { at, ensureObject, fill, isObject, objectAt, objectsAt, textAt } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';

/** Fills in a pod spec as the API server does, also inside templates. */
export function defaultPodSpec(spec: JsonObject, restartPolicy: string): void {
  fill(spec, {
    restartPolicy,
    dnsPolicy: 'ClusterFirst',
    terminationGracePeriodSeconds: 30,
    schedulerName: 'default-scheduler',
    securityContext: {},
  });
  if (typeof spec['serviceAccountName'] === 'string') fill(spec, { serviceAccount: spec['serviceAccountName'] });
  for (const container of [...objectsAt(spec, 'initContainers'), ...objectsAt(spec, 'containers')]) {
    defaultContainer(container);
  }
  for (const volume of objectsAt(spec, 'volumes')) defaultVolume(volume);
}

function defaultContainer(container: JsonObject): void {
  fill(container, {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: pullPolicy(textAt(container, 'image')),
    resources: {},
  });
  for (const port of objectsAt(container, 'ports')) fill(port, { protocol: 'TCP' });
  for (const variable of objectsAt(container, 'env')) {
    const fieldRef = at(variable, 'valueFrom', 'fieldRef');
    if (isObject(fieldRef)) fill(fieldRef, { apiVersion: 'v1' });
  }
  for (const probe of ['readinessProbe', 'livenessProbe', 'startupProbe']) defaultProbe(container[probe]);
  defaultRequests(container);
}

function pullPolicy(image: string): string {
  const [name = '', digest] = image.split('@');
  const tag = /:(?<tag>[^/:]+)$/.exec(name)?.groups?.['tag'];
  return digest === undefined && (tag === undefined || tag === 'latest') ? 'Always' : 'IfNotPresent';
}

function defaultProbe(probe: Json | undefined): void {
  if (!isObject(probe)) return;
  fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
  const request = probe['httpGet'];
  if (isObject(request)) fill(request, { path: '/', scheme: 'HTTP' });
}

/** A limit without a request is a request too. */
function defaultRequests(container: JsonObject): void {
  const limits = objectAt(container, 'resources', 'limits');
  if (Object.keys(limits).length === 0) return;
  fill(ensureObject(ensureObject(container, 'resources'), 'requests'), limits);
}

function defaultVolume(volume: JsonObject): void {
  for (const source of ['secret', 'configMap', 'projected', 'downwardAPI']) {
    const found = volume[source];
    if (isObject(found)) fill(found, { defaultMode: 0o644 });
  }
  for (const item of objectsAt(volume, 'downwardAPI', 'items')) {
    if (isObject(item['fieldRef'])) fill(item['fieldRef'], { apiVersion: 'v1' });
  }
  const claim = at(volume, 'ephemeral', 'volumeClaimTemplate', 'spec');
  if (isObject(claim)) fill(claim, { volumeMode: 'Filesystem' });
}
