import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { below, proveRun, type ObjectStore } from '@holdfast/storage';
import type { Manifest, Status } from '@holdfast/types';
import { putSecret } from '../cluster/furnish.ts';
import { currentBundles } from '../cluster/services/bundles.ts';
import { wantsMinio } from '../cluster/store/start-minio.ts';
import type { Control } from '../neo4j/control.ts';
import { claimOf } from './claim.ts';
import { bytesOf, contentsOf, disagreements, openBucket } from './contents.ts';
import { checkedBucket, condition, startJourney, succeeded, type Journey } from './journey.ts';
import { findKubectl } from './kubectl.ts';
import { restoredFrom } from './restore.ts';

const program = findKubectl();
const wanted = wantsMinio('encrypted chains');
const namespace = 'neo4j';
const dayMs = 86_400_000;
const folder = `${namespace}/nightly`;

describe.skipIf(!program || !wanted)('encrypted chains on MinIO', { concurrent: false, tags: ['long'] }, () => {
  let journey: Journey;
  let prod: Control;
  let store: ObjectStore;
  let first: Date;
  const key = randomBytes(32);
  const encryption = { enabled: true, keySecret: 'backup-keys' };

  beforeAll(async () => {
    journey = await startJourney(program ?? '', { s3: 'minio' });
    const { cluster, kubectl } = journey;
    await cluster.stores.minio?.makeBucket('sealed', { versions: true });
    await cluster.stores.minio?.makeBucket('locked', { lockDays: 1 });
    store = await openBucket(cluster, 'sealed');
    await journey.namespace(namespace);
    await putSecret(cluster.client, namespace, 'backup-keys', { key: key.toString('base64') });
    await kubectl.apply(claimOf(namespace, 'chains'));
    prod = await journey.target({ name: 'prod', namespace });
    first = nextTwo(cluster.clock.now());
    cluster.clock.reach(new Date(first.getTime() - 600_000));
  });
  afterAll(() => journey?.stop());

  test('grow by DIFFs, and when their restore points are too many the oldest goes as a whole, with all its versions', async () => {
    await journey.apply(namespace, 'nightly', {
      ...specOf('sealed'),
      schedule: '0 2 * * *',
      options: { encryption, workVolume: 'chains', maxChainLength: 2 },
      retention: { maxCount: 2 },
    });
    const removed: unknown[] = [];
    for (let night = 1; night <= 4; night += 1) {
      await prod.commit('neo4j', 5);
      removed.push((await settled('nightly', night)).retention?.removed);
    }
    expect(removed).toEqual([0, 0, 0, 4]); // FULL and DIFF of two databases
    const { manifests } = await contentsOf(store, folder);
    for (const database of ['neo4j', 'system'])
      expect(chainOf(manifests, database).map(({ type }) => type)).toEqual(['FULL', 'DIFF']);
    expect(await disagreements(store, folder)).toEqual([]);
    for (const { run } of manifests) expect((await proveRun(below(store, folder), run)).findings).toEqual([]);
    const there = new Set(manifests.flatMap(({ objects }) => objects.map((object) => `${folder}/${object.key}`)));
    const versions = await journey.cluster.stores.minio?.versionsBelow('sealed', `${folder}/artifacts/`);
    expect(new Set(versions)).toEqual(there);
    expect(versions).toHaveLength(there.size);
  });

  test('open with kubectl neo4jbackup decrypt, and each of their links restores byte for byte', async () => {
    const { manifests } = await contentsOf(store, folder);
    const chain = chainOf(manifests, 'neo4j');
    for (const { artifact, highestTx } of chain) {
      const home = await mkdtemp(join(tmpdir(), 'holdfast-restore-'));
      try {
        for (const link of chain) await fetchAndDecrypt(link, home);
        const bytes = await restoredFrom(home, { database: 'neo4j', artifact });
        expect(bytes.equals(Buffer.concat([...prod.expectedStore('neo4j', highestTx).chunks()]))).toBe(true);
      } finally {
        await rm(home, { recursive: true, force: true });
      }
    }
  });

  test('stay whole in a bucket that locks, and retention says what it may not remove', async () => {
    const options = { encryption, backupType: 'FULL' };
    await journey.apply(namespace, 'kept', {
      ...specOf('locked'),
      schedule: '0 3 * * *',
      options,
      retention: { maxCount: 1 },
    });
    for (let count = 1; count <= 2; count += 1) await runNow('kept', count);
    const refused = (status: Status) => condition(status, 'RetentionHealthy')?.reason === 'ObjectLocked';
    const status = await journey.when(namespace, 'kept', refused, { saying: 'the refusal of the bucket' });
    expect(condition(status, 'RetentionHealthy')).toMatchObject({
      status: 'False',
      message: expect.stringMatching(/lock/),
    });
    const locked = await openBucket(journey.cluster, 'locked');
    const { manifests } = await contentsOf(locked, `${namespace}/kept`);
    expect(new Set(manifests.map(({ run }) => run)).size).toBe(2);
    expect(await disagreements(locked, `${namespace}/kept`)).toEqual([]);
  });

  function specOf(name: string): object {
    return { target: { kind: 'Cluster', name: 'prod' }, storage: checkedBucket(journey.cluster, name) };
  }

  /** The clock goes to the slot of a night; answers the status when its run and its retention are over. */
  function settled(name: string, night: number): Promise<Status> {
    journey.cluster.clock.reach(new Date(first.getTime() + (night - 1) * dayMs));
    const fits = (status: Status) =>
      succeeded(night)(status) && status.retention?.cause?.startsWith(status.history?.[0]?.runId ?? '-');
    return journey.when(namespace, name, fits, { saying: `night ${night} of ${name} and its retention` });
  }

  async function runNow(name: string, count: number): Promise<void> {
    journey.cluster.clock.advance(2_000);
    await journey.kubectl.ok(
      'annotate',
      '--overwrite',
      'n4jb',
      name,
      '-n',
      namespace,
      `neo4j.neo4j.com/run=run-${count}`,
    );
    const done = ({ history = [] }: Status) => history.filter((entry) => entry.status === 'Succeeded').length === count;
    await journey.when(namespace, name, done, { saying: `run ${count} of ${name}` });
  }

  async function fetchAndDecrypt({ objects }: Manifest, home: string): Promise<void> {
    const keyFile = join(home, 'key');
    await writeFile(keyFile, key.toString('base64'));
    const plugin = join(await currentBundles(), 'kubectl-neo4jbackup.mjs');
    for (const object of objects) {
      const file = join(home, basename(object.key));
      await writeFile(file, await bytesOf(store, `${folder}/${object.key}`));
      await promisify(execFile)(process.execPath, [plugin, 'decrypt', file, '--key-file', keyFile]);
      await rm(file);
    }
  }
});

/** Oldest first. */
function chainOf(manifests: readonly Manifest[], database: string): Manifest[] {
  return manifests.filter((manifest) => manifest.database === database).toReversed();
}

function nextTwo(at: Date): Date {
  const slot = new Date(at);
  slot.setUTCHours(26, 0, 0, 0);
  return slot;
}
