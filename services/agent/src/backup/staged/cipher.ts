import { encrypt } from '@holdfast/encryption';
import { BackupError } from '@holdfast/types';
import type { Context } from '../../context.ts';

/** Encrypts on the way into the store. */
export interface Cipher {
  readonly algorithm: 'AES256';
  readonly keyFingerprint: string;
  /** @param name plain file name; whoever decrypts must give the same */
  encrypt(plain: AsyncIterable<Uint8Array>, name: string): AsyncIterable<Uint8Array>;
}

/** The plan names the algorithm and the Secret's entry; the keys are in the pod. Undefined where nothing is to be encrypted. */
export function openCipher({ plan: { encryption }, keys }: Pick<Context, 'plan' | 'keys'>): Cipher | undefined {
  if (!encryption) return undefined;
  if (!keys) throw new BackupError('KeyMissing', 'terminal', 'the pod has no key, and nothing is uploaded without');
  const { key, fingerprint } = keys.write;
  return {
    algorithm: encryption.algorithm,
    keyFingerprint: fingerprint,
    encrypt: (plain, name) => encrypt(plain, { key, associatedData: name }),
  };
}
