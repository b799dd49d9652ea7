import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { CommandError } from './context.ts';
import type { Folder, FolderEntry } from './folder.ts';

const partBytes = 8 * 1024 * 1024; // the test store takes bodies up to 11 MiB

/** A folder of a bucket in the S3-compatible store that the environment names. It never turns to AWS itself. */
export function s3Folder({ bucket, prefix }: { bucket: string; prefix: string }, env: NodeJS.ProcessEnv): Folder {
  const client = openClient(env);
  const at = (name: string) => ({ Bucket: bucket, Key: prefix + name });
  const base = `s3://${bucket}/${prefix}`;
  return {
    shown: base,
    isCloud: true,
    uri: (name) => base + name,
    list: () => translated(base, () => listObjects(client, bucket, prefix)),
    head: (name, bytes) =>
      translated(
        base,
        async () => {
          const { Body } = await client.send(new GetObjectCommand({ ...at(name), Range: `bytes=0-${bytes - 1}` }));
          return Buffer.from((await Body?.transformToByteArray()) ?? []);
        },
        (error) => (error.name === 'InvalidRange' ? Buffer.alloc(0) : undefined),
      ), // an empty object
    read: (name) => readObject(client, at(name)),
    publish: (name, file) =>
      translated(base, async () => {
        const Body = createReadStream(file, { highWaterMark: 1 << 20 });
        await new Upload({ client, params: { ...at(name), Body }, partSize: partBytes, queueSize: 2 }).done();
        await rm(file);
      }),
    remove: (name) => translated(base, async () => void (await client.send(new DeleteObjectCommand(at(name))))),
  };
}

function openClient(env: NodeJS.ProcessEnv): S3Client {
  const endpoint = env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL'];
  if (!endpoint)
    throw new CommandError('The stand-in talks to test stores only: set AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL.');
  const sessionToken = env['AWS_SESSION_TOKEN'];
  return new S3Client({
    endpoint,
    region: env['AWS_REGION'] ?? '',
    forcePathStyle: /-Daws\.s3\.forcePathStyle=true/.test(env['JAVA_OPTS'] ?? ''),
    credentials: {
      accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
      ...(sessionToken ? { sessionToken } : {}),
    },
  });
}

/** The objects directly below the prefix, as files of a folder. */
async function listObjects(client: S3Client, bucket: string, prefix: string): Promise<FolderEntry[]> {
  const entries: FolderEntry[] = [];
  const query = { Bucket: bucket, Prefix: prefix, Delimiter: '/' };
  for await (const page of paginateListObjectsV2({ client }, query)) {
    for (const { Key = '', Size = 0 } of page.Contents ?? []) {
      if (Key !== prefix) entries.push({ name: Key.slice(prefix.length), bytes: Size });
    }
  }
  return entries;
}

async function* readObject(client: S3Client, at: { Bucket: string; Key: string }): AsyncGenerator<Buffer> {
  const { Body } = await client.send(new GetObjectCommand(at));
  if (!(Body instanceof Readable)) throw new Error(`s3://${at.Bucket}/${at.Key} came without a body`);
  yield* Body as AsyncIterable<Buffer>;
}

/** Errors of the store end the command with its own name for the trouble. */
async function translated<T>(
  base: string,
  work: () => Promise<T>,
  instead: (error: S3ServiceException) => T | undefined = () => undefined,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof S3ServiceException)) throw error;
    const value = instead(error);
    if (value !== undefined) return value;
    throw new CommandError(
      `${base}: ${error.name}: ${error.message} (Status Code: ${error.$metadata.httpStatusCode ?? '?'})`,
    );
  }
}
