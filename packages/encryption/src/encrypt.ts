import { createCipheriv, randomBytes } from 'node:crypto';
import { cipherName, headerBytes, plainSizes, segmenting, type Sealing } from './format.ts';
import { segmentsOf } from './segments.ts';

/**
 * The bytes of an encrypted artifact, made while they are taken: what is not asked for is not read. Empty input is fine. Errors of the
 * source come through as they are.
 */
export function encrypt(source: AsyncIterable<Uint8Array>, sealing: Sealing): AsyncIterable<Uint8Array> {
  const header = randomBytes(headerBytes);
  header[0] = headerBytes;
  return encryptAfter(header, source, sealing);
}

/** Encryption under a given header, so that known answers can be compared. The same header twice under one key breaks its secrecy. */
export async function* encryptAfter(
  header: Uint8Array,
  source: AsyncIterable<Uint8Array>,
  sealing: Sealing,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { key, nonce } = segmenting(header, sealing);
  yield header;
  for await (const { number, bytes, last } of segmentsOf(source, plainSizes)) {
    const cipher = createCipheriv(cipherName, key, nonce(number, last));
    const sealed = cipher.update(bytes);
    cipher.final();
    if (sealed.length > 0) yield sealed;
    yield cipher.getAuthTag();
  }
}
