import { clone, isObject } from '../json.ts';
import type { Json } from '../json.ts';
import { memberSchema } from './schema.ts';
import type { Schema } from './schema.ts';

/**
 * Fills in the schema's defaults, in place. A null where the schema allows none is dropped first when a default
 * stands ready; defaults are filled before going deeper, so a defaulted object gets its own members' defaults too.
 */
export function applyDefaults(value: Json | undefined, schema: Schema): void {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items) for (const item of value) applyDefaults(item, items);
    return;
  }
  if (!isObject(value)) return;
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    if (member.default === undefined) continue;
    const isBadNull = value[name] === null && member.nullable !== true;
    if (value[name] === undefined || isBadNull) value[name] = clone(member.default);
  }
  for (const [name, child] of Object.entries(value)) {
    const member = memberSchema(schema, name);
    if (member) applyDefaults(child, member);
  }
}
