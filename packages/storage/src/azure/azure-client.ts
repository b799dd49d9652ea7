import type { Agent } from 'node:http';
import type { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { BackupError } from '@holdfast/types';
import { agentsFor, type Connecting } from '../agents-for.ts';
import { accountUrl } from './account-url.ts';
import { azureError, type Operation } from './azure-error.ts';
import { tokenCredential, type TokenIdentity } from './token-credential.ts';

type Sdk = typeof import('@azure/storage-blob');

/** Connections of its own go past any proxy of the environment. */
export interface AzureConfig extends Connecting {
  /** Blob container. */
  readonly bucket: string;
  readonly account: string;
  /** Of the account, or of a store that keeps its accounts below one address. Default: the account's own in the public cloud. */
  readonly endpointUrl?: string | undefined;
  /** Key of the account, or an identity of Entra ID. A service names no other than static ones. */
  readonly identity: { readonly kind: 'accountKey'; readonly accountKey: string } | TokenIdentity;
  /** Longest wait for one call with its repetitions, and for the next byte of a body. What is sent along gets more. Default 60 s. */
  readonly timeoutMs?: number;
  /** Size of the blocks of an upload. By default what the body's length asks for. */
  readonly partBytes?: number;
  /** Tries of one request by the SDK itself, the first included. Default 3. */
  readonly requestAttempts?: number;
}

/** What the files of this folder share: a container and the way to call it. */
export interface Azure {
  readonly container: ContainerClient;
  readonly place: string;
  readonly partBytes: number | undefined;
  readonly timeoutMs: number;
  /** Runs one call; its errors come out as BackupErrors, the caller's own abort as the signal's reason. */
  call<T>(
    operation: Operation,
    options: { readonly signal: AbortSignal | undefined; readonly bytes?: number },
    work: (abortSignal: AbortSignal) => Promise<T>,
  ): Promise<T>;
}

/** A link slower than this is no link for backups. */
const slowestBytesPerMs = 64;

/** Loads the SDK, which costs some 30 MB and half a second, and makes a client with every setting said aloud. */
export async function openContainer(config: AzureConfig): Promise<Azure> {
  const sdk = await import('@azure/storage-blob');
  const timeoutMs = config.timeoutMs ?? 60_000;
  const url = accountUrl(config.account, config.endpointUrl);
  const place = `container "${config.bucket}" at ${new URL(url).origin}, account "${config.account}"`;
  const credential = await credentialOf(sdk, config, { url, place });
  const service = new sdk.BlobServiceClient(url, credential, {
    ...agentOf(url, config),
    // Without a try timeout the service decides how long it works on one try; it takes whole seconds.
    retryOptions: {
      maxTries: config.requestAttempts ?? 3,
      tryTimeoutInMs: Math.max(1_000, timeoutMs),
      retryDelayInMs: 500,
      maxRetryDelayInMs: 8_000,
    },
  });
  return {
    container: service.getContainerClient(config.bucket),
    place,
    partBytes: config.partBytes,
    timeoutMs,
    async call(operation, { signal, bytes = 0 }, work) {
      signal?.throwIfAborted();
      const patience = AbortSignal.timeout(timeoutMs + Math.ceil(bytes / slowestBytesPerMs));
      try {
        return await work(signal ? AbortSignal.any([signal, patience]) : patience);
      } catch (error) {
        signal?.throwIfAborted();
        throw azureError(patience.aborted ? patience.reason : error, place, operation);
      }
    },
  };
}

/** A client option of all SDKs for Azure; the type of this one does not name it: https://github.com/Azure/azure-sdk-for-js/pull/32809 */
function agentOf(url: string, config: Connecting): { agent?: Agent } {
  const agents = agentsFor(config);
  return agents ? { agent: url.startsWith('https:') ? agents.httpsAgent : agents.httpAgent } : {};
}

async function credentialOf(
  sdk: Sdk,
  { account, identity }: AzureConfig,
  { url, place }: { url: string; place: string },
): Promise<StorageSharedKeyCredential | Awaited<ReturnType<typeof tokenCredential>>> {
  if (identity.kind === 'accountKey') return new sdk.StorageSharedKeyCredential(account, identity.accountKey);
  if (!url.startsWith('https:'))
    throw new BackupError(
      'StorageDenied',
      'terminal',
      `${place}: tokens of Entra ID are only sent over https; use an https endpoint or an account key`,
    );
  try {
    return await tokenCredential(identity, new URL(url).hostname);
  } catch (error) {
    throw azureError(error, place, 'GetToken');
  }
}
