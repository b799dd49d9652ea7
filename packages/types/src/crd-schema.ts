/** A node of an OpenAPI schema. */
export interface JsonSchema {
  readonly [key: string]: unknown;
}

/** Words of JSON schema that a structural schema does not know, or that say what we do not mean. */
const dropped = new Set(['$schema', 'propertyNames', 'id', '$id']);

/**
 * Makes a schema structural in the sense of Kubernetes: no `additionalProperties: false` beside properties (unknown fields are
 * pruned, and kubectl reports them), no unions except the one of whole number and text, formats instead of the bounds of
 * JavaScript's numbers, and a length for every enum, so that rules over it have a bounded cost.
 */
export function structural(schema: JsonSchema): JsonSchema {
  const kept = Object.fromEntries(
    Object.entries(schema)
      .filter(([key]) => !dropped.has(key))
      .map(([key, value]) => [key, nested(key, value)]),
  );
  return [asIntOrString, asOpenObject, withoutClosedObject, asWholeNumber, asTime, withEnumLength].reduce<JsonSchema>(
    (node, change) => change(node),
    kept,
  );
}

function nested(key: string, value: unknown): unknown {
  if (key === 'properties' && isSchema(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, child]) => [name, isSchema(child) ? structural(child) : child]),
    );
  }
  if ((key === 'items' || key === 'additionalProperties') && isSchema(value)) return structural(value);
  return value;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asIntOrString(node: JsonSchema): JsonSchema {
  if (node['x-kubernetes-int-or-string'] !== true) return node;
  const { anyOf: _anyOf, oneOf: _oneOf, type: _type, ...rest } = node;
  return rest;
}

function asOpenObject(node: JsonSchema): JsonSchema {
  if (node['x-kubernetes-preserve-unknown-fields'] !== true) return node;
  const { additionalProperties: _additionalProperties, ...rest } = node;
  return { ...rest, type: 'object' };
}

function withoutClosedObject(node: JsonSchema): JsonSchema {
  if (node['additionalProperties'] !== false) return node;
  const { additionalProperties: _additionalProperties, ...rest } = node;
  return rest;
}

const widest = { int32: 2_147_483_647, int64: Number.MAX_SAFE_INTEGER } as const;

function asWholeNumber(node: JsonSchema): JsonSchema {
  if (node['type'] !== 'integer') return node;
  const { minimum, maximum, ...rest } = node;
  const format = maximum === widest.int32 ? 'int32' : 'int64';
  return {
    ...rest,
    format,
    ...(minimum !== undefined && minimum !== -widest.int64 && minimum !== -widest.int32 - 1 && { minimum }),
    ...(maximum !== undefined && maximum !== widest.int64 && maximum !== widest.int32 && { maximum }),
  };
}

/** The format alone: the pattern beside it says the same in a way that nobody can read. */
function asTime(node: JsonSchema): JsonSchema {
  if (node['format'] !== 'date-time') return node;
  const { pattern: _pattern, ...rest } = node;
  return rest;
}

function withEnumLength(node: JsonSchema): JsonSchema {
  const words = node['enum'];
  if (node['type'] !== 'string' || !Array.isArray(words)) return node;
  return { ...node, maxLength: Math.max(...words.map((word) => String(word).length)) };
}
