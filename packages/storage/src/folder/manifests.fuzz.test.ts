import { manifestKey } from '@holdfast/core';
import { relativeKey } from '@holdfast/types';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { openMemory } from '../memory/open-memory.ts';
import { aManifest } from './a-manifest.ts';
import { readManifest } from './manifests.ts';

const run = 's20260301t020000z-1a2b3c4d';
const key = manifestKey(run, 'orders');
const whole = JSON.stringify(aManifest({ run, parts: 1 }), null, 2);
const odd = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: 'binary', maxLength: 5_000 }),
  fc.constantFrom(
    '../../etc/passwd',
    '/x',
    '..',
    'a/b',
    'a\u0000b',
    'x'.repeat(200_000),
    -1,
    2 ** 60,
    1.5,
    null,
    '__proto__',
  ),
);
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.nat({ max: whole.length }).map((end) => utf8(whole.slice(0, end))),
  fc
    .tuple(fc.constantFrom(...Object.keys(JSON.parse(whole) as object)), odd)
    .map(([field, value]) => utf8(JSON.stringify({ ...(JSON.parse(whole) as object), [field]: value }))),
  odd.map((value) =>
    utf8(
      JSON.stringify({
        ...aManifest({ run }),
        objects: [
          { key: value, bytes: 1 },
          { key: 'artifacts/a', bytes: value },
        ],
      }),
    ),
  ),
  fc.constantFrom(utf8('['.repeat(900_000)), utf8(`{"a":`.repeat(150_000)), new Uint8Array(2 * 1024 * 1024).fill(32)),
);

test('whatever lies under the key of a manifest is read as one, or is a finding in one short sentence', async () => {
  await fc.assert(
    fc.asyncProperty(bytes, async (content) => {
      const store = openMemory();
      await store.create(key, content);
      const found = await readManifest(store, key);
      expect(found.kind).not.toBe('missing');
      if (found.kind === 'unreadable') {
        expect(found.problem.length).toBeLessThan(300);
        expect(found.problem).not.toMatch(/[\u0000-\u001f]/);
      }
      if (found.kind === 'read') {
        expect(found.manifest.run).toBe(run);
        for (const object of found.manifest.objects) expect(relativeKey.safeParse(object.key).success).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
