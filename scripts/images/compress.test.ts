import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { compressedLayer } from './compress.ts';
import { digestOf } from './layer.ts';

test('a large layer that was compressed before is found, byte for byte', async () => {
  const layer = Buffer.concat([Buffer.alloc(1 << 20), randomBytes(64)]);
  const first = await compressedLayer(layer, digestOf(layer));
  const again = await compressedLayer(layer, digestOf(layer));
  expect(Buffer.compare(again, first)).toBe(0);
  expect(Buffer.compare(gunzipSync(again), layer)).toBe(0);
});
