/** Kinds of cluster whose pods are local processes. */
export const processKinds = ['embedded', 'control-plane'] as const;

export type ProcessKind = (typeof processKinds)[number];

/** The kinds of cluster that run on this machine alone. Pods of a `node` are containers. */
export const clusterKinds = [...processKinds, 'node'] as const;

export type ClusterKind = (typeof clusterKinds)[number];
