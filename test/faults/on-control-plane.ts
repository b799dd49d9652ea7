/**
 * Files of fault tests whose stories are told on a real control plane: those in which Kubernetes itself is the one that breaks, that is
 * asked twice, or that decides what becomes of a pod. What the others break is the same on every kind of cluster.
 */
export const filesOnControlPlane = [
  'api',
  'corrected-credentials',
  'credentials',
  'leader',
  'objects',
  'pods',
  'process',
  'replicas',
] as const;
