import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { rewriteArgument, rewriteValue } from './rewrite.ts';

const root = mkdtempSync(join(tmpdir(), 'holdfast-rewrite-'));
mkdirSync(join(root, 'agent'), { recursive: true });
writeFileSync(join(root, 'agent/node'), '');
afterAll(() => rmSync(root, { recursive: true }));

const mounts = [
  { mountPath: '/data', hostPath: '/host/data' },
  { mountPath: '/data/inner', hostPath: '/host/inner' },
];

test.each([
  ['/data', '/host/data'],
  ['/data/a/b', '/host/data/a/b'],
  ['/data/inner/c', '/host/inner/c'],
  ['--to-path=/data/x', '--to-path=/host/data/x'],
  ['-Dhome=/data', '-Dhome=/host/data'],
  ['/database', '/database'],
  ['see /data', 'see /data'],
  ['s3://bucket/data', 's3://bucket/data'],
])('the value %s becomes %s', (value, expected) => {
  expect(rewriteValue(value, mounts)).toBe(expected);
});

test('what no mount covers is looked for in the image, else left alone', () => {
  const image = { root };
  expect(rewriteArgument('/agent/node', mounts, image)).toBe(join(root, 'agent/node'));
  expect(rewriteArgument('/bin/sh', mounts, image)).toBe('/bin/sh');
  expect(rewriteArgument('/', mounts, image)).toBe('/');
});
