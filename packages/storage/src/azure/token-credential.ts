import type { ClientSecretCredential, WorkloadIdentityCredential } from '@azure/identity';

/**
 * Who asks Entra ID for tokens. Each is named, because a chain of guesses would lend a tenant our own identity. `pod` is the
 * pod's federated account; only an agent's pod may say it.
 */
export type TokenIdentity =
  | {
      readonly kind: 'clientSecret';
      readonly tenantId: string;
      readonly clientId: string;
      readonly clientSecret: string;
    }
  | { readonly kind: 'pod' };

/** Loads the library for tokens and makes the credential; `host` is the store's, which tells the cloud. */
export async function tokenCredential(
  identity: TokenIdentity,
  host: string,
): Promise<ClientSecretCredential | WorkloadIdentityCredential> {
  const sdk = await import('@azure/identity');
  // Said aloud, because the library otherwise takes AZURE_AUTHORITY_HOST, and whoever sets that would be shown the secret.
  const options = { authorityHost: authorityOf(host) };
  if (identity.kind === 'pod') return new sdk.WorkloadIdentityCredential(options);
  return new sdk.ClientSecretCredential(identity.tenantId, identity.clientId, identity.clientSecret, options);
}

/** The authority of the cloud that a store's host belongs to; one of Microsoft's own, never somebody else's. */
export function authorityOf(host: string): string {
  const found = sovereign.find(([suffix]) => host.endsWith(suffix));
  return found?.[1] ?? 'https://login.microsoftonline.com';
}

const sovereign = [
  ['.core.chinacloudapi.cn', 'https://login.chinacloudapi.cn'],
  ['.core.usgovcloudapi.net', 'https://login.microsoftonline.us'],
] as const;
