/** Any JSON value; `undefined` members are the same as absent ones. */
export type Json = string | number | boolean | null | Json[] | JsonObject;

/** A JSON object whose members are looked at by name. */
export interface JsonObject {
  [key: string]: Json | undefined;
}

/** True for `{…}`, false for lists, null and everything else. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Follows member names down; anything missing on the way is `undefined`. */
export function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let here: Json | undefined = value;
  for (const name of path) {
    if (!isObject(here)) return undefined;
    here = here[name];
  }
  return here;
}

/** The object at the path, or an empty one that is not attached. */
export function objectAt(value: Json | undefined, ...path: readonly string[]): JsonObject {
  const found = at(value, ...path);
  return isObject(found) ? found : {};
}

/** The objects of the list at the path; other items are left out. */
export function objectsAt(value: Json | undefined, ...path: readonly string[]): JsonObject[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found.filter(isObject) : [];
}

/** The string at the path, or an empty one. */
export function textAt(value: Json | undefined, ...path: readonly string[]): string {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
}

/** A value as text: strings as they are, absent ones empty, everything else as JSON. */
export function shown(value: Json | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The number at the path, or `undefined`. */
export function numberAt(value: Json | undefined, ...path: readonly string[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : undefined;
}

/** The object stored under a name, made and attached when it is missing. */
export function ensureObject(parent: JsonObject, name: string): JsonObject {
  const found = parent[name];
  if (isObject(found)) return found;
  const made: JsonObject = {};
  parent[name] = made;
  return made;
}

/** Sets each member that is missing or null; what is there stays. */
export function fill(target: JsonObject, defaults: JsonObject): void {
  for (const [name, value] of Object.entries(defaults)) {
    if (target[name] === undefined || target[name] === null) target[name] = clone(value);
  }
}

/** A copy that shares nothing with the original. */
export function clone<T extends Json | undefined>(value: T): T {
  return structuredClone(value);
}

/** Equality of JSON: member order does not matter, absent equals undefined. */
export function equal(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => equal(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (!equal(a[name], b[name])) return false;
  }
  return true;
}

/** Removes members that are null or undefined, at every depth; list items stay, as typed decoding keeps them. */
export function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const kept: JsonObject = {};
  for (const [name, member] of Object.entries(value)) {
    if (member !== null && member !== undefined) kept[name] = withoutNulls(member);
  }
  return kept;
}
