import { badRequest } from '../api-error.ts';
import { clone, equal, isObject, shown } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { listStrategy } from './merge-keys.ts';

/**
 * Applies a strategic merge patch to a built-in kind: lists with a merge key merge item by item, and the directives
 * `$patch`, `$retainKeys`, `$deleteFromPrimitiveList` and `$setElementOrder` (which `kubectl apply` sends) are obeyed.
 */
export function applyStrategicMergePatch(kind: string, original: JsonObject, patch: JsonObject): JsonObject {
  const directive = patch['$patch'];
  if (directive === 'replace') return cleaned(patch);
  if (directive === 'delete') return {};
  if (directive !== undefined && directive !== 'merge')
    throw badRequest(`Unknown patch type found: ${shown(directive)}`);
  const result = retained(clone(original), patch['$retainKeys']);
  for (const [name, value] of Object.entries(patch)) {
    if (!name.startsWith('$')) mergeMember(kind, result, name, value, patch[`$setElementOrder/${name}`]);
  }
  applyListDirectives(kind, result, patch);
  return result;
}

/** `$retainKeys` names all members that may stay (a volume has one source at a time). */
function retained(object: JsonObject, keys: Json | undefined): JsonObject {
  if (!Array.isArray(keys)) return object;
  return Object.fromEntries(Object.entries(object).filter(([name]) => keys.includes(name)));
}

function mergeMember(kind: string, result: JsonObject, name: string, value: Json | undefined, order?: Json): void {
  if (value === null || value === undefined) delete result[name];
  else if (isObject(value)) {
    const old = result[name];
    if (value['$patch'] === 'delete') delete result[name];
    else result[name] = applyStrategicMergePatch(kind, isObject(old) ? old : {}, value);
  } else if (Array.isArray(value)) result[name] = mergeList(kind, name, result[name], value, order);
  else result[name] = value;
}

function mergeList(kind: string, name: string, old: Json | undefined, patch: readonly Json[], order?: Json): Json[] {
  const strategy = listStrategy(kind, name);
  const before = Array.isArray(old) ? old : [];
  if (strategy === 'atomic') return patch.map(cleanedValue);
  if (strategy === 'set') return [...before, ...patch.filter((item) => !before.some((other) => equal(item, other)))];
  if (patch.some((item) => isObject(item) && item['$patch'] === 'replace')) {
    return patch.filter((item) => !(isObject(item) && item['$patch'] === 'replace')).map(cleanedValue);
  }
  const merged = mergeByKey(kind, strategy.key, before, patch);
  return Array.isArray(order) ? merged : patchFirst(merged, strategy.key, before, patch);
}

function mergeByKey(kind: string, key: string, before: readonly Json[], patch: readonly Json[]): Json[] {
  const result = [...before];
  for (const item of patch) {
    if (!isObject(item)) throw badRequest(`a list that merges by "${key}" has objects only`);
    if (item[key] === undefined)
      throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
    const index = result.findIndex((other) => isObject(other) && equal(other[key], item[key]));
    const found = result[index];
    if (item['$patch'] === 'delete') {
      if (index >= 0) result.splice(index, 1);
    } else if (index >= 0 && isObject(found)) result[index] = applyStrategicMergePatch(kind, found, item);
    else result.push(applyStrategicMergePatch(kind, {}, item));
  }
  return result;
}

/** Without an order, items that only the patch has stand before the others, as the API server puts them. */
function patchFirst(merged: Json[], key: string, before: readonly Json[], patch: readonly Json[]): Json[] {
  const isNew = (item: Json): boolean =>
    !before.some((other) => sameKey(other, item, key)) && patch.some((other) => sameKey(other, item, key));
  return [...merged.filter(isNew), ...merged.filter((item) => !isNew(item))];
}

function sameKey(a: Json, b: Json, key: string): boolean {
  return isObject(a) && isObject(b) && equal(a[key], b[key]);
}

function applyListDirectives(kind: string, result: JsonObject, patch: JsonObject): void {
  for (const [name, value] of Object.entries(patch)) {
    const [directive, field] = name.split('/', 2);
    if (field === undefined || !name.startsWith('$') || !Array.isArray(value)) continue;
    const list = result[field];
    if (!Array.isArray(list)) continue;
    if (directive === '$deleteFromPrimitiveList') result[field] = list.filter((item) => !value.includes(item));
    if (directive === '$setElementOrder') result[field] = ordered(kind, field, list, value);
  }
}

/** Items named by the order stand in that order; the others keep their place behind the item they followed. */
function ordered(kind: string, field: string, list: readonly Json[], order: readonly Json[]): Json[] {
  const strategy = listStrategy(kind, field);
  const same = (item: Json, wanted: Json): boolean =>
    typeof strategy === 'object' ? sameKey(item, wanted, strategy.key) : equal(item, wanted);
  const rankOf = (item: Json): number => order.findIndex((wanted) => same(item, wanted));
  const named = list.filter((item) => rankOf(item) >= 0).toSorted((a, b) => rankOf(a) - rankOf(b));
  const result = [...named];
  list.forEach((item, index) => {
    if (rankOf(item) >= 0) return;
    const before = list[index - 1];
    result.splice(before === undefined ? 0 : result.indexOf(before) + 1, 0, item);
  });
  return result;
}

function cleanedValue(value: Json): Json {
  if (Array.isArray(value)) return value.map(cleanedValue);
  return isObject(value) ? cleaned(value) : value;
}

function cleaned(value: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const [name, member] of Object.entries(value)) {
    if (!name.startsWith('$') && member !== undefined && member !== null) result[name] = cleanedValue(member);
  }
  return result;
}
