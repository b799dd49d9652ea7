import { expect, test } from 'vitest';
import { backupCrd } from './crd.ts';
import type { JsonSchema } from './crd-schema.ts';

interface Node {
  readonly path: string;
  readonly schema: JsonSchema;
}

test('the schema is structural', () => {
  const words = ['anyOf', 'oneOf', 'allOf', 'not', '$ref', 'propertyNames', 'const', '$schema'];
  const isOdd = (schema: JsonSchema) =>
    words.some((word) => word in schema) ||
    schema['additionalProperties'] === false ||
    ('properties' in schema && 'additionalProperties' in schema) ||
    (schema['x-kubernetes-int-or-string'] !== true && typeof schema['type'] !== 'string');
  expect(pathsWhere(isOdd)).toEqual([]);
});

test('every field of the spec has a sentence for kubectl explain', () => {
  const silent = nodes()
    .filter(
      ({ path, schema }) =>
        path.startsWith('spec') && !path.endsWith('[]') && !path.endsWith('{}') && !schema['description'],
    )
    .map(({ path }) => path);
  const selfExplaining = /^spec\.options\.tolerations\[\]\./;
  expect(silent.filter((path) => !selfExplaining.test(path))).toEqual([]);
});

test('everything that a rule could read has a bound', () => {
  const unbounded = nodes()
    .filter(({ path }) => path.startsWith('spec'))
    .filter(
      ({ schema }) =>
        (schema['type'] === 'string' && schema['maxLength'] === undefined) ||
        (schema['type'] === 'array' && schema['maxItems'] === undefined) ||
        (schema['additionalProperties'] !== undefined && schema['maxProperties'] === undefined),
    )
    .map(({ path }) => path);
  expect(unbounded).toEqual([]);
});

test('a field with a second spelling has no default', () => {
  const twice = [
    'spec.cloud',
    'spec.storage.cloud',
    'spec.storage.cloud.credentialsSecret',
    'spec.storage.pvc.storageClass',
    'spec.options.verifyBackup',
    'spec.options.verify',
    'spec.options.encryption.algorithm',
  ];
  expect(twice.filter((path) => 'default' in at(path))).toEqual([]);
  expect(at('spec.options.compress')['default']).toBe(true);
});

test('a rule says what is wrong and what to do, in one line', () => {
  const messages = nodes().flatMap(({ schema }) =>
    ((schema['x-kubernetes-validations'] ?? []) as { message: string }[]).map(({ message }) => message),
  );
  expect(messages.length).toBeGreaterThan(20);
  expect(messages.filter((message) => !/^[^\n]+; [^\n]+$/.test(message))).toEqual([]);
});

test('another group changes the name and nothing else', () => {
  const other = backupCrd('backups.example.com');
  expect(other.metadata.name).toBe('neo4jbackups.backups.example.com');
  expect({ ...other.spec, group: '' }).toEqual({ ...backupCrd().spec, group: '' });
});

test('the marked CRD has a status, a short name, a category and the columns people know', () => {
  const { metadata, spec } = backupCrd();
  expect(metadata.annotations).toEqual({ 'neo4j.neo4j.com/generated-by': 'holdfast' });
  expect(spec).toMatchObject({
    names: { shortNames: ['n4jb'], categories: ['neo4j'], singular: 'neo4jbackup' },
    scope: 'Namespaced',
  });
  const [version] = spec['versions'] as {
    subresources: unknown;
    additionalPrinterColumns: { name: string; priority?: number }[];
  }[];
  expect(version?.subresources).toEqual({ status: {} });
  const usual = version?.additionalPrinterColumns.filter(({ priority }) => !priority).map(({ name }) => name);
  expect(usual).toEqual(['Target', 'Schedule', 'LastRun', 'Phase', 'Age']);
});

function nodes(): Node[] {
  const [version] = backupCrd().spec['versions'] as { schema: { openAPIV3Schema: JsonSchema } }[];
  const root = version?.schema.openAPIV3Schema ?? {};
  return below('', root).filter(({ path }) => path !== 'metadata');
}

function below(path: string, schema: JsonSchema): Node[] {
  const children = Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>).flatMap(([name, child]) =>
    below(path === '' ? name : `${path}.${name}`, child),
  );
  const items = schema['items'] ? below(`${path}[]`, schema['items'] as JsonSchema) : [];
  const values =
    typeof schema['additionalProperties'] === 'object'
      ? below(`${path}{}`, schema['additionalProperties'] as JsonSchema)
      : [];
  return [{ path, schema }, ...children, ...items, ...values];
}

function pathsWhere(isOdd: (schema: JsonSchema) => boolean): string[] {
  return nodes()
    .filter(({ schema }) => isOdd(schema))
    .map(({ path }) => path);
}

function at(path: string): JsonSchema {
  const found = nodes().find((node) => node.path === path);
  if (!found) throw new Error(`no field ${path}`);
  return found.schema;
}
