import {
  CreateBucketCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
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
  makeBucket(name: string, options?: BucketOptions): Promise<void>;
  /** Locks an object until a time; whoever is its owner may shorten that, as here. */
  lock(bucket: string, key: string, until: Date): Promise<void>;
  /** Puts an object under a legal hold, or takes it off. */
  hold(bucket: string, key: string, on: boolean): Promise<void>;
  /** Key of every version and every delete marker, as often as it has some. */
  versionsBelow(bucket: string, prefix?: string): Promise<string[]>;
  stop(): Promise<void>;
}

export interface BucketOptions {
  readonly versions?: boolean;
  /** Objects can be locked, which needs versions. */
  readonly locks?: boolean;
  /** Each object is locked for so long. */
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
    lock: async (Bucket, Key, RetainUntilDate) => {
      const Retention = { Mode: 'GOVERNANCE', RetainUntilDate } as const;
      await client.send(new PutObjectRetentionCommand({ Bucket, Key, Retention, BypassGovernanceRetention: true }));
    },
    hold: async (Bucket, Key, on) => {
      await client.send(new PutObjectLegalHoldCommand({ Bucket, Key, LegalHold: { Status: on ? 'ON' : 'OFF' } }));
    },
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
  { versions = false, lockDays, locks = lockDays !== undefined }: BucketOptions = {},
): Promise<void> {
  await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: locks }));
  if (versions)
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  if (lockDays === undefined) return;
  const Rule = { DefaultRetention: { Mode: 'COMPLIANCE', Days: lockDays } } as const;
  const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled', Rule } as const;
  await client.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
}
