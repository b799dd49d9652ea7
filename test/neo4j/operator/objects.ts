import type { KubeObject, ObjectMeta } from '../../cluster/kubelet/api-client.ts';

/** `metadata` of an object that has a spec. */
export type Meta = ObjectMeta & { readonly namespace: string; readonly generation?: number };

/** One entry of `status.conditions`. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number;
}

/** The part of a status that this operator writes. */
export interface Status {
  readonly phase: string;
  readonly message: string;
  readonly observedGeneration?: number;
  readonly conditions: readonly Condition[];
}

/** A `Neo4jEnterpriseCluster` or `Neo4jEnterpriseStandalone`. */
export interface Target extends KubeObject {
  metadata: Meta;
  readonly kind: 'Neo4jEnterpriseCluster' | 'Neo4jEnterpriseStandalone';
  readonly spec: {
    readonly image: { readonly repo: string; readonly tag: string; readonly pullPolicy?: string };
    readonly topology?: { readonly primaries?: number; readonly secondaries?: number };
    readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[];
  };
  readonly status?: Status;
}

/** A `Neo4jDatabase`. */
export interface DatabaseObject extends KubeObject {
  metadata: Meta;
  readonly spec: { readonly clusterRef: string; readonly name?: string };
  readonly status?: Status;
}

/** A server pod as far as this operator looks at it. */
export interface ServerPod extends KubeObject {
  metadata: Meta & { readonly ownerReferences?: readonly { readonly uid: string }[] };
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** Collections of the three kinds. */
export const collections = {
  Neo4jEnterpriseCluster: 'neo4jenterpriseclusters',
  Neo4jEnterpriseStandalone: 'neo4jenterprisestandalones',
  Neo4jDatabase: 'neo4jdatabases',
} as const;

/** Group and version of the three kinds. */
export const apiVersion = 'neo4j.neo4j.com/v1alpha1';
