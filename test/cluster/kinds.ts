/** The kinds of cluster that run on this machine alone. Pods of the first two are local processes. */
export const clusterKinds = ['embedded', 'control-plane', 'node'] as const;

export type ClusterKind = (typeof clusterKinds)[number];

/** A kind whose pods are local processes. */
export type ProcessKind = Exclude<ClusterKind, 'node'>;
