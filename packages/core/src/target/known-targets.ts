import { annotations } from '@holdfast/types';
import { imageReference } from './image.ts';
import type { DatabaseObject, NamedObject, ServerObject, StatefulSetObject } from './objects.ts';
import { wantedImage } from './workload.ts';

/** An object that may be a target, as a watch keeps it. */
export interface KnownHost extends NamedObject {
  readonly uid: string;
  readonly createdAt: Date;
  /** Grows with every change of what the object asks for. */
  readonly generation: number;
  /** Image that its servers should run. */
  readonly image?: string;
}

/** A `Neo4jDatabase` as a watch keeps it. */
export interface KnownDatabase extends DatabaseObject {
  readonly uid: string;
  readonly createdAt: Date;
  /** Online, as the operator says. */
  readonly ready: boolean;
}

/** What a watcher knows of the objects that may be targets. */
export interface KnownTargets {
  host(kind: HostKind, namespace: string, name: string): KnownHost | undefined;
  databases(namespace: string): readonly KnownDatabase[];
}

export type HostKind = 'Cluster' | 'Standalone' | 'StatefulSet' | 'Service';

/** An object as the API server gives it. */
export interface LivingObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly creationTimestamp: string;
    readonly generation?: number;
    readonly deletionTimestamp?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** What is kept of an object of this kind: who it is, what its servers should run, and whom it allows. */
export function knownHost(object: LivingObject, kind: HostKind): KnownHost {
  const { metadata } = object;
  const { name, namespace = '', uid } = metadata;
  const allows = metadata.annotations?.[annotations.allowBackupsFrom];
  const image = imageOf(object, kind);
  return {
    metadata: {
      name,
      namespace,
      ...(allows !== undefined && { annotations: { [annotations.allowBackupsFrom]: allows } }),
    },
    uid,
    createdAt: new Date(metadata.creationTimestamp),
    generation: metadata.generation ?? 1,
    ...(image && { image: image.slice(0, longestImage) }),
  };
}

/** As much as a record takes of what other people write. */
const longestImage = 1024;

function imageOf(object: LivingObject, kind: HostKind): string | undefined {
  if (kind === 'Service') return undefined;
  if (kind === 'StatefulSet') return wantedImage(object as unknown as StatefulSetObject);
  const { repo, tag } = (object as unknown as ServerObject).spec?.image ?? {};
  return repo === undefined ? undefined : imageReference(repo, tag);
}

/** What is kept of a `Neo4jDatabase`. */
export function knownDatabase(object: LivingObject): KnownDatabase {
  const { metadata } = object;
  const { spec, status } = object as unknown as DatabaseObject & Pick<ServerObject, 'status'>;
  const { name, namespace = '', uid, deletionTimestamp } = metadata;
  const isTrue = status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True');
  return {
    metadata: { name, namespace, ...(deletionTimestamp !== undefined && { deletionTimestamp }) },
    spec: {
      ...(spec?.clusterRef !== undefined && { clusterRef: spec.clusterRef }),
      ...(spec?.name !== undefined && { name: spec.name }),
    },
    uid,
    createdAt: new Date(metadata.creationTimestamp),
    ready: status?.phase === 'Ready' || (isTrue ?? false),
  };
}
