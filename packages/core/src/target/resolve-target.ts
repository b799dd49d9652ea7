import { annotations, type EffectiveTarget, type Reason } from '@holdfast/types';
import { compareVersions, formatVersion, parseVersion, type EngineVersion } from '../engine/versions.ts';
import { addressesOf } from './addresses.ts';
import type { DatabaseObject, PodObject, ServerObject } from './objects.ts';

/** Servers that hold what a backup protects, ready to be asked. */
export interface ResolvedTarget {
  readonly kind: 'Cluster' | 'Standalone';
  readonly name: string;
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

export type Resolution =
  | { readonly kind: 'resolved'; readonly target: ResolvedTarget }
  /** Not yet: may come by itself, so the run waits with this reason. */
  | { readonly kind: 'waiting'; readonly reason: Reason; readonly message: string };

/** Name of the cluster or standalone that a target leads to, and the one database that is meant, if one is. */
export type Host =
  | { readonly kind: 'host'; readonly name: string; readonly database?: string }
  | Extract<Resolution, { kind: 'waiting' }>;

/**
 * First half of the resolution: from the spec and the `Neo4jDatabase` objects of the target's namespace to the host's name.
 * A database without `clusterRef` is looked for by `metadata.name`, then by `spec.name`.
 */
export function hostOf(target: EffectiveTarget, databases: readonly DatabaseObject[]): Host {
  if (target.kind === 'Cluster') return { kind: 'host', name: target.name };
  const byObjectName = databases.filter(({ metadata }) => metadata.name === target.name);
  if (target.clusterRef) {
    const named = byObjectName.find(({ spec }) => spec?.clusterRef === target.clusterRef)?.spec?.name;
    return { kind: 'host', name: target.clusterRef, database: named ?? target.name };
  }
  const found = byObjectName.length > 0 ? byObjectName : databases.filter(({ spec }) => spec?.name === target.name);
  const where = `namespace "${target.namespace}"`;
  const [only, second] = found;
  if (!only) {
    return waiting(
      'TargetNotFound',
      `no Neo4jDatabase named "${target.name}", nor one with that spec.name, in ${where}; create it, or set spec.target.clusterRef`,
    );
  }
  if (second) {
    const names = found.map(({ metadata }) => metadata.name).join(', ');
    return waiting(
      'TargetAmbiguous',
      `several Neo4jDatabase objects in ${where} have spec.name "${target.name}": ${names}; set spec.target.clusterRef`,
    );
  }
  if (!only.spec?.clusterRef)
    return waiting(
      'TargetNotFound',
      `Neo4jDatabase "${only.metadata.name}" in ${where} names no cluster; set its spec.clusterRef`,
    );
  return { kind: 'host', name: only.spec.clusterRef, database: only.spec.name ?? only.metadata.name };
}

export interface Found {
  readonly databases: readonly DatabaseObject[];
  readonly cluster?: ServerObject;
  readonly standalone?: ServerObject;
  readonly pods: readonly PodObject[];
  /** Namespace of the backup, which a target elsewhere must allow. */
  readonly backupNamespace: string;
  /** DNS suffix of Services, usually `cluster.local`. */
  readonly clusterDomain: string;
}

/** Second half: the host's objects to an image, a version and addresses. A cluster goes before a standalone of the same name. */
export function resolveTarget(
  target: EffectiveTarget,
  host: Extract<Host, { kind: 'host' }>,
  found: Found,
): Resolution {
  const server = found.cluster ?? found.standalone;
  const kind = found.cluster ? 'Cluster' : 'Standalone';
  const what = `${kind === 'Cluster' ? 'Neo4jEnterpriseCluster' : 'Neo4jEnterpriseStandalone'} "${host.name}"`;
  const where = `namespace "${target.namespace}"`;
  if (!server)
    return waiting(
      'TargetNotFound',
      `neither a Neo4jEnterpriseCluster nor a Neo4jEnterpriseStandalone named "${host.name}" exists in ${where}; create it or correct spec.target`,
    );
  if (!consents(server, target, found.backupNamespace)) {
    return waiting(
      'TargetConsentMissing',
      `${what} in ${where} does not allow backups from "${found.backupNamespace}"; annotate it with ${annotations.allowBackupsFrom}: "${found.backupNamespace}"`,
    );
  }
  const { repo, tag } = server.spec?.image ?? {};
  if (!repo)
    return waiting('TargetNotReady', `${what} names no image in spec.image.repo; without it neo4j-admin cannot be run`);
  const version = parseVersion(tag ?? '');
  if (version && !isSupported(version)) {
    return waiting(
      'TargetVersionUnsupported',
      `${what} runs Neo4j ${tag ?? ''}, and backups need 5.26 or later; upgrade the target`,
    );
  }
  if (!isReady(server, kind, found.pods))
    return waiting(
      'TargetNotReady',
      `${what} in ${where} is not ready (phase "${server.status?.phase ?? 'none'}"); the run starts by itself when it is`,
    );
  const addresses = addressesOf(server, kind, found.pods, found.clusterDomain);
  const all = found.databases.filter(
    ({ spec, metadata }) => spec?.clusterRef === host.name && !metadata.deletionTimestamp,
  );
  return {
    kind: 'resolved',
    target: {
      kind,
      name: host.name,
      namespace: target.namespace,
      image: tag ? `${repo}:${tag}` : repo,
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

function consents({ metadata }: ServerObject, target: EffectiveTarget, from: string): boolean {
  if (target.namespace === from) return true;
  const allowed = (metadata.annotations?.[annotations.allowBackupsFrom] ?? '').split(',').map((name) => name.trim());
  return allowed.includes('*') || allowed.includes(from);
}

/** LTS from 5.26, calendar versions from 2025.01. */
function isSupported(version: EngineVersion): boolean {
  const oldest = parseVersion(version.line === 'calendar' ? '2025.01' : '5.26');
  return oldest !== undefined && compareVersions(version, oldest) >= 0;
}

function isReady(server: ServerObject, kind: 'Cluster' | 'Standalone', pods: readonly PodObject[]): boolean {
  const phase = server.status?.phase;
  if (phase === 'Ready' || (kind === 'Standalone' && phase === 'Running')) return true;
  const condition =
    server.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
  return (
    condition &&
    pods.some((pod) => pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'))
  );
}

function waiting(reason: Reason, message: string): Extract<Resolution, { kind: 'waiting' }> {
  return { kind: 'waiting', reason, message };
}
