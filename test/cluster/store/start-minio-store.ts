import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { S3Server } from './s3-server.ts';
import { startMinio } from './start-minio.ts';
import type { S3Store, StoreOptions } from './start-store.ts';
import { startStoreProxy } from './store-proxy.ts';
import { s3Dialect } from './store-request.ts';

/** MinIO as the S3 store of a cluster. */
export interface MinioStore extends S3Store {
  /** The server itself, without the proxy before it: for buckets with versions or locks. */
  readonly server: S3Server;
}

/**
 * Starts MinIO with the dev proxy before it, which gives it the cluster's clock, a diary and faults. Signatures, checksums, conditions and
 * locks are its own; locks run by the time of the machine.
 */
export async function startMinioStore(
  options: StoreOptions & { readonly say: (line: string) => void },
): Promise<MinioStore> {
  const { dir, clock } = options;
  mkdirSync(dir, { recursive: true });
  const server = await startMinio(options);
  const proxy = await startStoreProxy({
    target: () => Promise.resolve(server.endpoint),
    dialect: s3Dialect,
    clock,
    eventFile: join(dir, 'events.jsonl'),
    conditionalWrites: 'behind',
    signedBy: 'its own clock',
  });
  const { accessKeyId, secretAccessKey, pid } = server;
  return {
    endpoint: proxy.url,
    accessKeyId,
    secretAccessKey,
    region: 'us-east-1',
    pid,
    server,
    faults: proxy.faults,
    makeBucket: (name) => server.makeBucket(name),
    eventLog: () => proxy.events.all(),
    stop: async () => {
      await proxy.close();
      await server.stop();
    },
  };
}
