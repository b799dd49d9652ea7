import { badRequest } from '../api-error.ts';
import { shown } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { timestamp } from '../kube-object.ts';
import { fieldsOf, messageOf } from './messages.ts';
import type { Field } from './messages.ts';
import { readWire } from './wire.ts';

/** Four bytes before every object in the API's protobuf form. */
const MAGIC = 'k8s\0';

/** Decodes an object as kubectl's typed commands (`create job`, `drain`) send it. Throws 400 for anything else. */
export function decodeProtobuf(bytes: Uint8Array): JsonObject {
  if (text(bytes.subarray(0, MAGIC.length)) !== MAGIC) throw badRequest('the protobuf body lacks the prefix "k8s\\0"');
  let typeMeta: JsonObject = {};
  let raw: Uint8Array = new Uint8Array();
  for (const { number, value } of readWire(bytes.subarray(MAGIC.length))) {
    if (typeof value === 'bigint') continue;
    if (number === 1) typeMeta = decodeTypeMeta(value);
    if (number === 2) raw = value;
  }
  const kind = shown(typeMeta['kind']);
  if (!fieldsOf(kind)) throw badRequest(`objects of kind "${kind}" are not understood as protobuf; send JSON`);
  return { ...typeMeta, ...decodeMessage(raw, kind) };
}

function decodeTypeMeta(bytes: Uint8Array): JsonObject {
  const result: JsonObject = {};
  for (const { number, value } of readWire(bytes)) {
    if (typeof value === 'bigint') continue;
    if (number === 1) result['apiVersion'] = text(value);
    if (number === 2) result['kind'] = text(value);
  }
  return result;
}

function decodeMessage(bytes: Uint8Array, message: string): JsonObject {
  const fields = new Map((fieldsOf(message) ?? []).map((field) => [field.number, field]));
  const result: JsonObject = {};
  for (const { number, value } of readWire(bytes)) {
    const field = fields.get(number);
    if (field) addField(result, field, value);
  }
  return result;
}

function addField(result: JsonObject, field: Field, value: bigint | Uint8Array): void {
  if (field.shape === 'map' && typeof value !== 'bigint') {
    const [key, item] = decodeEntry(value, field.type);
    result[field.name] = { ...(result[field.name] as JsonObject | undefined), [key]: item };
    return;
  }
  const decoded = decodeValue(value, field.type);
  if (field.shape === 'list') {
    const before = result[field.name];
    if (decoded !== undefined) result[field.name] = [...(Array.isArray(before) ? before : []), decoded];
  } else if (field.name === '') Object.assign(result, decoded);
  else if (decoded !== undefined && (field.keepsZero || !isZero(decoded))) result[field.name] = decoded;
}

function decodeEntry(bytes: Uint8Array, type: string): [string, Json] {
  let key = '';
  let item: Json = '';
  for (const { number, value } of readWire(bytes)) {
    if (number === 1 && typeof value !== 'bigint') key = text(value);
    if (number === 2) item = decodeValue(value, type) ?? '';
  }
  return [key, item];
}

function decodeValue(value: bigint | Uint8Array, type: string): Json | undefined {
  if (typeof value === 'bigint') return type === 'b' ? value !== 0n : Number(BigInt.asIntN(64, value));
  const message = messageOf(type);
  if (message !== undefined) return decodeMessage(value, message);
  switch (type) {
    case 's':
      return text(value);
    case 'y':
      return Buffer.from(value).toString('base64');
    case 't':
    case 'm':
      return decodeTime(value, type);
    case 'q':
      return text(firstBytes(value, 1));
    case 'x':
      return decodeNumberOrText(value);
    case 'r':
      return JSON.parse(text(firstBytes(value, 1)) || 'null') as Json;
    default:
      throw badRequest(`fields of type "${type}" are not understood as protobuf; send JSON`);
  }
}

function decodeTime(bytes: Uint8Array, type: 't' | 'm'): string | undefined {
  const [seconds, nanos] = [firstNumber(bytes, 1), firstNumber(bytes, 2)];
  if (seconds === 0 && nanos === 0) return undefined;
  const moment = new Date(seconds * 1000);
  return type === 't'
    ? timestamp(moment)
    : `${timestamp(moment).slice(0, -1)}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z`;
}

function decodeNumberOrText(bytes: Uint8Array): Json {
  return firstNumber(bytes, 1) === 1 ? text(firstBytes(bytes, 3)) : firstNumber(bytes, 2);
}

function firstBytes(bytes: Uint8Array, wanted: number): Uint8Array {
  for (const { number, value } of readWire(bytes)) if (number === wanted && typeof value !== 'bigint') return value;
  return new Uint8Array();
}

function firstNumber(bytes: Uint8Array, wanted: number): number {
  for (const { number, value } of readWire(bytes)) {
    if (number === wanted && typeof value === 'bigint') return Number(BigInt.asIntN(64, value));
  }
  return 0;
}

function isZero(value: Json): boolean {
  return value === '' || value === 0 || value === false;
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}
