import type { StoredObject } from '@holdfast/types';
import { proveDigest, type DigestProof } from '../prove-digest.ts';

/** What a store tells of a copy that it made itself. */
export interface ToldOfCopy {
  readonly bytes: number;
  readonly etag?: string | undefined;
  readonly checksum?: string | undefined;
}

/**
 * Whether a copy is what a manifest says of the original. `unknown`: as many bytes, and the store keeps nothing of the two that could be
 * compared; that is so for objects which were written in other parts than they were copied in, and in folders.
 */
export function proveCopy(original: StoredObject, copy: ToldOfCopy): DigestProof {
  if (original.bytes !== copy.bytes) return 'contradicted';
  const byDigest = proveDigest(original, copy.checksum);
  if (byDigest !== 'unknown') return byDigest;
  const [before, after] = [original.checksum, copy.checksum];
  if (before !== undefined && before === after) return 'proven';
  if (before !== undefined && after !== undefined && isOfWhole(before) && algorithmOf(before) === algorithmOf(after))
    return isOfWhole(after) ? 'contradicted' : 'unknown';
  // Of the same content in the same parts an ETag is the same; a different one says nothing, because encryption changes it.
  return original.etag !== undefined && original.etag === copy.etag ? 'proven' : 'unknown';
}

/** A checksum over the checksums of parts ends in their number. */
function isOfWhole(checksum: string): boolean {
  return !/-\d+$/.test(checksum);
}

function algorithmOf(checksum: string): string {
  return checksum.split(':')[0] ?? '';
}
