// The S3 server of a dev cluster, in a process of its own: fauxqs on loopback, objects as files below the folder given
// as the first argument. Announces its port as one JSON line.
import { buildApp } from 'fauxqs';
import type { AddressInfo } from 'node:net';
import { answerGaps, correctListing, type FauxqsStore } from './fauxqs-gaps.ts';

const [dir = ''] = process.argv.slice(2);

// The package exports only a server that listens on every interface and has no way to say where files go without it.
const inside = async (path: string) =>
  (await import(new URL(path, import.meta.resolve('fauxqs')).href)) as Record<string, unknown>;
const { S3Store } = (await inside('./s3/s3Store.js')) as { S3Store: new () => FauxqsStore };
const { FileS3Persistence } = (await inside('./s3/fileS3Persistence.js')) as {
  FileS3Persistence: new (dir: string) => object;
};

const store = correctListing(new S3Store());
store.persistence = new FileS3Persistence(dir);
type Options = NonNullable<Parameters<typeof buildApp>[0]>;
const app = buildApp({ logger: false, stores: { s3Store: store } as unknown as NonNullable<Options['stores']> });
app.addHook('onRequest', answerGaps(store));
await app.listen({ port: 0, host: '127.0.0.1' });
process.stdout.write(`${JSON.stringify({ port: (app.server.address() as AddressInfo).port })}\n`);
process.stdin.resume().once('end', () => process.exit(0)); // our cluster has gone
