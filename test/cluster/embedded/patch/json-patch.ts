import { badRequest, ApiError } from '../api-error.ts';
import { clone, equal, isObject, shown } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';

/** Applies an RFC 6902 patch. A failed `test`, or a path that is not there, refuses the whole patch with 422. */
export function applyJsonPatch(original: JsonObject, patch: Json): JsonObject {
  if (!Array.isArray(patch)) throw badRequest('a JSON patch is a list of operations');
  let result: Json = clone(original);
  for (const operation of patch) {
    if (!isObject(operation)) throw badRequest('an operation of a JSON patch is an object');
    result = applyOperation(result, operation);
  }
  if (!isObject(result)) throw badRequest('the patch leaves no object');
  return result;
}

function applyOperation(document: Json, operation: JsonObject): Json {
  const path = pointer(operation['path']);
  switch (shown(operation['op'])) {
    case 'add':
      return write(document, path, valueOf(operation), 'add');
    case 'replace':
      read(document, path);
      return write(document, path, valueOf(operation), 'replace');
    case 'remove':
      return remove(document, path);
    case 'test':
      if (equal(find(document, path) ?? null, valueOf(operation))) return document;
      throw refused(`testing value ${path.join('/')} failed: test failed`);
    case 'copy':
      return write(document, path, clone(read(document, pointer(operation['from']))), 'add');
    case 'move': {
      const from = pointer(operation['from']);
      const moved = read(document, from);
      return write(remove(document, from), path, moved, 'add');
    }
    default:
      throw badRequest(`unexpected kind of JSON patch operation: ${shown(operation['op'])}`);
  }
}

function pointer(value: Json | undefined): string[] {
  if (typeof value !== 'string' || (value !== '' && !value.startsWith('/'))) {
    throw badRequest(`"${shown(value)}" is no JSON pointer`);
  }
  return value
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function valueOf(operation: JsonObject): Json {
  const value = operation['value'];
  if (value === undefined) throw badRequest(`operation "${shown(operation['op'])}" has no value`);
  return value;
}

function find(document: Json, path: readonly string[]): Json | undefined {
  let here: Json | undefined = document;
  for (const part of path) {
    if (Array.isArray(here)) here = here[Number(part)];
    else if (isObject(here)) here = here[part];
    else return undefined;
  }
  return here;
}

function read(document: Json, path: readonly string[]): Json {
  const found = find(document, path);
  if (found === undefined) throw refused(`doc is missing path: /${path.join('/')}: missing value`);
  return found;
}

function write(document: Json, path: readonly string[], value: Json, how: 'add' | 'replace'): Json {
  const last = path.at(-1);
  if (last === undefined) return value;
  const parent = read(document, path.slice(0, -1));
  if (Array.isArray(parent)) {
    const index =
      last === '-' ? parent.length : indexIn(parent, last, how === 'add' ? parent.length : parent.length - 1);
    parent.splice(index, how === 'add' ? 0 : 1, value);
  } else if (isObject(parent)) parent[last] = value;
  else throw refused(`/${path.join('/')} points into a plain value`);
  return document;
}

function remove(document: Json, path: readonly string[]): Json {
  read(document, path);
  const last = path.at(-1);
  if (last === undefined) throw refused('the whole document cannot be removed');
  const parent = read(document, path.slice(0, -1));
  if (Array.isArray(parent)) parent.splice(indexIn(parent, last, parent.length - 1), 1);
  else if (isObject(parent)) delete parent[last];
  return document;
}

function indexIn(list: readonly Json[], part: string, highest: number): number {
  const index = Number(part);
  if (!/^\d+$/.test(part) || index > highest) {
    throw refused(`unable to access invalid index: ${part} of ${list.length}: invalid index referenced`);
  }
  return index;
}

function refused(message: string): ApiError {
  return new ApiError(422, 'Invalid', `the server rejected our request due to an error in our request: ${message}`);
}
