import type { S3Client } from '@aws-sdk/client-s3';
import { agentsFor, type Connecting } from '../agents-for.ts';
import { podIdentity } from './pod-identity.ts';
import { type Operation, s3Error } from './s3-error.ts';
import { type ShortWay, shortWay } from './s3-short-way.ts';

export type Sdk = typeof import('@aws-sdk/client-s3');

export interface StaticKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface S3Config extends Connecting {
  readonly bucket: string;
  /** Without one: `us-east-1` beside static keys, the pod's own setting beside `pod`. */
  readonly region?: string | undefined;
  readonly endpointUrl?: string | undefined;
  readonly forcePathStyle?: boolean | undefined;
  /** `WhenRequired` for older S3-compatible stores that do not know the newer checksums. */
  readonly checksumMode?: 'WhenSupported' | 'WhenRequired' | undefined;
  /**
   * Static keys, or `pod`: the identity that Kubernetes gave this pod (`podIdentity`). Only an agent's pod may say `pod`; in
   * a service it would lend a tenant our own identity.
   */
  readonly identity: StaticKeys | 'pod';
  /** Longest wait for an answer, and for the next byte of one. Default 60 s. */
  readonly timeoutMs?: number;
  /** Size of the parts of an upload, of which a store takes 10,000. By default what the body's length asks for. */
  readonly partBytes?: number;
  /** Tries of one request by the SDK itself, the first included. Default 3. */
  readonly requestAttempts?: number;
}

/** What the files of this folder share: the loaded SDK, a client, and the way to call it. */
export interface S3 {
  readonly sdk: Sdk;
  readonly client: S3Client;
  readonly bucket: string;
  readonly place: string;
  readonly sendChecksums: boolean;
  readonly partBytes: number | undefined;
  readonly shortWay: ShortWay;
  /** Runs one call; its errors come out as BackupErrors, the caller's own abort as the signal's reason. */
  call<T>(
    operation: Operation,
    signal: AbortSignal | undefined,
    work: (options: { abortSignal?: AbortSignal }) => Promise<T>,
  ): Promise<T>;
}

/** Loads the SDK, which costs some 40 MB and half a second, and makes a client with every setting said aloud. */
export async function openClient(config: S3Config): Promise<S3> {
  const [sdk, { NodeHttpHandler }, { SignatureV4 }] = await Promise.all([
    import('@aws-sdk/client-s3'),
    import('@smithy/node-http-handler'),
    import('@smithy/signature-v4'),
  ]);
  const timeoutMs = config.timeoutMs ?? 60_000;
  const checksums = config.checksumMode === 'WhenRequired' ? 'WHEN_REQUIRED' : 'WHEN_SUPPORTED';
  const region = config.region ?? (config.identity === 'pod' && !config.endpointUrl ? undefined : 'us-east-1');
  const client = new sdk.S3Client({
    ...(region !== undefined && { region }),
    ...(config.endpointUrl !== undefined && { endpoint: config.endpointUrl }),
    ...(config.identity === 'pod'
      ? { credentials: await podIdentity(region) }
      : { credentials: { ...config.identity }, ignoreConfiguredEndpointUrls: true }),
    forcePathStyle: config.forcePathStyle ?? false,
    followRegionRedirects: config.endpointUrl === undefined,
    requestChecksumCalculation: checksums,
    responseChecksumValidation: checksums,
    maxAttempts: config.requestAttempts ?? 3,
    requestHandler: new NodeHttpHandler({
      ...agentsFor(config),
      connectionTimeout: Math.min(timeoutMs, 5_000),
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
      socketTimeout: timeoutMs,
    }),
  });
  const place = `bucket "${config.bucket}"${placeOfEndpoint(config)}`;
  return {
    sdk,
    client,
    bucket: config.bucket,
    place,
    sendChecksums: checksums === 'WHEN_SUPPORTED',
    partBytes: config.partBytes,
    shortWay: shortWay(client, SignatureV4),
    async call(operation, signal, work) {
      signal?.throwIfAborted();
      try {
        return await work(signal ? { abortSignal: signal } : {});
      } catch (error) {
        signal?.throwIfAborted();
        throw s3Error(error, place, operation);
      }
    },
  };
}

/** Host only: somebody may have written credentials or tokens into the URL. */
function placeOfEndpoint({ endpointUrl, region }: S3Config): string {
  if (endpointUrl !== undefined && URL.canParse(endpointUrl)) {
    const { protocol, host } = new URL(endpointUrl);
    return ` at ${protocol}//${host}`;
  }
  return region === undefined ? '' : ` in ${region}`;
}
