/**
 * A copy of a JSON value that shares nothing with it. `structuredClone` writes a value out and reads it back, because it can do more than JSON;
 * a fifth of the time of simulated stories went into that.
 */
export function copyOf<T>(value: T): T {
  return copied(value) as T;
}

function copied(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copied);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copied(member)]));
}
