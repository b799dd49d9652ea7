import type { Digest } from '@holdfast/types';

/** What a store's checksum says of a digest: `unknown` where the two cannot be compared. */
export type DigestProof = 'proven' | 'contradicted' | 'unknown';

/**
 * Holds a digest against the checksum that the store keeps, so that content is proved without reading it. S3 tells the checksum of an
 * upload in parts as `<base64>-<number of parts>`, which is the very value of `sha256-parts` where the parts were as large; one whose
 * number of parts differs was cut elsewhere and says nothing.
 * @param object its size now, and the digest to prove
 * @param checksum `<algorithm>:<base64>`, as the store tells it
 */
export function proveDigest(
  object: { readonly bytes: number; readonly digest?: Omit<Digest, 'of' | 'measuredBy'> | undefined },
  checksum: string | undefined,
): DigestProof {
  const { bytes, digest } = object;
  const told = /^sha256:([A-Za-z0-9+/]{43}=)(?:-(\d+))?$/.exec(checksum ?? '');
  if (!digest || !told?.[1]) return 'unknown';
  const parts = told[2] === undefined ? undefined : Number(told[2]);
  if (parts !== partsOf(digest, bytes)) return 'unknown';
  return Buffer.from(told[1], 'base64').toString('hex') === digest.value ? 'proven' : 'contradicted';
}

/** Of the whole: undefined. */
function partsOf({ algorithm, partBytes }: Omit<Digest, 'of' | 'measuredBy'>, bytes: number): number | undefined {
  return algorithm === 'sha256' ? undefined : Math.ceil(bytes / (partBytes ?? Number.NaN));
}
