import { awsKeys, backupFolder, storeAccess, type BackupFacts, type S3Access, type StoreAccess } from '@holdfast/core';
import { resources } from '@holdfast/kube';
import { allowedEndpoint, below, openS3, retrying, type ObjectStore } from '@holdfast/storage';
import type { EffectiveSpec } from '@holdfast/types';
import type { Hands, Wait } from './hands.ts';

/** A store that a service may open itself, scoped to the backup's folder, or that only the backup's own pods can see. */
export type FoundStore =
  | { readonly kind: 'direct'; readonly access: S3Access; readonly store: ObjectStore; readonly root: ObjectStore }
  | { readonly kind: 'agent'; readonly access: StoreAccess };

const secretAgainMs = 30_000;
const storeAgainMs = 60_000;

/** Opens the backup's store with the static keys of its Secret. A service has no credentials of its own and takes none from anywhere else. */
export async function findStore(
  backup: BackupFacts,
  spec: EffectiveSpec,
  hands: Hands,
  signal: AbortSignal,
): Promise<FoundStore | Wait> {
  const access = storeAccess(spec.storage, hands.storeDefaults);
  if (access.type !== 's3') return { kind: 'agent', access };
  const { namespace } = backup.key;
  // The installation's own default is its administrator's word; only what a spec names is judged.
  const named = spec.storage.type === 's3' ? spec.storage.endpointUrl : undefined;
  const refused = named ? allowedEndpoint(named, hands.allowedEndpoints) : undefined;
  if (refused) return { reason: 'EndpointNotAllowed', message: refused.message, againMs: storeAgainMs };
  if (!access.secretName) {
    const message = 'no Secret with store credentials is named; set spec.storage.cloud.credentialsSecret';
    return { reason: 'CredentialsMissing', message, againMs: secretAgainMs };
  }
  const secret = await hands.kube.get(resources.secrets, { namespace, name: access.secretName }, signal);
  const keys = Object.fromEntries(awsKeys.map((key) => [key, decode(secret?.data?.[key])]));
  const accessKeyId = keys['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = keys['AWS_SECRET_ACCESS_KEY'];
  if (!accessKeyId || !secretAccessKey) return missing(access.secretName, namespace, secret !== undefined);
  const sessionToken = keys['AWS_SESSION_TOKEN'];
  const root = retrying(
    await openS3({ ...access, identity: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) } }),
  );
  const folder = backupFolder({ path: spec.storage.path, namespace, backup: backup.key.name });
  return { kind: 'direct', access, root, store: below(root, folder) };
}

function missing(name: string, namespace: string, exists: boolean): Wait {
  const message = exists
    ? `Secret "${name}" in namespace "${namespace}" lacks AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY; add the missing key`
    : `Secret "${name}" does not exist in namespace "${namespace}"; create it with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`;
  return { reason: 'CredentialsMissing', message, againMs: secretAgainMs };
}

function decode(value: string | undefined): string | undefined {
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8').trim();
}
