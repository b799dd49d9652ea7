import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ObjectStore } from '@holdfast/storage';
import type { Status } from '@holdfast/types';
import type { Control } from '../neo4j/control.ts';
import { until } from '../until.ts';
import { claimOf } from './claim.ts';
import { contentsOf, disagreements, openBucket, openClaim } from './contents.ts';
import { bucket, condition, startJourney, succeeded, type Journey } from './journey.ts';
import { findKubectl } from './kubectl.ts';

const program = findKubectl();
const namespace = 'neo4j';

describe.skipIf(!program)('storage', { concurrent: false }, () => {
  let journey: Journey;
  let prod: Control;

  beforeAll(async () => {
    journey = await startJourney(program ?? '');
    await journey.cluster.stores.s3.makeBucket('stored');
    await journey.namespace(namespace);
    await journey.kubectl.ok('config', 'set-context', '--current', `--namespace=${namespace}`);
    prod = await journey.target({ name: 'prod', namespace });
  });
  afterAll(() => journey?.stop());

  test('a bucket that is missing is waited for, and once it is there the run goes on by itself', async () => {
    await journey.apply(namespace, 'no-bucket', spec(bucket('not-yet')));
    await waits('no-bucket', 'BucketMissing', /bucket "not-yet"/);
    await journey.cluster.stores.s3.makeBucket('not-yet');
    journey.cluster.clock.advance(61_000);
    expect(await done('no-bucket')).toMatchObject({ phase: 'Completed' });
  });

  test('a Secret that is missing or incomplete is named, and once it is right the run goes on by itself', async () => {
    const { kubectl, cluster } = journey;
    const cloud = { provider: 'aws', region: 'us-east-1', credentialsSecret: 'store-keys' };
    await journey.apply(namespace, 'no-secret', spec({ ...bucket('stored'), cloud }));
    await waits(
      'no-secret',
      'CredentialsMissing',
      /Secret "store-keys" in namespace "neo4j" does not exist; create it/,
    );
    const { accessKeyId, secretAccessKey } = cluster.stores.s3;
    const secret = ['create', 'secret', 'generic', 'store-keys', `--from-literal=AWS_ACCESS_KEY_ID=${accessKeyId}`];
    await kubectl.ok(...secret);
    cluster.clock.advance(31_000);
    await waits('no-secret', 'CredentialsMissing', /lacks AWS_SECRET_ACCESS_KEY; add the missing key/);
    await kubectl.ok('delete', 'secret', 'store-keys');
    await kubectl.ok(...secret, `--from-literal=AWS_SECRET_ACCESS_KEY=${secretAccessKey}`);
    cluster.clock.advance(31_000);
    expect(await done('no-secret')).toMatchObject({ phase: 'Completed' });
    const shown = await kubectl.ok('get', 'n4jb,jobs,pods,events', '-o', 'yaml');
    expect(shown).not.toContain(secretAccessKey);
  });

  test('a claim is used as it is when it exists', async () => {
    await journey.kubectl.apply(claimOf(namespace, 'mine'));
    await journey.apply(namespace, 'on-mine', spec({ type: 'pvc', path: 'some/where', pvc: { name: 'mine' } }));
    expect(await done('on-mine')).toMatchObject({ phase: 'Completed' });
    expect(
      await disagreements(openClaim(journey.cluster, namespace, 'mine'), `some/where/${namespace}/on-mine`),
    ).toEqual([]);
    expect(JSON.parse(await journey.kubectl.ok('get', 'pvc', 'mine', '-o', 'json'))).not.toMatchObject({
      metadata: { labels: { 'app.kubernetes.io/component': 'backup' } },
    });
  });

  test('a claim is made as the spec says when it does not exist, and belongs to nobody', async () => {
    const pvc = { size: '20Gi', storageClassName: 'fast-ssd', accessModes: ['ReadWriteMany'] };
    await journey.apply(namespace, 'made', spec({ type: 'pvc', pvc }));
    expect(await done('made')).toMatchObject({ phase: 'Completed' });
    const made = JSON.parse(await journey.kubectl.ok('get', 'pvc', 'made-backups', '-o', 'json')) as {
      metadata: { ownerReferences?: unknown };
    };
    expect(made).toMatchObject({
      spec: {
        accessModes: ['ReadWriteMany'],
        storageClassName: 'fast-ssd',
        resources: { requests: { storage: '20Gi' } },
      },
      status: { phase: 'Bound' },
    });
    expect(made.metadata.ownerReferences).toBeUndefined();
  });

  test('a claim that does not exist and has no size is waited for', async () => {
    await journey.apply(namespace, 'no-claim', spec({ type: 'pvc', pvc: { name: 'later' } }));
    await waits(
      'no-claim',
      'ClaimMissing',
      /claim "later" does not exist in namespace "neo4j"; create it, or set spec\.storage\.pvc\.size/,
    );
    await journey.kubectl.apply(claimOf(namespace, 'later'));
    journey.cluster.clock.advance(11_000);
    expect(await done('no-claim')).toMatchObject({ phase: 'Completed' });
  });

  describe.each([
    { name: 'kept', storage: bucket('stored'), open: () => openBucket(journey.cluster, 'stored') },
    {
      name: 'kept-on-claim',
      storage: { type: 'pvc', pvc: { name: 'kept', size: '1Gi' } },
      open: async () => openClaim(journey.cluster, namespace, 'kept'),
    },
  ])('the object $name, when it is deleted', ({ name, storage, open }) => {
    let store: ObjectStore;
    const folder = `${namespace}/${name}`;

    test('takes its run with it and leaves the data', async () => {
      const { kubectl } = journey;
      await journey.apply(namespace, name, spec(storage));
      expect(await done(name)).toMatchObject({ phase: 'Completed' });
      store = await open();
      const before = await contentsOf(store, folder);
      await prod.commit('neo4j', 3);
      await prod.arm({ kind: 'hang', at: 'transfer' });
      await kubectl.ok('annotate', 'n4jb', name, 'neo4j.neo4j.com/run=again');
      await journey.when(namespace, name, ({ activeRun }) => activeRun?.trigger === 'Request' && activeRun.job);
      await until(async () => /Start \w+ backup of database/.test(await kubectl.ok('logs', `job/${name}-backup`)), {
        saying: 'the second run is at work',
      });
      await kubectl.ok('delete', 'n4jb', name, '--timeout=30s');
      await until(
        async () =>
          !(await kubectl.ok('get', 'jobs,pods,sa,role,rolebinding', '-o', 'name')).includes(`/${name}-backup`),
        {
          saying: 'everything that belonged to it is gone',
        },
      );
      const after = await contentsOf(store, folder);
      expect(after.artifacts).toEqual(before.artifacts);
      expect(after.manifests).toEqual(before.manifests);
      expect(await disagreements(store, folder)).toEqual([]);
      prod.disarm();
    });

    test('and made again, finds its folder and goes on with the chain', async () => {
      const before = await contentsOf(store, folder);
      await journey.apply(namespace, name, spec(storage));
      const status = await done(name);
      expect(status.history?.[0]).toMatchObject({ type: 'DIFF', trigger: 'OneShot' });
      const { manifests } = await contentsOf(store, folder);
      const [newest, oldest] = manifests.filter(({ database }) => database === 'neo4j');
      expect(newest).toMatchObject({ type: 'DIFF', parent: oldest?.artifact, chain: oldest?.chain });
      expect(newest?.lowestTx).toBe((oldest?.highestTx ?? 0) + 1);
      expect(newest?.backupUid).not.toBe(oldest?.backupUid);
      expect(manifests.length).toBe(before.manifests.length * 2);
      expect(await disagreements(store, folder)).toEqual([]);
    });
  });

  async function done(name: string): Promise<Status> {
    const status = await journey.when(namespace, name, succeeded(1), { saying: `${name} succeeded` });
    for (const type of ['Ready', 'StorageReady']) expect(condition(status, type)).toMatchObject({ status: 'True' });
    return status;
  }

  async function waits(name: string, reason: string, sentence: RegExp): Promise<void> {
    const status = await journey.when(
      namespace,
      name,
      ({ activeRun, message }) => activeRun?.waitingFor?.reason === reason && sentence.test(message ?? ''),
    );
    for (const type of ['Ready', 'StorageReady'])
      expect(condition(status, type)).toMatchObject({
        status: 'False',
        reason,
        message: expect.stringMatching(sentence),
      });
    expect(status.phase).toBe('Pending');
    const made = await journey.kubectl.ok('get', 'jobs,pods', '-o', 'name');
    expect(made).not.toContain(`${name}-backup`);
    await until(async () =>
      (await journey.events(namespace, name)).some((event) => event.reason === 'StorageUnavailable'),
    );
  }
});

function spec(storage: object): object {
  return { target: { kind: 'Cluster', name: 'prod' }, storage };
}
