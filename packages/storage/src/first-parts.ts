import { throwOwn } from './bytes.ts';
import type { Part } from './parts.ts';

/** Two parts at most: what fits into one goes as one request. */
export async function firstParts(
  parts: AsyncGenerator<Part, undefined>,
  signal: AbortSignal | undefined,
): Promise<Part[]> {
  const taken: Part[] = [];
  while (taken.length < 2) {
    const next = await parts.next().catch(throwOwn);
    signal?.throwIfAborted();
    if (next.done) break;
    taken.push(next.value);
  }
  return taken;
}

/** All parts again, those that were taken first. */
export async function* partsAgain(taken: readonly Part[], rest: AsyncIterable<Part>): AsyncIterable<Part> {
  yield* taken;
  yield* rest;
}
