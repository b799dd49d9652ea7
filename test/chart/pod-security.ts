import type { KubeObject } from './helm.ts';

interface Container {
  readonly name: string;
  readonly securityContext?: {
    readonly allowPrivilegeEscalation?: boolean;
    readonly privileged?: boolean;
    readonly procMount?: string;
    readonly runAsNonRoot?: boolean;
    readonly runAsUser?: number;
    readonly readOnlyRootFilesystem?: boolean;
    readonly seccompProfile?: { readonly type: string };
    readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
  };
  readonly ports?: readonly { readonly hostPort?: number; readonly name?: string }[];
  readonly [field: string]: unknown;
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Readonly<Record<string, unknown>>[];
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly securityContext?: {
    readonly runAsNonRoot?: boolean;
    readonly runAsUser?: number;
    readonly seccompProfile?: { readonly type: string };
    readonly sysctls?: readonly unknown[];
  };
  readonly [field: string]: unknown;
}

/** Pods that an object makes. */
export function podOf(object: KubeObject): PodSpec | undefined {
  return object.kind === 'Deployment' || object.kind === 'Job'
    ? (object as unknown as { spec: { template: { spec: PodSpec } } }).spec.template.spec
    : undefined;
}

/**
 * What the standard "restricted" (which includes "baseline") finds wrong with a pod, one sentence each; and, stricter than it, a root file
 * system that can be written.
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export function complaints(pod: PodSpec): string[] {
  const found: string[] = [];
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC'] as const) if (pod[field]) found.push(`${field} is on`);
  if (pod.securityContext?.sysctls?.length) found.push('sysctls are set');
  for (const volume of pod.volumes ?? []) {
    const kind = Object.keys(volume).find((key) => key !== 'name') ?? 'none';
    if (!allowedVolumes.has(kind)) found.push(`volume ${String(volume['name'])} is a ${kind}`);
  }
  for (const container of [...pod.containers, ...(pod.initContainers ?? [])]) {
    const own = container.securityContext ?? {};
    const say = (what: string) => found.push(`${container.name}: ${what}`);
    if (own.privileged) say('is privileged');
    if (own.allowPrivilegeEscalation !== false) say('may gain privileges');
    if (!own.capabilities?.drop?.includes('ALL')) say('keeps capabilities');
    if (own.capabilities?.add?.some((each) => each !== 'NET_BIND_SERVICE')) say('adds capabilities');
    if ((own.runAsNonRoot ?? pod.securityContext?.runAsNonRoot) !== true) say('may run as root');
    if ((own.runAsUser ?? pod.securityContext?.runAsUser) === 0) say('runs as root');
    const seccomp = (own.seccompProfile ?? pod.securityContext?.seccompProfile)?.type;
    if (seccomp !== 'RuntimeDefault' && seccomp !== 'Localhost') say('has no seccomp profile');
    if ((own.procMount ?? 'Default') !== 'Default') say('unmasks /proc');
    if (container.ports?.some(({ hostPort }) => hostPort)) say('takes a port of the node');
    if (own.readOnlyRootFilesystem !== true) say('can write its root file system');
  }
  return found;
}

const allowedVolumes = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

/** Names of what makes pods, and their pods. */
export function podsIn(objects: readonly KubeObject[]): [string, PodSpec][] {
  return objects.flatMap((object): [string, PodSpec][] => {
    const pod = podOf(object);
    return pod ? [[object.metadata.name, pod]] : [];
  });
}
