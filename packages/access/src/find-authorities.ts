import { authorityKey, parseAuthorities, type BackupFacts, type CloudAccess } from '@holdfast/core';
import { resources } from '@holdfast/kube';
import type { Hands, Wait } from './hands.ts';

const secretAgainMs = 30_000;

/**
 * The certificates that are believed for this store besides those of the public authorities; undefined where nobody names any. Looked at
 * before a Job is spent, also where only the backup's own pods can reach the store: they mount the same entry.
 */
export async function findAuthorities(
  { key: { namespace } }: BackupFacts,
  { caSecretName: name }: CloudAccess,
  { kube }: Hands,
  signal: AbortSignal,
): Promise<readonly string[] | Wait | undefined> {
  if (name === undefined) return undefined;
  const place = `Secret "${name}" in namespace "${namespace}"`;
  const secret = await kube.get(resources.secrets, { namespace, name }, signal);
  if (!secret) return lacking(`${place} does not exist; create it with the store's authority in ${authorityKey}`);
  const entry = secret.data?.[authorityKey];
  if (entry === undefined) return lacking(`${place} lacks ${authorityKey}; add it with the store's authority as PEM`);
  const read = parseAuthorities(Buffer.from(entry, 'base64').toString('utf8'));
  return typeof read === 'string' ? lacking(`${authorityKey} in ${place} ${read}`) : read;
}

function lacking(message: string): Wait {
  return { reason: 'AuthorityMissing', message, againMs: secretAgainMs };
}
