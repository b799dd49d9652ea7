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
 * page cache, the rest is for the JVM itself and the agent. A request above the usual limit raises it, for a pod may not ask for more
 * than it is allowed.
 */
export function memoryOf({ pageCache, pod }: EffectiveOptions): Memory {
  const limit = statedMemory(pod.resources, 'limits');
  const request = statedMemory(pod.resources, 'requests');
  const limitBytes = limit?.bytes ?? Math.max(defaultLimitBytes, request?.bytes ?? 0);
  const limitMiB = Math.floor(limitBytes / mebi);
  return {
    limit: limit?.text ?? (limitBytes === request?.bytes ? request.text : `${limitMiB}Mi`),
    request: request?.text ?? `${Math.floor(limitMiB / 2)}Mi`,
    heap: `${Math.min(Math.max(Math.floor(limitMiB / 2), 64), largestHeapMiB)}M`,
    pageCache: pageCache ?? `${Math.max(Math.floor(limitMiB / 4), 8)}M`,
  };
}

/** The spec was checked before, so what stands there can be read. */
function statedMemory(
  resources: Readonly<Record<string, unknown>> | undefined,
  part: 'limits' | 'requests',
): { text: string; bytes: number } | undefined {
  const memory = (resources?.[part] as { memory?: string | number } | undefined)?.memory;
  if (memory === undefined) return undefined;
  const text = String(memory);
  return { text, bytes: parseQuantity(text) };
}
