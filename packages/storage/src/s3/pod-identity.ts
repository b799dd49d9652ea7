import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { BackupError } from '@holdfast/types';

type Credentials = Exclude<NonNullable<S3ClientConfig['credentials']>, (...given: never[]) => unknown>;

/**
 * The identity that Kubernetes gave this pod, by the three ways in which it does: variables from a Secret, a projected token that is
 * exchanged for a role, and the agent of EKS Pod Identity or ECS. Nothing else is asked: profiles on a disk belong to whoever made the
 * image, and a node's metadata would lend the node's own rights.
 */
export async function podIdentity(region: string | undefined): Promise<() => Promise<Credentials>> {
  const [{ fromEnv }, { fromTokenFile }, { fromHttp }] = await Promise.all([
    import('@aws-sdk/credential-provider-env'),
    import('@aws-sdk/credential-provider-web-identity'),
    import('@aws-sdk/credential-provider-http'),
  ]);
  const providers: readonly (() => Promise<Credentials>)[] = [
    () => fromEnv()(),
    () => fromTokenFile({ ...(region !== undefined && { clientConfig: { region } }) })(),
    async () => fromHttp({ timeout: containerTimeoutMs })(), // throws at once where the pod names no container endpoint
  ];
  return async () => {
    for (const provider of providers) {
      try {
        return await provider();
      } catch (error) {
        if (!isNotOffered(error)) throw refused(error);
      }
    }
    throw new BackupError(
      'CredentialsMissing',
      'terminal',
      'the pod was given no identity that may use the store; name a Secret in spec.storage.cloud.credentialsSecret, or set spec.storage.cloud.identity and let the cloud trust that ServiceAccount',
    );
  };
}

const containerTimeoutMs = 5_000;

/** The ways that this pod was not given; everything else is an answer that somebody should read. */
function isNotOffered(error: unknown): boolean {
  return error instanceof Error && notOffered.test(error.message);
}

const notOffered =
  /^(Unable to find environment variable credentials|Web identity configuration not specified|No HTTP credential provider host provided)/;

/** Names the kind of error alone: the message of a token service can repeat what was sent. */
function refused(cause: unknown): BackupError {
  const name = cause instanceof Error ? cause.name : 'Unknown';
  const message = `the identity of the pod could not be exchanged for store credentials (${name}); let the cloud trust the pod's ServiceAccount`;
  return new BackupError('StorageDenied', 'transient', message, { cause });
}
