import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { anEntry } from './chains/an-entry.ts';
import { checkArtifact } from './check-artifact.ts';
import { proveDigest } from './prove-digest.ts';

const value = createHash('sha256').update('content').digest('hex');
const base64 = Buffer.from(value, 'hex').toString('base64');
const other = Buffer.alloc(32, 7).toString('base64');
const inParts = { algorithm: 'sha256-parts', partBytes: 10, value } as const;
const whole = { algorithm: 'sha256', value } as const;

test.each([
  ['the composite checksum of as many parts proves it', inParts, `sha256:${base64}-3`, 'proven'],
  ['another composite checksum contradicts it', inParts, `sha256:${other}-3`, 'contradicted'],
  ['parts that were cut elsewhere say nothing', inParts, `sha256:${other}-4`, 'unknown'],
  ['a checksum of the whole says nothing of parts', inParts, `sha256:${other}`, 'unknown'],
  ['the checksum of the whole proves it', whole, `sha256:${base64}`, 'proven'],
  ['another checksum of the whole contradicts it', whole, `sha256:${other}`, 'contradicted'],
  ['a composite checksum says nothing of the whole', whole, `sha256:${other}-1`, 'unknown'],
  ['another algorithm says nothing', whole, 'crc64nvme:AAAAAAAAAAA=', 'unknown'],
  ['no checksum says nothing', whole, undefined, 'unknown'],
  ['nothing can be proved without a digest', undefined, `sha256:${base64}`, 'unknown'],
])('%s', (_, digest, checksum, proof) => {
  expect(proveDigest({ bytes: 25, digest }, checksum)).toBe(proof);
});

test('an artifact whose content is not what its digest tells has changed, also where nothing else tells it', () => {
  const digest = { ...inParts, of: 'stored', measuredBy: 'writer' } as const;
  const manifest = { ...anEntry({ artifact: 'a' }).manifest, objects: [{ key: 'artifacts/a', bytes: 25, digest }] };
  const now = (checksum: string) => new Map([['artifacts/a', { bytes: 25, checksum }]]);
  expect(checkArtifact(manifest, now(`sha256:${base64}-3`))).toEqual([]);
  expect(checkArtifact(manifest, now(`sha256:${other}-3`))).toMatchObject([{ reason: 'ArtifactChanged' }]);
});

test('the digest of plain bytes is not held against a checksum of encrypted ones', () => {
  const digest = { ...whole, of: 'plain', measuredBy: 'writer' } as const;
  const manifest = { ...anEntry({ artifact: 'a' }).manifest, objects: [{ key: 'artifacts/a', bytes: 25, digest }] };
  const encryption = { algorithm: 'AES256', keyFingerprint: '0123456789abcdef', plainBytes: 20 } as const;
  const now = new Map([['artifacts/a', { bytes: 25, checksum: `sha256:${other}` }]]);
  expect(checkArtifact({ ...manifest, encryption }, now)).toEqual([]);
  expect(checkArtifact(manifest, now)).toMatchObject([{ reason: 'ArtifactChanged' }]);
});
