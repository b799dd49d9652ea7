import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { proveDigest } from '@holdfast/core';
import { decrypt, encryptedBytes } from '@holdfast/encryption';
import { below, proveRun, type ObjectStore } from '@holdfast/storage';
import type { Manifest } from '@holdfast/types';
import { putSecret } from '../cluster/furnish.ts';
import { wantsMinio } from '../cluster/store/start-minio.ts';
import { until } from '../until.ts';
import { claimOf } from './claim.ts';
import { contentsOf, openBucket } from './contents.ts';
import { checkedBucket, startJourney, succeeded, type Journey } from './journey.ts';
import { findKubectl } from './kubectl.ts';
import { peakOfAgent } from './memory-of.ts';

const program = findKubectl();
const s3 = wantsMinio('a database larger than the memory of its agent') ? 'minio' : 'fauxqs';
const mebibyte = 1024 ** 2;
const { CI, HOLDFAST_BIG_UPLOAD } = process.env;
/** A whole database's worth takes two minutes: with CI=true, and where HOLDFAST_BIG_UPLOAD=3g asks for it. */
const mebibytes = CI === 'true' || HOLDFAST_BIG_UPLOAD === '3g' ? 3 * 1024 : 384;
const most = 200_000_000;
const namespace = 'neo4j';
const folder = `${namespace}/big`;

describe.skipIf(!program)('a database larger than the memory of its agent', { concurrent: false }, () => {
  let journey: Journey;
  let store: ObjectStore;
  let manifest: Manifest;
  const key = randomBytes(32);

  beforeAll(async () => {
    journey = await startJourney(program ?? '', { s3 });
    const { cluster, kubectl } = journey;
    await cluster.stores.s3.makeBucket('large');
    store = below(await openBucket(cluster, 'large'), folder);
    await journey.namespace(namespace);
    await putSecret(cluster.client, namespace, 'backup-keys', { key: key.toString('base64') });
    await kubectl.apply(claimOf(namespace, 'chains', '20Gi'));
    const annotations = { 'standin.neo4j.com/store-bytes': `${mebibytes}Mi` };
    await journey.target({ name: 'prod', namespace, annotations });
  });
  afterAll(() => journey?.stop());

  test(
    'goes encrypted to a store that is slower than the disk, and the agent takes less than 200 MB for it',
    { timeout: 600_000 },
    async () => {
      const { cluster } = journey;
      const isPart = ({ query }: { query: URLSearchParams }) => query.has('partNumber');
      cluster.stores.s3.faults.always({ kind: 'latency', ms: 30 }, isPart); // what may be under way then is under way
      const encryption = { enabled: true, keySecret: 'backup-keys' };
      const storage = checkedBucket(cluster, 'large');
      const target = { kind: 'Cluster', name: 'prod' };
      await journey.apply(namespace, 'big', { target, storage, options: { encryption, workVolume: 'chains' } });
      const agent = await untilAgent();
      const startedAt = performance.now();
      const peak = await peakOfAgent(agent);
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      const { history } = await journey.when(namespace, 'big', succeeded(1), { withinMs: 300_000 });
      expect(history?.[0]).toMatchObject({ type: 'FULL', verification: { level: 'objects' } });
      const found = (await contentsOf(await openBucket(cluster, 'large'), folder)).manifests;
      manifest = found.find(({ database }) => database === 'neo4j') ?? expect.fail('no manifest of the database');
      process.stdout.write(`${mebibytes} MiB went through ${Math.round(peak / 1e6)} MB of memory in ${seconds} s\n`);
      expect(peak).toBeLessThan(most);
      expect(manifest.encryption?.plainBytes).toBeGreaterThan(mebibytes * mebibyte);
      expect(manifest.bytes).toBe(encryptedBytes(manifest.encryption?.plainBytes ?? 0));
    },
  );

  test('is proved by what the store says of it, and not a byte of it is read', async () => {
    const unread: ObjectStore = {
      ...store,
      read: (name, ...rest) =>
        name.startsWith('artifacts/') ? expect.fail(`${name} was read`) : store.read(name, ...rest),
    };
    const proof = await proveRun(unread, manifest.run);
    expect(proof.manifests.map(({ manifest: { database } }) => database).sort()).toEqual(['neo4j', 'system']);
    expect(proof.findings).toEqual([]);
    const [object] = manifest.objects;
    const head = await store.head(object?.key ?? '');
    expect(object?.digest).toMatchObject({ algorithm: 'sha256-parts', of: 'stored', measuredBy: 'writer' });
    expect(head?.checksum).toMatch(new RegExp(`^sha256:.{44}-${Math.ceil(manifest.bytes / partBytes())}$`));
    expect(proveDigest({ bytes: head?.bytes ?? 0, digest: object?.digest }, head?.checksum)).toBe('proven');
    const read = (await journey.cluster.stores.s3.eventLog()).filter(({ operation }) => operation === 'read');
    expect(read.filter((event) => event.key.startsWith(`${folder}/artifacts/`))).toEqual([]);
  });

  test('opens with the key as what the engine wrote', { timeout: 300_000 }, async () => {
    const { artifact, objects } = manifest;
    const sealed = (await store.read(objects[0]?.key ?? '')) ?? expect.fail('the object is gone');
    const work = join(journey.cluster.kubelet.claimDir(namespace, 'chains'), 'holdfast-work', folder, artifact);
    const plain = await sha256Of(decrypt(sealed, { key, associatedData: artifact }));
    expect(plain).toBe(await sha256Of(createReadStream(work)));
  });

  function partBytes(): number {
    return manifest.objects[0]?.digest?.partBytes ?? Number.NaN;
  }

  /** First process of the container that backs up. */
  function untilAgent(): Promise<number> {
    const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=job-name%3Dbig-backup`;
    const running = async () => {
      const { client, kubelet } = journey.cluster;
      const { items } = await client.get<{ items: { metadata: { name: string } }[] }>(path);
      return items[0] && kubelet.pids(namespace, items[0].metadata.name)['backup'];
    };
    return until(running, { everyMs: 20, saying: 'the agent at work' });
  }
});

async function sha256Of(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of bytes) hash.update(piece);
  return hash.digest('hex');
}
