// Whoever lists or removes what lies on the shelf: ours, or the AWS SDK as its documentation shows it. Hears wishes and says what each of them cost.
import { createInterface } from 'node:readline';
import { DeleteObjectsCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { openS3 } from '@holdfast/storage';

export type BucketUser = 'ours' | 'sdk' | 'sdk-quiet';

export type BucketWish = { readonly list: true } | { readonly remove: true };

export interface BucketUsed {
  readonly keys: number;
  /** Of the objects that a listing showed. */
  readonly bytes: number;
  readonly ms: number;
  readonly cpuSeconds: number;
}

interface Bucket {
  /** Calls back for every object. */
  list(look: (key: string, bytes: number) => void): Promise<void>;
  remove(keys: readonly string[]): Promise<void>;
}

const [user, endpoint = ''] = process.argv.slice(2);
const place = { endpoint, region: 'us-east-1', forcePathStyle: true };
const keysAtOnce = 1_000;

process.once('SIGTERM', () => process.exit());
const { list, remove } = user === 'ours' ? await byUs() : byTheSdk(user === 'sdk-quiet');
process.stdout.write('{"ready":true}\n');
for await (const line of createInterface({ input: process.stdin })) {
  const wish = JSON.parse(line) as BucketWish;
  const keys: string[] = [];
  if ('remove' in wish) await list((key) => keys.push(key));
  let [count, bytes] = [keys.length, 0];
  const [cpu, startedAt] = [process.cpuUsage(), performance.now()];
  if ('remove' in wish) await remove(keys);
  else
    await list((_key, size) => {
      count += 1;
      bytes += size;
    });
  const ms = performance.now() - startedAt;
  const { user: inProgram, system } = process.cpuUsage(cpu);
  const used: BucketUsed = { keys: count, bytes, ms, cpuSeconds: (inProgram + system) / 1e6 };
  process.stdout.write(`${JSON.stringify(used)}\n`);
}

async function byUs(): Promise<Bucket> {
  const identity = { accessKeyId: 'a', secretAccessKey: 'b' };
  const store = await openS3({
    bucket: 'shelf',
    endpointUrl: endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    identity,
  });
  return {
    async list(look) {
      for await (const { key, bytes } of store.list('')) look(key, bytes);
    },
    async remove(keys) {
      const failed = (await store.removeMany(keys)).find(({ error }) => error);
      if (failed?.error) throw failed.error;
    },
  };
}

function byTheSdk(quiet: boolean): Bucket {
  const client = new S3Client({ ...place, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
  return {
    async list(look) {
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: 'shelf' }))
        for (const { Key = '', Size = 0 } of Contents) look(Key, Size);
    },
    async remove(keys) {
      for (let from = 0; from < keys.length; from += keysAtOnce) {
        const Objects = keys.slice(from, from + keysAtOnce).map((Key) => ({ Key }));
        const Delete = { Objects, ...(quiet && { Quiet: true }) };
        const { Errors = [] } = await client.send(new DeleteObjectsCommand({ Bucket: 'shelf', Delete }));
        if (Errors[0]) throw new Error(Errors[0].Code);
      }
    },
  };
}
