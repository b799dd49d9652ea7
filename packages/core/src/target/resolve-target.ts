import type { EffectiveTarget } from '@holdfast/types';
import { formatVersion } from '../engine/versions.ts';
import { addressesOf } from './addresses.ts';
import { consentMissing, consents, isForeign } from './consent.ts';
import { hostInWords, type Host } from './host.ts';
import { imageReference, imageVersion, isSupportedVersion } from './image.ts';
import { isReadyPod, type DatabaseObject, type PodObject, type ServerObject } from './objects.ts';
import { notUpgraded } from './upgrade.ts';
import { waiting, type Waiting } from './waiting.ts';

/** Servers that hold what a backup protects, ready to be asked. */
export interface ResolvedTarget {
  readonly namespace: string;
  readonly image: string;
  /** Absent when the image's tag does not say; the agent then asks the binary. */
  readonly version?: string;
  /** `host:port`, secondaries first. */
  readonly from: readonly string[];
  /** At least one of them is a secondary. */
  readonly hasSecondaries: boolean;
  /** What the engine is asked for. */
  readonly databases: readonly string[];
  /** Databases that must have an artifact, as far as the target's objects say. */
  readonly expected: readonly string[];
  readonly pullSecrets: readonly string[];
  readonly tolerations: readonly Readonly<Record<string, unknown>>[];
}

export type Resolution = { readonly kind: 'resolved'; readonly target: ResolvedTarget } | Waiting;

export interface Found {
  readonly databases: readonly DatabaseObject[];
  readonly cluster?: ServerObject;
  readonly standalone?: ServerObject;
  readonly pods: readonly PodObject[];
  /** Namespace of the backup, which a target elsewhere must allow. */
  readonly backupNamespace: string;
  /** DNS suffix of Services, usually `cluster.local`. */
  readonly clusterDomain: string;
  /** The run answers an upgrade, and takes what the servers held before, while one of them still runs. */
  readonly beforeUpgrade?: boolean;
}

/** Second half: the host's objects to an image, a version and addresses. A cluster goes before a standalone of the same name. */
export function resolveTarget(target: EffectiveTarget, host: Host, found: Found): Resolution {
  const server = found.cluster ?? found.standalone;
  const kind = found.cluster ? 'Cluster' : 'Standalone';
  const what = `${kind === 'Cluster' ? 'Neo4jEnterpriseCluster' : 'Neo4jEnterpriseStandalone'} "${host.name}"`;
  const where = `namespace "${target.namespace}"`;
  if (isForeign(target, found.backupNamespace) && !(server && consents(server, target, found.backupNamespace)))
    return consentMissing(hostInWords(target), target, found.backupNamespace);
  if (!server)
    return waiting(
      'TargetNotFound',
      `neither a Neo4jEnterpriseCluster nor a Neo4jEnterpriseStandalone named "${host.name}" exists in ${where}; create it or correct spec.target`,
    );
  const { repo, tag } = server.spec?.image ?? {};
  if (!repo)
    return waiting('TargetNotReady', `${what} names no image in spec.image.repo; without it neo4j-admin cannot be run`);
  const wanted = imageReference(repo, tag);
  const before = found.beforeUpgrade ? notUpgraded(found.pods, wanted) : undefined;
  const image = before?.image ?? wanted;
  const version = imageVersion(image);
  if (version && !isSupportedVersion(version)) return tooOld(what, tag ?? '');
  if (!before && !isReady(server, kind, found.pods))
    return waiting(
      'TargetNotReady',
      `${what} in ${where} is not ready (phase "${server.status?.phase ?? 'none'}"); the run starts by itself when it is`,
    );
  const addresses = addressesOf(server, kind, before?.pods ?? found.pods, found.clusterDomain);
  const all = found.databases.filter(
    ({ spec, metadata }) => spec?.clusterRef === host.name && !metadata.deletionTimestamp,
  );
  return {
    kind: 'resolved',
    target: {
      namespace: target.namespace,
      image,
      ...(version && { version: formatVersion(version) }),
      from: addresses.map(({ address }) => address),
      hasSecondaries: addresses.some(({ secondary }) => secondary),
      databases: host.database ? [host.database] : ['*'],
      expected: host.database
        ? [host.database]
        : [...new Set([...all.map(({ spec, metadata }) => spec?.name ?? metadata.name), 'system'])],
      pullSecrets: server.spec?.image?.pullSecrets ?? [],
      tolerations: server.spec?.tolerations ?? [],
    },
  };
}

/** @param version as the target's own tag writes it */
export function tooOld(what: string, version: string): Waiting {
  return waiting(
    'TargetVersionUnsupported',
    `${what} runs Neo4j ${version}, and backups need 5.26 or later; upgrade the target`,
  );
}

function isReady(server: ServerObject, kind: 'Cluster' | 'Standalone', pods: readonly PodObject[]): boolean {
  const phase = server.status?.phase;
  if (phase === 'Ready' || (kind === 'Standalone' && phase === 'Running')) return true;
  const condition =
    server.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
  return condition && pods.some(isReadyPod);
}
