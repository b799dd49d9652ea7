import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { minimumUntil } from './minimum-duration.ts';
import { proveCopy } from './prove-copy.ts';

const value = createHash('sha256').update('content').digest('hex');
const checksum = `sha256:${Buffer.from(value, 'hex').toString('base64')}`;
const other = `sha256:${createHash('sha256').update('other').digest('base64')}`;
const digest = { algorithm: 'sha256', value, of: 'stored', measuredBy: 'writer' } as const;
const original = { key: 'artifacts/a.backup', bytes: 7 };

test.each([
  ['another size', original, { bytes: 8 }, 'contradicted'],
  ['the digest of the writer', { ...original, digest }, { bytes: 7, checksum }, 'proven'],
  ['another content than the digest says', { ...original, digest }, { bytes: 7, checksum: other }, 'contradicted'],
  ['the same checksum', { ...original, checksum: 'md5:abc' }, { bytes: 7, checksum: 'md5:abc' }, 'proven'],
  [
    'another checksum of the whole',
    { ...original, checksum: 'md5:abc' },
    { bytes: 7, checksum: 'md5:xyz' },
    'contradicted',
  ],
  [
    'a checksum of parts against one of the whole',
    { ...original, checksum: 'crc32:abc' },
    { bytes: 7, checksum: 'crc32:x-2' },
    'unknown',
  ],
  ['another algorithm', { ...original, checksum: 'crc32c:abc' }, { bytes: 7, checksum: 'md5:xyz' }, 'unknown'],
  ['the same ETag', { ...original, etag: '"e-3"' }, { bytes: 7, etag: '"e-3"' }, 'proven'],
  ['another ETag', { ...original, etag: '"e-3"' }, { bytes: 7, etag: '"f"' }, 'unknown'],
  ['nothing but its size', original, { bytes: 7 }, 'unknown'],
] as const)('a copy with %s', (_what, told, copy, proof) => {
  expect(proveCopy(told, copy)).toBe(proof);
});

test('a class that charges for a least time says until when, and others say nothing', () => {
  const since = new Date('2026-03-01T00:00:00Z');
  expect(minimumUntil('GLACIER', since)).toEqual(new Date('2026-05-30T00:00:00Z'));
  expect(minimumUntil('STANDARD_IA_OF_SOMEBODY', since)).toBeUndefined();
  expect(minimumUntil(undefined, since)).toBeUndefined();
});
