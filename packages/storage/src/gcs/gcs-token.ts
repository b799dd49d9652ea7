import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import { Agent } from 'node:http';
import { BackupError } from '@holdfast/types';
import { readJson, send } from './gcs-http.ts';

/**
 * Who the store is asked as. `pod` is the account that the metadata server of the pod's node gives it; only an agent's pod may say it.
 */
export type GcsIdentity =
  | {
      readonly kind: 'serviceAccount';
      readonly clientEmail: string;
      /** PEM. */
      readonly privateKey: string;
      readonly privateKeyId?: string | undefined;
    }
  | { readonly kind: 'pod'; readonly metadataUrl?: string };

/** A bearer token that is valid for a while yet. */
export type Tokens = (signal: AbortSignal) => Promise<string>;

interface Token {
  readonly value: string;
  readonly until: number;
}

/** @throws BackupError `CredentialsMissing`, terminal, for a key that is none */
export function tokensOf(identity: GcsIdentity, place: string): Tokens {
  const renew = identity.kind === 'pod' ? podToken(identity.metadataUrl, place) : ownToken(identity, place);
  let token: Token | undefined;
  return async (signal) => {
    if (!token || token.until - Date.now() < renewBeforeMs) token = await renew(signal);
    return token.value;
  };
}

const renewBeforeMs = 300_000;
const lifetimeMs = 3_600_000;
/** The one that Google's own clients put into tokens of this kind: https://google.aip.dev/auth/4111 */
const scope = 'https://www.googleapis.com/auth/cloud-platform';

/**
 * A token that the account signs itself. Nobody is asked for it, so nothing in a Secret can name an address to which its key, or anything
 * made with it, is sent.
 */
function ownToken(
  identity: Extract<GcsIdentity, { kind: 'serviceAccount' }>,
  place: string,
): (signal: AbortSignal) => Promise<Token> {
  const { clientEmail, privateKeyId } = identity;
  const key = keyOf(identity.privateKey, place);
  return async () => {
    const now = Date.now();
    const issued = Math.floor(now / 1000);
    const header = { alg: 'RS256', typ: 'JWT', ...(privateKeyId && { kid: privateKeyId }) };
    const claims = { iss: clientEmail, sub: clientEmail, scope, iat: issued, exp: issued + lifetimeMs / 1000 };
    const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    const signature = sign('RSA-SHA256', Buffer.from(text), key).toString('base64url');
    return { value: `${text}.${signature}`, until: now + lifetimeMs };
  };
}

function keyOf(pem: string, place: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch {
    // What the library says of a key could repeat it.
  }
  throw new BackupError(
    'CredentialsMissing',
    'terminal',
    `${place}: private_key in the service account's JSON is no RSA key; download the key again and replace the Secret`,
  );
}

/** https://cloud.google.com/compute/docs/metadata/overview; on GKE the answer is the account of the pod. */
function podToken(
  metadataUrl = 'http://metadata.google.internal',
  place: string,
): (signal: AbortSignal) => Promise<Token> {
  const url = new URL('/computeMetadata/v1/instance/service-accounts/default/token', metadataUrl);
  const agent = new Agent();
  return async (signal) => {
    const headers = { 'metadata-flavor': 'Google' };
    const answered = await send(url, { method: 'GET', headers, agent, signal }).then(readJson, (error: unknown) => {
      signal.throwIfAborted();
      throw noIdentity(place, error);
    });
    const { access_token: value, expires_in: seconds } = (answered ?? {}) as Record<string, unknown>;
    if (typeof value !== 'string' || typeof seconds !== 'number') throw noIdentity(place);
    return { value, until: Date.now() + seconds * 1000 };
  };
}

function noIdentity(place: string, cause?: unknown): BackupError {
  return new BackupError(
    'CredentialsMissing',
    'terminal',
    `${place}: no metadata server gives the pod a token; name a Secret with the key of a service account, or let the ServiceAccount use Workload Identity Federation for GKE`,
    cause === undefined ? {} : { cause },
  );
}
