export { decrypt } from './decrypt.ts';
export { encrypt } from './encrypt.ts';
export { encryptedBytes } from './encrypted-bytes.ts';
export { fingerprint } from './fingerprint.ts';
export { openKeyRing, type KeyRing, type RingKey } from './key-ring.ts';
export { parseKey } from './parse-key.ts';
export type { Sealing } from './format.ts';
