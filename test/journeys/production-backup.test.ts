import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ObjectStore } from '@holdfast/storage';
import type { Manifest } from '@holdfast/types';
import { putSecret } from '../cluster/furnish.ts';
import { findTink } from '../encryption/find-tink.ts';
import { startTink, type TinkProcess } from '../encryption/start-tink.ts';
import type { Control } from '../neo4j/control.ts';
import { bytesOf, contentsOf, disagreements, openBucket } from './contents.ts';
import { fragment, readFragments, referenceFile } from './fragments.ts';
import { condition, startJourney, succeeded, type Journey } from './journey.ts';
import { findKubectl } from './kubectl.ts';
import { restoredFrom } from './restore.ts';

const program = findKubectl();
const tink = await findTink();
const yaml = readFragments('yaml');
if (!yaml)
  process.stderr.write(`left out: the complete example of the API reference, which is not at ${referenceFile}\n`);

const namespace = 'neo4j';
const name = 'production-backup';
const folder = `daily-backups/${namespace}/${name}`;
const dayMs = 86_400_000;
const days = 35;
/** Transaction that a store holds before anything was committed. */
const untouched = 1;

describe.skipIf(!program || !yaml)('the complete example of the API reference', { concurrent: false }, () => {
  let journey: Journey;
  let store: ObjectStore;
  let neo4j: Control;
  let firstSlot: Date;
  let other: TinkProcess | undefined;
  const key = randomBytes(32);
  /** Last transaction of `neo4j` before each slot. */
  const committed: number[] = [];

  beforeAll(async () => {
    journey = await startJourney(program ?? '');
    const { cluster } = journey;
    await cluster.stores.s3.makeBucket('neo4j-production-backups');
    store = await openBucket(cluster, 'neo4j-production-backups');
    await journey.namespace(namespace);
    await putSecret(cluster.client, namespace, 'backup-encryption-key', { key: key.toString('base64') });
    other = tink && startTink(tink);
    neo4j = await journey.target({ name: 'production-cluster', namespace, primaries: 2, secondaries: 1 });
    firstSlot = nextTwo(cluster.clock.now());
    cluster.clock.reach(new Date(firstSlot.getTime() - 3_600_000));
  });
  afterAll(async () => {
    await other?.stop();
    await journey?.stop();
  });

  test('is applied as it is printed and waits for its slot', async () => {
    const example = fragment(yaml ?? [], 'Complete Example: Production Backup Configuration');
    await journey.kubectl.apply(example);
    const status = await journey.when(namespace, name, ({ phase }) => phase === 'Scheduled');
    expect(status.nextRunTime).toBe(`${firstSlot.toISOString().slice(0, 19)}Z`);
    expect(status.lastRunTime).toBeUndefined();
  });

  test('runs by a token, encrypted and checked', async () => {
    await journey.kubectl.ok('annotate', 'n4jb', name, '-n', namespace, 'neo4j.neo4j.com/run=first');
    const status = await journey.when(namespace, name, succeeded(1), { withinMs: 120_000 });
    const [entry] = status.history ?? [];
    expect(entry).toMatchObject({ trigger: 'Request', type: 'FULL', verification: { level: 'consistency' } });
    expect(status.phase).toBe('Scheduled');
    expect(condition(status, 'Verified')).toMatchObject({
      status: 'True',
      message: expect.stringMatching(/consistency/),
    });
    for (const type of ['Ready', 'StorageReady', 'JobCreated', 'LastRunSucceeded'])
      expect({ type, ...condition(status, type) }).toMatchObject({ type, status: 'True' });
    const { manifests, artifacts } = await contentsOf(store, folder);
    expect(manifests.map(({ database }) => database).sort()).toEqual(['neo4j', 'system']);
    expect(artifacts.every((one) => one.endsWith('.backup.enc'))).toBe(true);
    expect(status.stats?.sizeBytes).toBe(manifests.reduce((sum, { bytes }) => sum + bytes, 0));
    for (const artifact of artifacts)
      expect((await bytesOf(store, `${folder}/${artifact}`)).includes('stand-in')).toBe(false);
  });

  test(
    'runs at its slots, and after thirty-five days exactly what the policy wants is left',
    { timeout: 900_000, tags: ['long'] },
    async () => {
      for (let day = 0; day < days; day += 1) {
        committed.push(await neo4j.commit('neo4j', 2, 900));
        journey.cluster.clock.reach(slotOf(day));
        const id = `s${slotOf(day)
          .toISOString()
          .replaceAll(/[-:]|\.\d+/g, '')
          .toLowerCase()}`;
        const fits = (status: Parameters<ReturnType<typeof succeeded>>[0]) =>
          !status.activeRun &&
          status.history?.[0]?.runId.startsWith(id) &&
          status.history[0].status === 'Succeeded' &&
          status.retention?.cause?.startsWith(id);
        const status = await journey.when(namespace, name, fits, { withinMs: 120_000, saying: `day ${day}` });
        expect({ day, ...status.history?.[0] }).toMatchObject({
          day,
          type: 'FULL',
          verification: { level: 'consistency' },
        });
        expect(status.nextRunTime).toBe(
          `${slotOf(day + 1)
            .toISOString()
            .slice(0, 19)}Z`,
        );
      }
      const { manifests } = await contentsOf(store, folder);
      const left = manifests.map(({ database, startTime }) => `${dayOf(startTime)} ${database}`).sort();
      const wanted = Array.from({ length: 30 }, (_, index) => days - 30 + index);
      expect(left).toEqual(wanted.flatMap((day) => [`${day} neo4j`, `${day} system`]).sort());
      expect(await disagreements(store, folder)).toEqual([]);
      const status = await journey.status(namespace, name);
      expect(status.retention).toMatchObject({ kept: 30, held: [] });
      expect(status).toMatchObject({ phase: 'Scheduled', consecutiveFailures: 0 });
    },
  );

  test.skipIf(!tink)(
    "newest and oldest artifacts decrypt with Tink's own library and restore byte for byte",
    { timeout: 120_000 },
    async () => {
      const { manifests } = await contentsOf(store, folder);
      const ofNeo4j = manifests.filter(({ database }) => database === 'neo4j');
      for (const manifest of [ofNeo4j[0], ofNeo4j.at(-1)]) {
        if (!manifest) throw new Error('nothing is left');
        const tx = committed[dayOf(manifest.startTime)] ?? untouched;
        expect(manifest.highestTx).toBe(tx);
        const restored = await decrypted(manifest);
        expect(restored.equals(Buffer.concat([...neo4j.expectedStore('neo4j', tx).chunks()]))).toBe(true);
      }
    },
  );

  test('the key stands in nothing that people or machines read', async () => {
    const { kubectl, cluster } = journey;
    const said = [
      await kubectl.ok('get', 'n4jb,jobs,pods,events', '-n', namespace, '-o', 'yaml'),
      await kubectl.ok('logs', `job/${name}-backup`, '-n', namespace),
      ...(await contentsOf(store, folder)).keys,
    ].join('\n');
    for (const form of [key.toString('base64'), key.toString('hex'), key.toString('base64url')])
      expect(said.includes(form)).toBe(false);
    expect(cluster.services.names.length).toBeGreaterThan(0);
  });

  function slotOf(day: number): Date {
    return new Date(firstSlot.getTime() + day * dayMs);
  }

  function dayOf(startTime: string): number {
    return Math.floor((Date.parse(startTime) - firstSlot.getTime()) / dayMs);
  }

  /** The stored object, read by someone who knows nothing of Holdfast, restored. */
  async function decrypted({ artifact, database, objects }: Manifest): Promise<Buffer> {
    const home = await mkdtemp(join(tmpdir(), 'holdfast-restore-'));
    try {
      const [object] = objects;
      const from = join(home, `${artifact}.enc`);
      await writeFile(from, await bytesOf(store, `${folder}/${object?.key ?? ''}`));
      const refused = await other?.ask({ do: 'decrypt', key, name: artifact, from, to: join(home, artifact) });
      if (refused !== undefined) throw new Error(`Tink refuses ${artifact}: ${refused}`);
      return await restoredFrom(home, { database, artifact });
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  }
});

function nextTwo(after: Date): Date {
  const slot = new Date(after);
  slot.setUTCHours(2, 0, 0, 0);
  return slot > after ? slot : new Date(slot.getTime() + dayMs);
}
