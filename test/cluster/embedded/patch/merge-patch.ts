import { clone, isObject } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';

/** Applies an RFC 7386 merge patch: null removes, objects merge, everything else replaces. */
export function applyMergePatch(original: JsonObject, patch: JsonObject): JsonObject {
  const result = clone(original);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null || value === undefined) delete result[name];
    else result[name] = merged(result[name], value);
  }
  return result;
}

function merged(old: Json | undefined, value: Json): Json {
  return isObject(value) ? applyMergePatch(isObject(old) ? old : {}, value) : clone(value);
}
