import { isObject } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { memberSchema } from './schema.ts';
import type { Schema } from './schema.ts';

/** Removes members the schema does not know, in place, and returns their paths (`spec.x`, `spec.list[0].y`). */
export function prune(object: JsonObject, schema: Schema): string[] {
  const unknown: string[] = [];
  pruneObject(object, schema, '', unknown, true);
  return unknown;
}

/** What every object has, whatever its schema says. */
const OBJECT_MEMBERS = new Set(['apiVersion', 'kind', 'metadata']);

function pruneValue(value: Json | undefined, schema: Schema, path: string, unknown: string[]): void {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items) value.forEach((item, index) => pruneValue(item, items, `${path}[${index}]`, unknown));
  } else if (isObject(value)) {
    pruneObject(value, schema, path, unknown, schema['x-kubernetes-embedded-resource'] === true);
  }
}

function pruneObject(object: JsonObject, schema: Schema, path: string, unknown: string[], isResource: boolean): void {
  for (const [name, value] of Object.entries(object)) {
    if (isResource && OBJECT_MEMBERS.has(name)) continue;
    const where = path === '' ? name : `${path}.${name}`;
    const member = memberSchema(schema, name);
    if (member) pruneValue(value, member, where, unknown);
    else if (!keepsUnknown(schema)) {
      delete object[name];
      unknown.push(where);
    }
  }
}

function keepsUnknown(schema: Schema): boolean {
  return schema['x-kubernetes-preserve-unknown-fields'] === true || schema.additionalProperties === true;
}
