import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildServices, bundleInParts } from './build.ts';

const packages = fileURLToPath(new URL('../packages', import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(packages, 'storage', '.built-')); // below a package, whose libraries a program then finds
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('what a program imports when it needs it has the names that it has in Node', async () => {
  const libraries = ['@aws-sdk/client-s3', '@smithy/node-http-handler', '@aws-sdk/credential-provider-web-identity'];
  const source = `
    const [s3, handlers, tokens] = await Promise.all([${libraries.map((name) => `import('${name}')`).join()}]);
    const found = [s3.S3Client, s3.PutObjectCommand, handlers.NodeHttpHandler, tokens.fromTokenFile];
    process.stdout.write(found.map((each) => typeof each).join());`;
  writeFileSync(join(folder, 'program.ts'), source);
  await bundleInParts({ program: join(folder, 'program.ts') }, join(folder, 'out'));
  const said = execFileSync(process.execPath, [join(folder, 'out', 'program.mjs')], { encoding: 'utf8' });
  expect(said).toBe('function,function,function,function');
}, 60_000);

test('a service reads none of the clouds’ libraries at its start', async () => {
  await buildServices(folder, ['worker']);
  const read = filesAtStart(join(folder, 'worker.mjs'));
  const text = read.map((file) => readFileSync(`${file}.map`, 'utf8')).join('\n');
  expect(text).toContain('/bullmq/');
  for (const library of ['/client-s3/', '/storage-blob/', '/identity/', '/yaml/']) expect(text).not.toContain(library);
}, 60_000);

test('an agent reads at its start neither the clouds’ libraries nor what only services need', async () => {
  await buildServices(folder, ['agent']);
  const read = filesAtStart(join(folder, 'agent.mjs'));
  const text = read.map((file) => readFileSync(`${file}.map`, 'utf8')).join('\n');
  expect(text).toContain('/services/agent/');
  for (const library of ['/client-s3/', '/storage-blob/', '/identity/', '/prom-client/'])
    expect(text).not.toContain(library);
}, 60_000);

/** A file and all that it imports statically. */
function filesAtStart(file: string, known = new Set<string>()): string[] {
  if (known.has(file)) return [...known];
  known.add(file);
  for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|import)"(\.[^"]+)"/g))
    filesAtStart(join(dirname(file), path), known);
  return [...known];
}
