import { createHmac } from 'node:crypto';

/** 16 hex digits that tell keys apart and do not help to find one: the beginning of HMAC-SHA-256(key, `holdfast key v1`). */
export function fingerprint(key: Uint8Array): string {
  return createHmac('sha256', key).update('holdfast key v1').digest('hex').slice(0, 16);
}
