import { hkdfSync } from 'node:crypto';

/**
 * Tink's streaming AEAD `AES256_GCM_HKDF_1MB`, https://developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming
 *
 *   header: 40 | salt, 32 bytes | nonce prefix, 7 bytes
 *   then segments of 1 MiB with their tag, the first shorter by the header, the last as long as what is left:
 *   AES-256-GCM under HKDF-SHA-256(key, salt, info = associated data),
 *   nonce = prefix | number of the segment, 4 bytes big-endian | 1 for the last segment, else 0
 */
export const headerBytes = 40;
export const tagBytes = 16;
export const segmentBytes = 1024 * 1024;
/** Plain bytes that fit into the first segment, and into each later one. */
export const plainSizes = { first: segmentBytes - headerBytes - tagBytes, next: segmentBytes - tagBytes } as const;
export const cipherName = 'aes-256-gcm';

/** What both sides must know; the header stands at the beginning of the stored bytes. */
export interface Sealing {
  /** 32 raw bytes, as `parseKey` gives them. */
  readonly key: Uint8Array;
  /** The artifact's plain file name: an artifact under another name does not authenticate. */
  readonly associatedData: string;
}

/** Makes the nonces of one artifact, and the key that is only ever used for it. */
export interface Segmenting {
  readonly key: Uint8Array;
  nonce(number: number, last: boolean): Uint8Array;
}

const saltBytes = 32;

/** @param header the 40 bytes at the beginning of an encrypted artifact */
export function segmenting(header: Uint8Array, { key, associatedData }: Sealing): Segmenting {
  const salt = header.subarray(1, 1 + saltBytes);
  const prefix = header.subarray(1 + saltBytes, headerBytes);
  return {
    key: new Uint8Array(hkdfSync('sha256', key, salt, Buffer.from(associatedData, 'utf8'), 32)),
    nonce(number, last) {
      const nonce = Buffer.alloc(12);
      nonce.set(prefix);
      nonce.writeUInt32BE(number, prefix.length);
      nonce[11] = last ? 1 : 0;
      return nonce;
    },
  };
}
