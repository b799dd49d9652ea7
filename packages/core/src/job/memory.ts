import type { EffectiveOptions } from '@holdfast/types';
import { parseQuantity } from '../spec/quantity.ts';

const mebi = 1024 ** 2;
const defaultLimitBytes = 2048 * mebi;
const largestHeapMiB = 4096;

/** How a pod's memory is shared out. neo4j-admin would otherwise take the server's configured sizes, which may exceed the pod's limit. */
export interface Memory {
  readonly limit: string;
  readonly request: string;
  /** As `HEAP_SIZE` wants it. */
  readonly heap: string;
  readonly pageCache: string;
}

/**
 * The one derivation of heap, page cache and limit: half of the limit is heap (at most 4 GiB, more does not make a backup faster), a quarter
 * page cache, the rest is for the JVM itself and the agent.
 */
export function memoryOf({ pageCache, pod }: EffectiveOptions): Memory {
  const limits = (pod.resources as { limits?: { memory?: unknown } } | undefined)?.limits;
  const stated = limits?.memory === undefined ? undefined : parseQuantity(String(limits.memory));
  const limitMiB = Math.floor((stated ?? defaultLimitBytes) / mebi);
  return {
    limit: limits?.memory === undefined ? `${limitMiB}Mi` : String(limits.memory),
    request: `${Math.floor(limitMiB / 2)}Mi`,
    heap: `${Math.min(Math.max(Math.floor(limitMiB / 2), 64), largestHeapMiB)}M`,
    pageCache: pageCache ?? `${Math.max(Math.floor(limitMiB / 4), 8)}M`,
  };
}
