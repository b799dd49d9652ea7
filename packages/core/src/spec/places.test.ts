import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseEndpoint } from './endpoint.ts';
import { parseStorePath, parseTempPath } from './path.ts';
import { Refused } from './refused.ts';

test.each([
  ['', ''],
  ['/', ''],
  ['daily', 'daily'],
  ['/neo4j/production/', 'neo4j/production'],
  ['us-east-1/team_a/v1.2=x', 'us-east-1/team_a/v1.2=x'],
  ['..hidden/a..b', '..hidden/a..b'],
])('path %j is read as %j', (text, path) => {
  expect(parseStorePath(text)).toBe(path);
});

test.each([
  ['../other', 'contains ".."'],
  ['a/../../b', 'contains ".."'],
  ['a/./b', 'contains "."'],
  ['a//b', 'contains "//"'],
  ['a\\..\\b', 'contains "\\\\"'],
  ['a b', 'contains " "'],
  ['a\nb', 'contains "\\n"'],
  ['a%2e%2e/b', 'contains "%"'],
  ['sparad/på', 'contains "å"'],
  ['a?b', 'contains "?"'],
  ['a#b', 'contains "#"'],
  [`a/${'x'.repeat(256)}`, 'more than 255 characters'],
])('path %j is refused', (text, sentence) => {
  expect(() => parseStorePath(text)).toThrow(sentence);
});

test('a path that was read never leaves its root', () => {
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom('..', '.', '', 'a', '/', 'b-c'), { maxLength: 8 }).map((steps) => steps.join('/')),
  );
  fc.assert(
    fc.property(text, (written) => {
      try {
        const path = parseStorePath(written);
        expect(new URL(`s3://bucket/below/${path}`).href).toBe(`s3://bucket/below/${path}`);
        expect(parseStorePath(path)).toBe(path);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
      }
    }),
  );
});

test('a scratch folder is absolute and hides nothing that the container needs', () => {
  expect(parseTempPath('/tmp/backup/')).toBe('/tmp/backup');
  expect(parseTempPath('/scratch')).toBe('/scratch');
  for (const path of [
    'tmp',
    '/',
    '/tmp',
    '/tmp/',
    '/tmp/../etc',
    '/etc',
    '/agent/lib',
    '/var/lib/neo4j/conf',
    '/proc/self',
  ]) {
    expect(() => parseTempPath(path)).toThrow(Refused);
  }
});

test('an endpoint is an address of http or https without credentials, which are never repeated', () => {
  expect(parseEndpoint('https://minio.example:9000/')).toBe('https://minio.example:9000');
  expect(parseEndpoint('http://minio:9000')).toBe('http://minio:9000');
  for (const text of [
    'minio:9000',
    'ftp://x',
    '',
    'https://a b',
    'https://x?y=1',
    'https://x#y',
    'file:///etc/passwd',
  ]) {
    expect(() => parseEndpoint(text)).toThrow(Refused);
  }
  expect(() => parseEndpoint('https://key:hunter2@minio')).toThrow(/^(?!.*hunter2).*has credentials in it/);
  expect(() => parseEndpoint('https://https://key:hunter2@minio')).toThrow(/^(?!.*hunter2).*has credentials in it/);
});
