import { invalidValue, requiredValue, unsupportedValue } from '../api-error.ts';
import type { Cause } from '../api-error.ts';
import { equal, isObject } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { checkFormat } from './formats.ts';
import { memberSchema } from './schema.ts';
import type { Schema } from './schema.ts';

/** Checks a value against a structural schema, in the API server's own words. No finding means valid. */
export function validate(value: Json | undefined, schema: Schema, path = ''): Cause[] {
  if (value === undefined) return [];
  if (value === null && schema.nullable === true) return [];
  const wrongType = checkType(value, schema, path);
  if (wrongType) return [wrongType];
  return [
    ...checkEnum(value, schema, path),
    ...checkCombinations(value, schema, path),
    ...(typeof value === 'string' ? checkText(value, schema, path) : []),
    ...(typeof value === 'number' ? checkNumber(value, schema, path) : []),
    ...(Array.isArray(value) ? checkList(value, schema, path) : []),
    ...(isObject(value) ? checkObject(value, schema, path) : []),
  ];
}

function checkType(value: Json, schema: Schema, path: string): Cause | undefined {
  const actual = typeName(value);
  if (schema['x-kubernetes-int-or-string'] === true) {
    if (actual === 'integer' || actual === 'string') return undefined;
    return invalidValue(path, actual, `${path} in body must be of type integer,string: "${actual}"`);
  }
  const wanted = schema.type;
  if (wanted === undefined || wanted === actual || (wanted === 'number' && actual === 'integer')) return undefined;
  const [named, shown] = inWordsOfServer(schema, actual);
  return {
    field: path,
    reason: 'FieldValueTypeInvalid',
    message: `Invalid value: "${shown}": ${inBody(path)} must be of type ${named}: "${shown}"`,
  };
}

/** Of numbers of a format the server names the format, unless a text or a list was given. */
function inWordsOfServer({ type, format }: Schema, actual: string): readonly [named: string, shown: string] {
  const byFormat = type === 'integer' && format !== undefined && !['string', 'array', 'null'].includes(actual);
  return byFormat ? [format, actual === 'number' ? 'float64' : ''] : [type ?? '', actual];
}

function typeName(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function checkEnum(value: Json, schema: Schema, path: string): Cause[] {
  if (!schema.enum || schema.enum.some((allowed) => equal(allowed, value))) return [];
  return [unsupportedValue(path, value, schema.enum)];
}

function checkText(value: string, schema: Schema, path: string): Cause[] {
  const found: Cause[] = [];
  const length = Array.from(value).length;
  if (schema.maxLength !== undefined && length > schema.maxLength) {
    found.push({
      field: path,
      reason: 'FieldValueTooLong',
      message: `Too long: may not be more than ${schema.maxLength} bytes`,
    });
  }
  if (schema.minLength !== undefined && length < schema.minLength) {
    found.push(invalidValue(path, value, `${inBody(path)} should be at least ${schema.minLength} chars long`));
  }
  if (schema.pattern !== undefined && !matches(schema.pattern, value)) {
    found.push(invalidValue(path, value, `${inBody(path)} should match '${schema.pattern}'`));
  }
  if (schema.format !== undefined && !checkFormat(schema.format, value)) {
    found.push(invalidValue(path, value, `${inBody(path)} must be of type ${schema.format}: ${JSON.stringify(value)}`));
  }
  return found;
}

const patterns = new Map<string, RegExp>();

function matches(pattern: string, value: string): boolean {
  const known = patterns.get(pattern);
  const expression = known ?? new RegExp(pattern, 'u');
  if (!known) patterns.set(pattern, expression);
  return expression.test(value);
}

function checkNumber(value: number, schema: Schema, path: string): Cause[] {
  const { minimum, maximum, multipleOf } = schema;
  const found: Cause[] = [];
  if (minimum !== undefined && (value < minimum || (schema.exclusiveMinimum === true && value === minimum))) {
    const words = schema.exclusiveMinimum === true ? 'greater than' : 'greater than or equal to';
    found.push(invalidValue(path, value, `${inBody(path)} should be ${words} ${minimum}`));
  }
  if (maximum !== undefined && (value > maximum || (schema.exclusiveMaximum === true && value === maximum))) {
    const words = schema.exclusiveMaximum === true ? 'less than' : 'less than or equal to';
    found.push(invalidValue(path, value, `${inBody(path)} should be ${words} ${maximum}`));
  }
  if (multipleOf !== undefined && value % multipleOf !== 0) {
    found.push(invalidValue(path, value, `${inBody(path)} should be a multiple of ${multipleOf}`));
  }
  return found;
}

function checkList(value: readonly Json[], schema: Schema, path: string): Cause[] {
  const found: Cause[] = [];
  if (schema.maxItems !== undefined && value.length > schema.maxItems) {
    const message = `Too many: ${value.length}: must have at most ${schema.maxItems} items`;
    found.push({ field: path, reason: 'FieldValueTooMany', message });
  }
  if (schema.minItems !== undefined && value.length < schema.minItems) {
    found.push(invalidValue(path, value.length, `${inBody(path)} should have at least ${schema.minItems} items`));
  }
  found.push(...checkDuplicates(value, schema, path));
  const { items } = schema;
  if (items) value.forEach((item, index) => found.push(...validate(item, items, `${path}[${index}]`)));
  return found;
}

function checkDuplicates(value: readonly Json[], schema: Schema, path: string): Cause[] {
  const kind = schema['x-kubernetes-list-type'];
  if (kind !== 'set' && kind !== 'map' && schema.uniqueItems !== true) return [];
  const keys = kind === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? []) : [];
  const seen = new Set<string>();
  const found: Cause[] = [];
  value.forEach((item, index) => {
    const identity = keys.length > 0 && isObject(item) ? Object.fromEntries(keys.map((key) => [key, item[key]])) : item;
    const text = JSON.stringify(identity);
    if (seen.has(text)) {
      found.push({ field: `${path}[${index}]`, reason: 'FieldValueDuplicate', message: `Duplicate value: ${text}` });
    }
    seen.add(text);
  });
  return found;
}

function checkObject(value: JsonObject, schema: Schema, path: string): Cause[] {
  const found: Cause[] = [];
  const count = Object.keys(value).length;
  if (schema.minProperties !== undefined && count < schema.minProperties) {
    found.push(invalidValue(path, value, `${inBody(path)} should have at least ${schema.minProperties} properties`));
  }
  if (schema.maxProperties !== undefined && count > schema.maxProperties) {
    const message = `Too many: ${count}: must have at most ${schema.maxProperties} items`;
    found.push({ field: path, reason: 'FieldValueTooMany', message });
  }
  for (const name of schema.required ?? []) {
    if (value[name] === undefined) found.push(requiredValue(join(path, name)));
  }
  for (const [name, member] of Object.entries(value)) {
    const rule = memberSchema(schema, name);
    if (rule) found.push(...validate(member, rule, join(path, name)));
  }
  return found;
}

function checkCombinations(value: Json, schema: Schema, path: string): Cause[] {
  const found = (schema.allOf ?? []).flatMap((each) => validate(value, each, path));
  const fits = (each: Schema): boolean => validate(value, each, path).length === 0;
  if (schema.anyOf && !schema.anyOf.some(fits)) {
    found.push(invalidValue(path, value, `${inBody(path)} must validate at least one schema (anyOf)`));
  }
  const fitting = schema.oneOf?.filter(fits).length;
  if (fitting !== undefined && fitting !== 1) {
    const words = fitting === 0 ? 'Found none valid' : `Found ${fitting} valid alternatives`;
    found.push(invalidValue(path, value, `${inBody(path)} must validate one and only one schema (oneOf). ${words}`));
  }
  if (schema.not && fits(schema.not)) {
    found.push(invalidValue(path, value, `${inBody(path)} must not validate the schema (not)`));
  }
  return found;
}

function inBody(path: string): string {
  return path === '' ? 'body' : `${path} in body`;
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
