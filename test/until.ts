import { setTimeout as sleep } from 'node:timers/promises';

/** How long to wait, and what to say when it was in vain. */
export interface Waiting {
  readonly withinMs?: number;
  /** The fact in words, for the error. */
  readonly saying?: string;
  /** Pause between two looks. */
  readonly everyMs?: number;
}

/**
 * Looks until the fact is there, and answers it: any value but `undefined`, `null` and `false`. A look that throws counts as "not yet", so a
 * fact may be written with `expect`. After the deadline the last look's trouble is the cause of the error.
 */
export async function until<T>(
  fact: () => T | Promise<T>,
  { withinMs = 60_000, saying = 'the fact', everyMs = 60 }: Waiting = {},
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const seen = await look(fact);
    if ('value' in seen && isThere(seen.value)) return seen.value;
    if (performance.now() > deadline) throw tooLate(saying, withinMs, seen);
    await sleep(everyMs);
  }
}

type Seen<T> = { readonly value: T } | { readonly error: unknown };

async function look<T>(fact: () => T | Promise<T>): Promise<Seen<T>> {
  try {
    return { value: await fact() };
  } catch (error) {
    return { error };
  }
}

function isThere<T>(value: T): value is Exclude<T, undefined | null | false> {
  return value !== undefined && value !== null && value !== false;
}

function tooLate<T>(saying: string, withinMs: number, seen: Seen<T>): Error {
  const message = `${saying} did not come true within ${withinMs} ms`;
  if ('error' in seen) return new Error(message, { cause: seen.error });
  return new Error(`${message}; the last look saw ${JSON.stringify(seen.value)}`);
}
