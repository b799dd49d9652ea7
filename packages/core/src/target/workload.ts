import { annotations, type EffectiveTarget, type EffectiveWorkload } from '@holdfast/types';
import { formatVersion } from '../engine/versions.ts';
import { consentMissing, consents, isForeign } from './consent.ts';
import { imageVersion, isSupportedVersion } from './image.ts';
import { isReadyPod, type PodObject, type ServiceObject, type StatefulSetObject } from './objects.ts';
import { tooOld, type Resolution } from './resolve-target.ts';
import { neo4jIn } from './neo4j-container.ts';
import { notUpgraded } from './upgrade.ts';
import { serversOf } from './workload-servers.ts';
import { waiting } from './waiting.ts';

/** What was read of the workload that a backup's annotation names. */
export interface FoundWorkload {
  readonly statefulSet?: StatefulSetObject;
  /** The target itself, or the Service that gives a StatefulSet's pods their names. */
  readonly service?: ServiceObject;
  /** Pods that its selector fits. */
  readonly pods: readonly PodObject[];
  /** Namespace of the backup, which a target elsewhere must allow. */
  readonly backupNamespace: string;
  /** DNS suffix of Services, usually `cluster.local`. */
  readonly clusterDomain: string;
  /** The run answers an upgrade, and takes what the servers held before, while one of them still runs. */
  readonly beforeUpgrade?: boolean;
}

/**
 * A plain StatefulSet or Service, such as those of Neo4j's own Helm chart, to an image, a version and addresses. Nobody says of it that it
 * is ready as a whole: it can be backed up as soon as one of its servers is, and only those that are ready are asked.
 */
export function resolveWorkload(
  target: EffectiveTarget,
  workload: EffectiveWorkload,
  found: FoundWorkload,
): Resolution {
  const { backupNamespace } = found;
  const what = `${workload.kind} "${workload.name}"`;
  const where = `namespace "${target.namespace}"`;
  const object = workload.kind === 'StatefulSet' ? found.statefulSet : found.service;
  if (isForeign(target, backupNamespace) && !(object && consents(object, target, backupNamespace)))
    return consentMissing(what, target, backupNamespace);
  if (!object)
    return waiting(
      'TargetNotFound',
      `${what} does not exist in ${where}; create it or correct the annotation ${annotations.target} of the backup`,
    );
  if (podSelector(workload, found) === undefined)
    return waiting(
      'TargetNotFound',
      `${what} in ${where} selects no pods, so its servers are not known; name the StatefulSet instead`,
    );
  const pods = ownPods(workload, found);
  const ready = pods.filter((pod) => isReadyPod(pod) && pod.status?.podIP !== undefined);
  if (ready.length === 0)
    return waiting(
      'TargetNotReady',
      `none of the ${pods.length} pods of ${what} in ${where} is ready; the run starts by itself when one is`,
    );
  const before =
    found.beforeUpgrade && found.statefulSet ? notUpgraded(ready, wantedImage(found.statefulSet)) : undefined;
  const servers = serversOf(before?.pods ?? ready, found.service, found);
  const [first] = servers;
  if (!first)
    return waiting(
      'TargetNotFound',
      `the pods of ${what} in ${where} run no container that is called neo4j, or whose image is; correct the annotation ${annotations.target} of the backup`,
    );
  const version = imageVersion(first.image);
  if (version && !isSupportedVersion(version)) return tooOld(what, formatVersion(version));
  const spec = found.statefulSet?.spec?.template?.spec ?? first.pod.spec;
  return {
    kind: 'resolved',
    target: {
      namespace: target.namespace,
      image: first.image,
      ...(version && { version: formatVersion(version) }),
      from: servers.map(({ address }) => address),
      hasSecondaries: servers.some(({ secondary }) => secondary),
      databases: ['*'],
      expected: ['system'],
      pullSecrets: (spec?.imagePullSecrets ?? []).flatMap(({ name }) => (name === undefined ? [] : [name])),
      tolerations: spec?.tolerations ?? [],
    },
  };
}

/** Label selector of a workload's pods, as the API takes it; undefined when it selects none. */
export function podSelector(
  { kind }: EffectiveWorkload,
  { statefulSet, service }: Pick<FoundWorkload, 'statefulSet' | 'service'>,
): string | undefined {
  const wanted = kind === 'StatefulSet' ? statefulSet?.spec?.selector : { matchLabels: service?.spec?.selector ?? {} };
  const terms = [
    ...Object.entries(wanted?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`),
    ...(wanted?.matchExpressions ?? []).map(expression),
  ];
  return terms.length > 0 ? terms.join(',') : undefined;
}

type Expression = { readonly key: string; readonly operator: string; readonly values?: readonly string[] };

function expression({ key, operator, values = [] }: Expression): string {
  if (operator === 'Exists') return key;
  if (operator === 'DoesNotExist') return `!${key}`;
  return `${key} ${operator.toLowerCase()} (${values.join(',')})`;
}

/** Image that a StatefulSet's servers should run, whatever they run at the moment. */
export function wantedImage({ spec }: StatefulSetObject): string | undefined {
  return neo4jIn(spec?.template?.spec)?.image;
}

/** A pod that only happens to carry the labels of a StatefulSet is not one of its servers. */
function ownPods({ kind }: EffectiveWorkload, { statefulSet, pods }: FoundWorkload): readonly PodObject[] {
  const living = pods.filter(({ metadata }) => !metadata.deletionTimestamp);
  if (kind === 'Service') return living;
  return living.filter(({ metadata }) =>
    metadata.ownerReferences?.some(({ uid }) => uid === statefulSet?.metadata.uid),
  );
}
