import { parseQuantity } from '@holdfast/core';
import type { ApiClient, KubeObject } from './api-client.ts';
import type { Container, EnvVar, Pod } from './pod-types.ts';

/** Why a container cannot be made yet; the kubelet shows it as a waiting reason and tries again. */
export class NotYet extends Error {
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Where Secret and ConfigMap values come from. */
export interface ValueSource {
  /** Entries of a Secret, decoded; undefined when there is none. */
  secret(namespace: string, name: string): Promise<Record<string, Buffer> | undefined>;
  configMap(namespace: string, name: string): Promise<Record<string, Buffer> | undefined>;
}

/** Reads Secrets and ConfigMaps by name from the API server. */
export function apiValueSource(api: ApiClient): ValueSource {
  return {
    async secret(namespace, name) {
      const found = await api.find<KubeObject & { data?: Record<string, string> }>(
        `/api/v1/namespaces/${namespace}/secrets/${name}`,
      );
      return found && decode(found.data, 'base64');
    },
    async configMap(namespace, name) {
      const found = await api.find<KubeObject & { data?: Record<string, string>; binaryData?: Record<string, string> }>(
        `/api/v1/namespaces/${namespace}/configmaps/${name}`,
      );
      return found && { ...decode(found.data), ...decode(found.binaryData, 'base64') };
    },
  };
}

function decode(entries: Record<string, string> = {}, encoding: 'base64' | 'utf8' = 'utf8'): Record<string, Buffer> {
  return Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, Buffer.from(value, encoding)]));
}

/** Facts about a pod that only its node knows. */
export interface PodFacts {
  readonly podIP: string;
  readonly hostIP: string;
}

/** The environment a container's spec asks for, `$(VAR)` expanded; throws `NotYet` while something it names is missing. */
export async function containerEnvironment(
  pod: Pod,
  container: Container,
  facts: PodFacts,
  source: ValueSource,
): Promise<Record<string, string>> {
  const environment: Record<string, string> = {};
  const namespace = pod.metadata.namespace ?? 'default';
  for (const { prefix = '', secretRef, configMapRef } of container.envFrom ?? []) {
    const entries = secretRef
      ? await entriesOf('secret', secretRef, () => source.secret(namespace, secretRef.name))
      : configMapRef &&
        (await entriesOf('configmap', configMapRef, () => source.configMap(namespace, configMapRef.name)));
    for (const [key, value] of Object.entries(entries ?? {})) environment[prefix + key] = value.toString('utf8');
  }
  for (const variable of container.env ?? []) {
    const value = await valueOf(variable, pod, container, facts, source);
    if (value !== undefined) environment[variable.name] = expand(value, environment);
  }
  return environment;
}

/** `$(NAME)` becomes the variable's value when it is known and stays as it is when not; `$$(NAME)` is literal. */
export function expand(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replace(/\$(\$)?\(([A-Za-z_.-][\w.-]*)\)/g, (whole, escaped: string | undefined, name: string) =>
    escaped ? whole.slice(1) : (environment[name] ?? whole),
  );
}

/** A downward API field of the pod, as text. */
export function fieldOf(pod: Pod, path: string, facts: PodFacts): string {
  const keyed = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path);
  if (keyed) return pod.metadata[keyed[1] as 'labels' | 'annotations']?.[keyed[2] ?? ''] ?? '';
  const fields: Record<string, string | undefined> = {
    'metadata.name': pod.metadata.name,
    'metadata.namespace': pod.metadata.namespace,
    'metadata.uid': pod.metadata.uid,
    'metadata.labels': lines(pod.metadata.labels),
    'metadata.annotations': lines(pod.metadata.annotations),
    'spec.nodeName': pod.spec.nodeName,
    'spec.serviceAccountName': pod.spec.serviceAccountName ?? 'default',
    'status.podIP': facts.podIP,
    'status.podIPs': facts.podIP,
    'status.hostIP': facts.hostIP,
  };
  const value = fields[path];
  if (value === undefined) throw new NotYet('CreateContainerConfigError', `the downward API has no field "${path}"`);
  return value;
}

function lines(entries: Record<string, string> = {}): string {
  return Object.entries(entries)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n');
}

async function valueOf(
  { value, valueFrom }: EnvVar,
  pod: Pod,
  container: Container,
  facts: PodFacts,
  source: ValueSource,
): Promise<string | undefined> {
  const namespace = pod.metadata.namespace ?? 'default';
  if (!valueFrom) return value ?? '';
  const { secretKeyRef: secret, configMapKeyRef: configMap, fieldRef, resourceFieldRef } = valueFrom;
  if (secret) return entryOf('secret', secret, () => source.secret(namespace, secret.name));
  if (configMap) return entryOf('configmap', configMap, () => source.configMap(namespace, configMap.name));
  if (fieldRef) return fieldOf(pod, fieldRef.fieldPath, facts);
  if (resourceFieldRef) return resourceField(pod, container, resourceFieldRef);
  throw new NotYet('CreateContainerConfigError', 'this valueFrom is not known here');
}

type Entries = Record<string, Buffer> | undefined;

async function entriesOf(
  kind: string,
  ref: { name: string; optional?: boolean },
  read: () => Promise<Entries>,
): Promise<Entries> {
  const entries = await read();
  if (!entries && !ref.optional) throw new NotYet('CreateContainerConfigError', `${kind} "${ref.name}" not found`);
  return entries;
}

async function entryOf(
  kind: string,
  ref: { name: string; key: string; optional?: boolean },
  read: () => Promise<Entries>,
): Promise<string | undefined> {
  const found = (await entriesOf(kind, ref, read))?.[ref.key];
  if (found || ref.optional) return found?.toString('utf8');
  throw new NotYet('CreateContainerConfigError', `couldn't find key ${ref.key} in ${kind} ${ref.name}`);
}

function resourceField(
  pod: Pod,
  container: Container,
  ref: { containerName?: string; resource: string; divisor?: string },
): string {
  const named = ref.containerName
    ? [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find(({ name }) => name === ref.containerName)
    : container;
  const [group, resource = ''] = ref.resource.split('.') as ['limits' | 'requests', string?];
  const quantity = named?.resources?.[group]?.[resource] ?? '0';
  const divisor = ref.divisor && ref.divisor !== '0' ? parseQuantity(ref.divisor) : 1;
  return String(Math.ceil(parseQuantity(quantity) / divisor));
}
