import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ObjectStore } from '@holdfast/storage';
import type { Manifest, Status } from '@holdfast/types';
import type { Control } from '../neo4j/control.ts';
import { until } from '../until.ts';
import { claimOf } from './claim.ts';
import { contentsOf, disagreements, openBucket, openClaim } from './contents.ts';
import { bucket, startJourney, succeeded, type Journey } from './journey.ts';
import { findKubectl } from './kubectl.ts';
import { restored } from './restore.ts';

const program = findKubectl();
const namespace = 'neo4j';
const day = 86_400_000;
const key = randomBytes(32);

describe.skipIf(!program)('encrypted and staged backups', { concurrent: false }, () => {
  let journey: Journey;
  let prod: Control;
  let inBucket: ObjectStore;
  let slots = 0;

  beforeAll(async () => {
    journey = await startJourney(program ?? '');
    const { cluster, kubectl } = journey;
    await cluster.stores.s3.makeBucket('sealed');
    inBucket = await openBucket(cluster, 'sealed');
    await journey.namespace(namespace);
    await kubectl.ok('config', 'set-context', '--current', `--namespace=${namespace}`);
    prod = await journey.target({ name: 'prod', namespace });
    cluster.clock.reach(slotOf(0, -600_000));
  });
  afterAll(() => journey?.stop());

  test('a key that is missing or no key at all is waited for, and no Job is spent on it', async () => {
    const { kubectl, cluster } = journey;
    await journey.apply(namespace, 'waiting', { ...spec(bucket('sealed')), options: encrypted });
    await waits('waiting', 'KeyMissing', /Secret "backup-keys" .* does not exist; create it with an entry "key"/);
    await kubectl.ok('create', 'secret', 'generic', 'backup-keys', '--from-literal=key=open sesame');
    cluster.clock.advance(31_000);
    await waits('waiting', 'KeyMalformed', /entry "key" of the key Secret \(11 bytes\) is neither/);
    await kubectl.ok('delete', 'secret', 'backup-keys');
    const literals = [`--from-literal=key=${key.toString('base64')}`, `--from-literal=unrelated=${unrelated}`];
    await kubectl.ok('create', 'secret', 'generic', 'backup-keys', ...literals);
    cluster.clock.advance(31_000);
    expect(await journey.when(namespace, 'waiting', succeeded(1))).toMatchObject({ phase: 'Completed' });
    const shown = await kubectl.ok('get', 'n4jb,jobs,pods,events', '-o', 'yaml');
    const logs = await kubectl.ok('logs', 'job/waiting-backup');
    for (const secret of [key.toString('base64'), key.toString('hex'), unrelated, 'open sesame'])
      expect(shown + logs).not.toContain(secret);
    expect(shown).toContain('path: key');
    expect(shown).not.toContain('path: unrelated');
  });

  const places = [
    { name: 'on-s3', storage: bucket('sealed'), open: async () => inBucket },
    {
      name: 'on-claim',
      storage: { type: 'pvc', pvc: { name: 'sealed', size: '1Gi' } },
      open: async () => openClaim(journey.cluster, namespace, 'sealed'),
    },
  ];

  test(
    'encrypted schedules on S3 and on a claim take FULLs that restore byte for byte with the key alone',
    { tags: ['long'] },
    async () => {
      for (const { name, storage } of places)
        await journey.apply(namespace, name, { ...spec(storage), schedule: '0 2 * * *', options: encrypted });
      const committed = [];
      for (let night = 1; night <= 2; night += 1) {
        committed.push(await prod.commit('neo4j', 5));
        journey.cluster.clock.reach(slotOf(slots++));
        for (const { name } of places) await journey.when(namespace, name, succeeded(night));
      }
      for (const { name, open } of places) {
        const store = await open();
        const folder = `${namespace}/${name}`;
        expect(await disagreements(store, folder)).toEqual([]);
        const { manifests, artifacts } = await contentsOf(store, folder);
        for (const artifact of artifacts)
          expect(artifact).toMatch(/^artifacts\/s\d{8}t\d{6}z-[^/]+\/[^/]+\.backup\.enc$/);
        const ours = manifests.filter(({ database }) => database === 'neo4j');
        expect(ours.map(({ type, encryption }) => [type, encryption?.algorithm])).toEqual([
          ['FULL', 'AES256'],
          ['FULL', 'AES256'],
        ]);
        for (const [index, manifest] of ours.toReversed().entries()) {
          expect(manifest.highestTx).toBe(committed[index]);
          await expectRestored(store, folder, manifest);
        }
        const { history } = await journey.status(namespace, name);
        expect(history?.[0]).toMatchObject({ status: 'Succeeded', verification: { level: 'objects' } });
      }
    },
  );

  test('with a work volume an encrypted schedule takes DIFFs, and the chain restores', { tags: ['long'] }, async () => {
    const { kubectl, cluster } = journey;
    await kubectl.ok('delete', 'n4jb', ...places.map(({ name }) => name)); // they would take their turns at each slot
    const options = { ...encrypted, workVolume: 'chains', maxChainLength: 3 };
    await journey.apply(namespace, 'chained', { ...spec(bucket('sealed')), schedule: '0 2 * * *', options });
    await journey.when(namespace, 'chained', ({ phase }) => phase === 'Scheduled');
    await prod.commit('neo4j', 3);
    cluster.clock.reach(slotOf(slots++));
    await waits('chained', 'ClaimMissing', /claim "chains" does not exist .* or remove spec\.options\.workVolume/);
    await kubectl.apply(claimOf(namespace, 'chains'));
    cluster.clock.advance(11_000);
    await journey.when(namespace, 'chained', succeeded(1));
    for (let night = 2; night <= 4; night += 1) {
      await prod.commit('neo4j', 3);
      cluster.clock.reach(slotOf(slots++));
      await journey.when(namespace, 'chained', succeeded(night));
    }
    const folder = `${namespace}/chained`;
    const { manifests } = await contentsOf(inBucket, folder);
    const ours = manifests.filter(({ database }) => database === 'neo4j').toReversed();
    expect(ours.map(({ type }) => type)).toEqual(['FULL', 'DIFF', 'DIFF', 'FULL']);
    expect(ours[2]).toMatchObject({ parent: ours[1]?.artifact, chain: ours[0]?.chain });
    expect(await disagreements(inBucket, folder)).toEqual([]);
    for (const manifest of ours.slice(2)) await expectRestored(inBucket, folder, manifest);
    // Only the newest chain of each database is kept, as the engine wrote it.
    const work = await Array.fromAsync(openClaim(cluster, namespace, 'chains').list(''), ({ key: file }) => file);
    expect(work.toSorted()).toEqual(
      manifests
        .filter(({ run }) => run === ours[3]?.run)
        .map(({ artifact }) => `holdfast-work/${namespace}/chained/${artifact}`)
        .toSorted(),
    );
  });

  test('an explicit DIFF without a work volume brings its chain back and extends it', { tags: ['long'] }, async () => {
    const { kubectl, cluster } = journey;
    await kubectl.ok('delete', 'n4jb', 'chained');
    const options = { ...encrypted, backupType: 'DIFF' };
    const asked = async (token: string) => {
      await prod.commit('neo4j', 3);
      cluster.clock.advance(2_000);
      const spoken = { 'neo4j.neo4j.com/run': token };
      await journey.apply(
        namespace,
        'fetching',
        { ...spec(bucket('sealed')), schedule: '0 3 29 2 *', options },
        spoken,
      );
    };
    for (let count = 1; count <= 3; count += 1) {
      await asked(`token-${count}`);
      await journey.when(namespace, 'fetching', succeeded(count));
    }
    const folder = `${namespace}/fetching`;
    const { manifests } = await contentsOf(inBucket, folder);
    const ours = manifests.filter(({ database }) => database === 'neo4j').toReversed();
    expect(ours.map(({ type }) => type)).toEqual(['FULL', 'DIFF', 'DIFF']);
    expect(ours.every(({ chain }) => chain === ours[0]?.chain)).toBe(true);
    for (const manifest of ours) await expectRestored(inBucket, folder, manifest);
    expect(await disagreements(inBucket, folder)).toEqual([]);
  });

  function spec(storage: object): object {
    return { target: { kind: 'Cluster', name: 'prod' }, storage };
  }

  async function expectRestored(store: ObjectStore, folder: string, manifest: Manifest): Promise<void> {
    const { database, artifact, highestTx } = manifest;
    const bytes = await restored(store, folder, { database, artifact, key });
    expect(bytes.equals(Buffer.concat([...prod.expectedStore(database, highestTx).chunks()]))).toBe(true);
  }

  async function waits(name: string, reason: string, sentence: RegExp): Promise<void> {
    const fits = ({ activeRun, message = '' }: Status) =>
      activeRun?.waitingFor?.reason === reason && sentence.test(message);
    await journey.when(namespace, name, fits, { saying: `${name} waits for ${reason}` });
    expect(await journey.kubectl.ok('get', 'jobs,pods', '-o', 'name')).not.toContain(`${name}-backup`);
    await until(async () => (await journey.events(namespace, name)).some((event) => event.reason === 'BackupWaiting'));
  }

  /** 02:00 UTC of the n-th night. */
  function slotOf(night: number, shiftMs = 0): Date {
    first ??= nextTwo(journey.cluster.clock.now());
    return new Date(first.getTime() + night * day + shiftMs);
  }
  let first: Date | undefined;
});

const encrypted = { encryption: { enabled: true, keySecret: 'backup-keys' } };
const unrelated = 'nobody-shall-see-this';

function nextTwo(at: Date): Date {
  const slot = new Date(at);
  slot.setUTCHours(26, 0, 0, 0);
  return slot;
}
