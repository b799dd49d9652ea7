import { agentEnv, apiVersion, kind, type AgentPlan, type EffectiveOptions } from '@holdfast/types';
import { graceMs } from '../run/deadlines.ts';
import type { BackupFacts } from '../run/observed.ts';
import { identityName, type PlainObject } from './belongings.ts';
import { jobName, ownedBy, runAnnotations, runLabels, specAnnotation } from './names.ts';
import { podSecurity, containerSecurity } from './pod-security.ts';
import {
  authorityEnvironment,
  authorityVolume,
  googleVolume,
  keysVolume,
  mountPaths,
  scratchVolume,
  stagedEnvironment,
  storeEnvironment,
  storeVolume,
  workVolume,
  type KeyMount,
} from './pod-storage.ts';
import { memoryOf } from './memory.ts';
import { defaultScratchSize } from './scratch-size.ts';
import type { StoreAccess } from './store-access.ts';

export interface JobParts {
  readonly plan: AgentPlan;
  readonly access: StoreAccess;
  readonly options: EffectiveOptions;
  /** Image with the agent; its init container copies the agent beside the engine. */
  readonly agentImage: string;
  /** Image whose `neo4j-admin` runs: the target's own. Verbs without an engine run in the agent's image. */
  readonly engineImage: string;
  /** Keys for artifacts, where the plan says that they are encrypted. */
  readonly keys?: KeyMount | undefined;
  readonly pullSecrets: readonly string[];
  readonly tolerations: readonly Readonly<Record<string, unknown>>[];
  /** Account that the pod runs as; absent: the backup's own. */
  readonly serviceAccount?: string | undefined;
}

/** Longest time from TERM to KILL: the agent ends its engine, writes its evidence and goes. */
const terminationGraceSeconds = 60;

/**
 * The Job of one attempt as plain data. One attempt is one pod: `backoffLimit` is 0, and pods lost to a disruption repeat the same attempt.
 * https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy
 */
export function jobManifest(backup: BackupFacts, parts: JobParts): PlainObject {
  const { plan } = parts;
  const run = { id: plan.run, attempt: plan.attempt };
  const labels = runLabels(backup, run, plan.verb);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobName(plan.backup, plan.verb),
      namespace: plan.namespace,
      labels,
      annotations: { ...runAnnotations(run), ...(plan.verb === 'backup' && specAnnotation(backup)) },
      ownerReferences: ownedBy(backup, apiVersion, kind),
    },
    spec: {
      backoffLimit: 0,
      completions: 1,
      parallelism: 1,
      activeDeadlineSeconds: Math.ceil((plan.deadlineMs + graceMs) / 1000),
      podFailurePolicy: {
        rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
      },
      template: {
        metadata: {
          labels: { ...parts.options.pod.labels, ...cloudLabels(parts.access), ...labels },
          annotations: { ...doNotDisrupt, ...parts.options.pod.annotations, ...runAnnotations(run) },
        },
        spec: podSpec(parts),
      },
    },
  };
}

/** Azure's webhook gives a token only to pods that ask for it: https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html */
function cloudLabels(access: StoreAccess): Record<string, string> {
  const asks = access.type === 'azure' && access.secretName === undefined;
  return asks ? { 'azure.workload.identity/use': 'true' } : {};
}

/** Both autoscalers' words for "do not move this pod while it works". */
const doNotDisrupt = {
  'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
  'karpenter.sh/do-not-disrupt': 'true',
};

function podSpec(parts: JobParts): Record<string, unknown> {
  const { plan, options, access } = parts;
  const { pod } = options;
  const secrets = [...parts.pullSecrets.map((name) => ({ name })), ...(pod.imagePullSecrets ?? [])];
  return {
    restartPolicy: 'Never',
    serviceAccountName: parts.serviceAccount ?? identityName(plan.backup),
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: terminationGraceSeconds,
    securityContext: podSecurity(pod.securityContext),
    initContainers: [installContainer(parts)],
    containers: [mainContainer(parts)],
    volumes: [
      { name: 'agent', emptyDir: {} },
      { name: 'tmp', emptyDir: {} },
      { name: 'logs', emptyDir: {} },
      scratchVolume(options),
      ...storeVolume(access),
      ...(isStaged(plan) ? workVolume(options) : []),
      ...keysVolume(parts.keys),
      ...googleVolume(access),
      ...authorityVolume(access),
    ],
    ...(secrets.length > 0 && { imagePullSecrets: secrets }),
    ...(pod.nodeSelector && { nodeSelector: pod.nodeSelector }),
    ...(pod.affinity && { affinity: pod.affinity }),
    ...(pod.priorityClassName && { priorityClassName: pod.priorityClassName }),
    tolerations: [...parts.tolerations, ...(pod.tolerations ?? [])],
  };
}

/** Copies Node.js, tini and the agent to where the main container finds them; nothing of it has to be in the engine's image. */
function installContainer({ agentImage, options }: JobParts): Record<string, unknown> {
  return {
    name: 'install',
    image: agentImage,
    imagePullPolicy: 'IfNotPresent',
    command: ['/agent/node', '/agent/install.mjs', installFolder],
    securityContext: containerSecurity(options.pod.securityContext),
    resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } },
    volumeMounts: [{ name: 'agent', mountPath: installFolder }],
  };
}

/** Node.js starts only where its loader lies at `/agent`: here in the image itself, so the volume must not cover it. */
const installFolder = '/install';

function mainContainer(parts: JobParts): Record<string, unknown> {
  const { plan, options, access } = parts;
  const paths = mountPaths(options);
  const works = isStaged(plan) && options.workVolume !== undefined;
  return {
    name: 'backup',
    image: plan.verb === 'backup' ? parts.engineImage : parts.agentImage,
    imagePullPolicy: 'IfNotPresent',
    command: ['/agent/tini', '--', '/agent/node', smallMemory, '/agent/agent.mjs'],
    workingDir: '/tmp',
    securityContext: containerSecurity(options.pod.securityContext),
    resources: resourcesOf(options),
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    env: lastOfEachName([
      { name: agentEnv.plan, value: JSON.stringify(plan) },
      { name: agentEnv.podUid, valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } },
      { name: agentEnv.terminationLog, value: '/dev/termination-log' },
      { name: agentEnv.scratchFolder, value: paths.scratch },
      ...(works ? [{ name: agentEnv.workFolder, value: paths.work }] : []),
      ...(parts.keys ? [{ name: agentEnv.keysFolder, value: paths.keys }] : []),
      ...(isStaged(plan) ? stagedEnvironment : []),
      { name: 'HOME', value: '/tmp' },
      ...(access.type === 'pvc'
        ? [{ name: agentEnv.storeFolder, value: paths.store }]
        : storeEnvironment(access, options)),
      ...authorityEnvironment(access, options),
      ...(options.pod.env ?? []),
    ]),
    volumeMounts: [
      { name: 'agent', mountPath: '/agent', readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'logs', mountPath: '/logs' },
      { name: 'scratch', mountPath: paths.scratch },
      ...(access.type === 'pvc' ? [{ name: 'store', mountPath: paths.store }] : []),
      ...(works ? [{ name: 'work', mountPath: paths.work }] : []),
      ...(parts.keys ? [{ name: 'keys', mountPath: paths.keys, readOnly: true }] : []),
      ...googleVolume(access).map(({ name }) => ({ name, mountPath: paths.google, readOnly: true })),
      ...authorityVolume(access).map(({ name }) => ({ name, mountPath: paths.authority, readOnly: true })),
    ],
  };
}

/** The agent shares its memory limit with the engine, and its own work is done by native code that gains nothing from more. */
const smallMemory = '--optimize-for-size';

/** Only the Job that makes artifacts stages them; a look at the store needs no work volume. */
function isStaged({ engine }: AgentPlan): boolean {
  return engine?.mode === 'staged';
}

/** What the spec says of a variable replaces what we say; said twice, the API server would warn of every Job. */
function lastOfEachName(variables: readonly Readonly<Record<string, unknown>>[]): Readonly<Record<string, unknown>>[] {
  return [...new Map(variables.map((variable) => [variable['name'], variable])).values()];
}

/** Ours where the spec is silent. A resource that only has a limit gets no request of ours: it could be the larger of the two. */
function resourcesOf(options: EffectiveOptions): Record<string, unknown> {
  const memory = memoryOf(options);
  const stated = (options.pod.resources ?? {}) as {
    requests?: Record<string, unknown>;
    limits?: Record<string, unknown>;
  };
  const usual = { cpu: '250m', ...(!options.tempStorage && { 'ephemeral-storage': defaultScratchSize }) };
  const ours = Object.entries(usual).filter(([name]) => stated.limits?.[name] === undefined);
  return {
    ...stated,
    requests: { ...Object.fromEntries(ours), memory: memory.request, ...stated.requests },
    limits: { memory: memory.limit, ...stated.limits },
  };
}
