import { describe, expect, test } from 'vitest';
import { applyDefaults } from './apply-defaults.ts';
import { prune } from './prune.ts';
import type { Schema } from './schema.ts';
import { validate } from './validate.ts';

const schema: Schema = {
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['target'],
      properties: {
        target: { type: 'object', properties: { kind: { type: 'string', enum: ['Cluster', 'Database'] } } },
        count: { type: 'integer', minimum: 1, maximum: 50, default: 20 },
        name: { type: 'string', pattern: '^[a-z]+$', minLength: 2, maxLength: 5 },
        args: { type: 'array', minItems: 1, maxItems: 2, items: { type: 'string' } },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        port: { 'x-kubernetes-int-or-string': true },
        when: { type: 'string', format: 'date-time' },
        options: { type: 'object', default: {}, properties: { compress: { type: 'boolean', default: true } } },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        note: { type: 'string', nullable: true },
        keys: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: { type: 'object', properties: { name: { type: 'string' } } },
        },
      },
    },
  },
};

function findings(spec: object): string[] {
  const object = { spec: { target: {}, ...spec } };
  return validate(object, schema).map(({ field, message }) => `${field}: ${message}`);
}

describe('validation speaks like the API server', () => {
  test.each<[string, object, string]>([
    [
      'enum',
      { target: { kind: 'X' } },
      'spec.target.kind: Unsupported value: "X": supported values: "Cluster", "Database"',
    ],
    [
      'type',
      { count: 'many' },
      'spec.count: Invalid value: "string": spec.count in body must be of type integer: "string"',
    ],
    ['minimum', { count: 0 }, 'spec.count: Invalid value: 0: spec.count in body should be greater than or equal to 1'],
    ['maximum', { count: 51 }, 'spec.count: Invalid value: 51: spec.count in body should be less than or equal to 50'],
    ['pattern', { name: 'AB' }, `spec.name: Invalid value: "AB": spec.name in body should match '^[a-z]+$'`],
    ['minLength', { name: 'a' }, 'spec.name: Invalid value: "a": spec.name in body should be at least 2 chars long'],
    ['maxLength', { name: 'abcdef' }, 'spec.name: Too long: may not be more than 5 bytes'],
    ['minItems', { args: [] }, 'spec.args: Invalid value: 0: spec.args in body should have at least 1 items'],
    ['maxItems', { args: ['a', 'b', 'c'] }, 'spec.args: Too many: 3: must have at most 2 items'],
    [
      'items',
      { args: [1] },
      'spec.args[0]: Invalid value: "integer": spec.args[0] in body must be of type string: "integer"',
    ],
    ['duplicate keys', { keys: [{ name: 'a' }, { name: 'a' }] }, 'spec.keys[1]: Duplicate value: {"name":"a"}'],
    [
      'format',
      { when: 'soon' },
      'spec.when: Invalid value: "soon": spec.when in body must be of type date-time: "soon"',
    ],
  ])('%s', (_name, spec, expected) => {
    expect(findings(spec)).toEqual([expected]);
  });

  test('a required field is named with its path', () => {
    expect(validate({ spec: {} }, schema)).toEqual([
      { field: 'spec.target', reason: 'FieldValueRequired', message: 'Required value' },
    ]);
  });

  test('what the schema allows passes', () => {
    expect(findings({ port: 'http', note: null, labels: { a: 'b' }, when: '2026-03-01T02:00:00Z' })).toEqual([]);
    expect(findings({ port: 80 })).toEqual([]);
  });
});

test('unknown fields are removed and named', () => {
  const object = {
    apiVersion: 'v1',
    kind: 'X',
    metadata: { name: 'a' },
    spec: { target: { x: 1 }, free: { y: 1 }, keys: [{ z: 1 }] },
    odd: 1,
  };
  expect(prune(object, schema).toSorted()).toEqual(['odd', 'spec.keys[0].z', 'spec.target.x']);
  expect(object).toEqual({
    apiVersion: 'v1',
    kind: 'X',
    metadata: { name: 'a' },
    spec: { target: {}, free: { y: 1 }, keys: [{}] },
  });
});

test('defaults fill in what is missing, also inside a defaulted object', () => {
  const object = { spec: { target: {}, count: null } };
  applyDefaults(object, schema);
  expect(object).toEqual({ spec: { target: {}, count: 20, options: { compress: true } } });
});

test('an explicit false survives a default of true', () => {
  const object = { spec: { options: { compress: false } } };
  applyDefaults(object, schema);
  expect(object.spec.options).toEqual({ compress: false });
});
