import {
  CreateBucketCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { until } from '../../until.ts';
import type { ServerProcess } from './launch-server.ts';

/** A real S3 server: it checks signatures and checksums, and knows conditional writes, versions and locks. */
export interface S3Server {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly pid: number;
  /** A client of the SDK's own, for what our adapter does not do. */
  readonly client: S3Client;
  /** `lockDays`: each object is locked for so long, which needs versions. */
  makeBucket(name: string, options?: BucketOptions): Promise<void>;
  /** Key of every version and every delete marker, as often as it has some. */
  versionsBelow(bucket: string, prefix?: string): Promise<string[]>;
  stop(): Promise<void>;
}

export interface BucketOptions {
  readonly versions?: boolean;
  readonly lockDays?: number;
}

export interface ServerOptions {
  /** Folder for objects and log. */
  readonly dir: string;
  readonly say: (line: string) => void;
  readonly env?: Readonly<Record<string, string>>;
}

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A process that speaks S3 on loopback, and the client of its tests. */
export function s3Server(process: ServerProcess, keys: Keys): S3Server {
  const endpoint = `http://127.0.0.1:${process.port}`;
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: keys });
  return {
    endpoint,
    ...keys,
    pid: process.pid,
    client,
    makeBucket: (name, options) => makeBucket(client, name, options),
    versionsBelow: async (Bucket, Prefix) => {
      const { Versions = [], DeleteMarkers = [] } = await client.send(
        new ListObjectVersionsCommand({ Bucket, ...(Prefix !== undefined && { Prefix }) }),
      );
      return [...Versions, ...DeleteMarkers].map(({ Key = '' }) => Key);
    },
    stop: async () => {
      client.destroy();
      await process.stop();
    },
  };
}

/** Resolves when a server that announced itself answers, whatever it says. */
export async function whenAnswering({ port }: ServerProcess): Promise<void> {
  const answers = () => fetch(`http://127.0.0.1:${port}/`, { method: 'HEAD' }).then(() => true);
  await until(answers, { withinMs: 30_000, saying: `an answer on port ${port}` });
}

async function makeBucket(
  client: S3Client,
  Bucket: string,
  { versions = false, lockDays }: BucketOptions = {},
): Promise<void> {
  await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: lockDays !== undefined }));
  if (versions)
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  if (lockDays === undefined) return;
  const Rule = { DefaultRetention: { Mode: 'COMPLIANCE', Days: lockDays } } as const;
  const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled', Rule } as const;
  await client.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
}
