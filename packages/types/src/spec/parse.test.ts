import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSpec } from './parse.ts';

const spec = { target: { kind: 'Cluster', name: 'production' }, storage: { type: 'pvc' } };

function messages(value: unknown): readonly string[] {
  const parsed = parseSpec(value);
  return 'problems' in parsed ? parsed.problems.map(({ message }) => message) : [];
}

test('defaults are filled in where a field has one spelling', () => {
  expect(parseSpec({ ...spec, options: {}, retention: {} })).toEqual({
    spec: {
      ...spec,
      concurrencyPolicy: 'Forbid',
      suspend: false,
      historyLimit: 20,
      options: { backupType: 'AUTO', compress: true },
      retention: { deletePolicy: 'Delete', onDelete: 'Retain' },
    },
  });
});

test('nothing at all is told apart from an empty spec', () => {
  expect(messages(undefined)).toEqual(['spec is missing; write at least a target and a storage']);
  expect(messages(null)).toEqual(['spec is empty; write an object with fields']);
  expect(messages({})).toHaveLength(2);
});

test('a field in a list is named by its place', () => {
  expect(messages({ ...spec, options: { additionalArgs: ['--verbose', 5] } })).toEqual([
    'spec.options.additionalArgs[1] is a number; write a text in quotes',
  ]);
});

test('well-known mistakes get their own remedy', () => {
  expect(messages({ ...spec, triggers: [{ true: 'SpecChanged' }] })).toContain(
    'spec.triggers[0].true is not a field of a Neo4jBackup; write "on" in quotes, because YAML takes the bare word for true',
  );
});

test('values that may be secret are not repeated', () => {
  const env = [{ name: 'PASSWORD', value: `hunter2${'x'.repeat(5000)}` }];
  expect(messages({ ...spec, options: { podTemplate: { env } } })).toEqual([
    'spec.options.podTemplate.env[0].value is too long; write at most 4096 characters',
  ]);
});

test('whatever is given, a spec or sentences come back', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      const parsed = parseSpec(value);
      const problems = 'problems' in parsed ? parsed.problems : [];
      expect(problems.filter(({ field, message }) => !message.startsWith(field) || !message.includes(';'))).toEqual([]);
    }),
  );
});
