import { headerBytes, plainSizes, tagBytes } from './format.ts';

/** How many bytes an artifact of so many plain bytes has when it is encrypted, to the byte. */
export function encryptedBytes(plainBytes: number): number {
  const later = Math.max(0, Math.ceil((plainBytes - plainSizes.first) / plainSizes.next));
  return headerBytes + plainBytes + (1 + later) * tagBytes;
}
