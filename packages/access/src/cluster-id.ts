import { KubeError, resources, type Kube } from '@holdfast/kube';

/**
 * Learns once what tells this cluster from every other: the UID of its namespace `kube-system`.
 * @param told an id that an administrator gave instead, where services may not read that namespace
 */
export function clusterIdentity(kube: Kube, told?: string): (signal?: AbortSignal) => Promise<string> {
  let known = told;
  return async (signal) => {
    known ??= await read(kube, signal);
    return known;
  };
}

async function read(kube: Kube, signal: AbortSignal | undefined): Promise<string> {
  try {
    const namespace = await kube.get(resources.namespaces, { name: 'kube-system' }, signal);
    if (namespace) return namespace.metadata.uid;
  } catch (error) {
    if (!(error instanceof KubeError) || error.status !== 403) throw error;
    throw new KubeError('terminal', `the id of this cluster may not be read; ${remedy}`, { status: 403, cause: error });
  }
  throw new KubeError('terminal', `this cluster has no namespace kube-system to be told by; ${remedy}`, {
    status: 403,
  });
}

const remedy =
  'grant "get" on the namespace kube-system to our ServiceAccount, or set HOLDFAST_CLUSTER_ID to a word that no other cluster uses';
