import { isObject } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { fieldsOf, messageOf } from './messages.ts';
import type { Field } from './messages.ts';

/** Removes the members a built-in kind does not have, in place, and returns their paths. Kinds without a table keep all. */
export function removeUnknownFields(kind: string, object: JsonObject): string[] {
  const unknown: string[] = [];
  if (fieldsOf(kind)) visit(object, kind, '', unknown);
  return unknown;
}

function visit(object: JsonObject, message: string, path: string, unknown: string[]): void {
  const fields = membersOf(message);
  for (const [name, value] of Object.entries(object)) {
    if (path === '' && (name === 'apiVersion' || name === 'kind')) continue;
    const where = path === '' ? name : `${path}.${name}`;
    const field = fields.get(name);
    if (field) visitValue(value, field, where, unknown);
    else {
      delete object[name];
      unknown.push(where);
    }
  }
}

function visitValue(value: Json | undefined, field: Field, path: string, unknown: string[]): void {
  const message = messageOf(field.type);
  if (message === undefined) return;
  if (field.shape === 'one' && isObject(value)) visit(value, message, path, unknown);
  if (field.shape === 'list' && Array.isArray(value)) {
    value.forEach((item, index) => {
      if (isObject(item)) visit(item, message, `${path}[${index}]`, unknown);
    });
  }
  if (field.shape === 'map' && isObject(value)) {
    for (const [key, item] of Object.entries(value))
      if (isObject(item)) visit(item, message, `${path}.${key}`, unknown);
  }
}

const members = new Map<string, ReadonlyMap<string, Field>>();

/** The fields by JSON name, those of nameless parts included. */
function membersOf(message: string): ReadonlyMap<string, Field> {
  const known = members.get(message);
  if (known) return known;
  const made = new Map<string, Field>();
  for (const field of fieldsOf(message) ?? []) {
    const part = messageOf(field.type);
    if (field.name !== '') made.set(field.name, field);
    else if (part !== undefined) for (const [name, inner] of membersOf(part)) made.set(name, inner);
  }
  members.set(message, made);
  return made;
}
