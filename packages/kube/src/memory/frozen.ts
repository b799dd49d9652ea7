/**
 * A JSON value that nobody can change any more, so that all who ask may have the same one: copies for each of them took a fifth of the time of
 * simulated stories. What is frozen already is ours, to its last leaf, and is shared.
 */
export function frozen<T>(value: T): T {
  return frozenCopy(value) as T;
}

function frozenCopy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (Array.isArray(value)) return Object.freeze(value.map(frozenCopy));
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(value)) copy[name] = frozenCopy((value as Record<string, unknown>)[name]);
  return Object.freeze(copy);
}
