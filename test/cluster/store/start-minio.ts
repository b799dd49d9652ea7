import {
  CreateBucketCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { builtProgram, goInstall, type GoProgram } from '../../go-install.ts';
import { freePort } from '../proxy/free-port.ts';
import { launchServer } from './launch-server.ts';

/** The newest that its modules still publish. */
export const minioProgram: GoProgram = {
  module: 'github.com/minio/minio',
  version: 'v0.0.0-20260212201848-7aac2a2c5b7c',
};

/** A real S3 server: it checks signatures and checksums, and knows conditional writes, versions and locks. */
export interface Minio {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly pid: number;
  /** A client of the SDK's own, for what our adapter does not do. */
  readonly client: S3Client;
  /** `lockDays`: each object is locked for so long, which needs versions. */
  makeBucket(name: string, options?: { versions?: boolean; lockDays?: number }): Promise<void>;
  /** Key of every version and every delete marker, as often as it has some. */
  versionsBelow(bucket: string, prefix?: string): Promise<string[]>;
  stop(): Promise<void>;
}

export interface MinioOptions {
  /** Folder for objects and log. */
  readonly dir: string;
  readonly say: (line: string) => void;
  readonly env?: Readonly<Record<string, string>>;
}

/** Whether tests are to run on MinIO: where it was built, and in CI. Elsewhere it says aloud what is not seen there. */
export function wantsMinio(what: string): boolean {
  if (process.env['CI'] === 'true' || builtProgram(minioProgram) !== undefined) return true;
  const remedy = 'npm run cluster -- build-minio builds it once (some minutes)';
  process.stderr.write(`left out: ${what} on MinIO, a real S3 server; ${remedy}\n`);
  return false;
}

/** Starts MinIO on loopback, its objects below `dir`; builds it when the user's cache does not have it. */
export async function startMinio({ dir, say, env = {} }: MinioOptions): Promise<Minio> {
  const command = await goInstall(minioProgram, say);
  if (!command) throw new Error('MinIO could not be built; what was missing is said above');
  mkdirSync(join(dir, 'objects'), { recursive: true });
  const keys = { accessKeyId: 'holdfast-dev', secretAccessKey: 'holdfast-dev-secret' };
  const server = await launchServer({
    command,
    args: ['server', join(dir, 'objects'), '--address', `127.0.0.1:${await freePort()}`],
    logFile: join(dir, 'minio.log'),
    env: {
      ...env,
      HOME: dir,
      MINIO_ROOT_USER: keys.accessKeyId,
      MINIO_ROOT_PASSWORD: keys.secretAccessKey,
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off', // it would ask the world for newer versions
      MINIO_CI_CD: '1', // a folder of the system's own disk is fine
    },
    portIn: (line) => /^API: http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1],
  });
  const endpoint = `http://127.0.0.1:${server.port}`;
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: keys });
  return {
    endpoint,
    ...keys,
    pid: server.pid,
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
      await server.stop();
    },
  };
}

async function makeBucket(
  client: S3Client,
  Bucket: string,
  { versions = false, lockDays }: { versions?: boolean; lockDays?: number } = {},
): Promise<void> {
  await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: lockDays !== undefined }));
  if (versions)
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  if (lockDays === undefined) return;
  const Rule = { DefaultRetention: { Mode: 'COMPLIANCE', Days: lockDays } } as const;
  const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled', Rule } as const;
  await client.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
}
