import type { BackupFacts, KeyMount } from '@holdfast/core';
import { openKeyRing } from '@holdfast/encryption';
import { resources } from '@holdfast/kube';
import { BackupError, type EffectiveSpec } from '@holdfast/types';
import type { Hands, Wait } from './hands.ts';

const secretAgainMs = 30_000;

/**
 * Looks whether the keys of an encrypted backup are there and well formed, before a Job is spent on them. Undefined where nothing is encrypted. Only
 * the names of entries that hold keys leave this function.
 */
export async function findKeys(
  { key: { namespace } }: BackupFacts,
  { options: { encryption } }: EffectiveSpec,
  { kube }: Hands,
  signal: AbortSignal,
): Promise<KeyMount | Wait | undefined> {
  if (!encryption) return undefined;
  const { keySecret: name, keySecretKey } = encryption;
  const where = `Secret "${name}" in namespace "${namespace}"`;
  const secret = await kube.get(resources.secrets, { namespace, name }, signal);
  if (!secret) {
    const message = `${where} with the encryption key does not exist; create it with an entry "${keySecretKey}", which \`openssl rand -base64 32\` makes`;
    return { reason: 'KeyMissing', message, againMs: secretAgainMs };
  }
  const entries = Object.entries(secret.data ?? {}).map(([entry, value]) => [entry, decoded(value)] as const);
  try {
    const { malformed } = openKeyRing(new Map(entries), keySecretKey);
    return { secret: name, entries: entries.map(([entry]) => entry).filter((entry) => !malformed.includes(entry)) };
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    return { reason: error.reason, message: `${where}: ${error.message}`, againMs: secretAgainMs };
  }
}

function decoded(value: string): Uint8Array {
  return Buffer.from(value, 'base64');
}
