import type { Ring } from '@holdfast/types';

/**
 * The fixed id of a ring. Kubernetes names hold no `/`, so two rings never share one, it is never an integer, and it has no `:`
 * (BullMQ refuses integers and ids with exactly one colon).
 */
export function jobId(ring: Pick<Ring, 'namespace' | 'name'>): string {
  return `${ring.namespace}/${ring.name}`.replaceAll(':', '%3A');
}
