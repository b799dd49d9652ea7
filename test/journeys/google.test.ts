import { randomBytes, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { below, proveRun, type ObjectStore } from '@holdfast/storage';
import type { Manifest, Status } from '@holdfast/types';
import { putSecret } from '../cluster/furnish.ts';
import { makeAccount, wantsGcs } from '../cluster/store/start-gcs.ts';
import type { Control } from '../neo4j/control.ts';
import { claimOf } from './claim.ts';
import { contentsOf, disagreements, openGoogleBucket } from './contents.ts';
import { condition, startJourney, succeeded, type Journey } from './journey.ts';
import { findKubectl } from './kubectl.ts';
import { restored } from './restore.ts';

const program = findKubectl();
const wanted = wantsGcs('backups to Google Cloud Storage');
const namespace = 'neo4j';
const dayMs = 86_400_000;
const encryption = { enabled: true, keySecret: 'backup-keys' };
const chains = { maxChainLength: 2 };

/** A restore point each night; chains of two, of which one stays. */
const stories = {
  direct: { bucket: 'plain', options: chains },
  staged: { bucket: 'versioned', options: { ...chains, encryption, workVolume: 'chains' } },
} as const;
type Story = keyof typeof stories;

describe.skipIf(!program || !wanted)('backups to Google Cloud Storage', { concurrent: false, tags: ['long'] }, () => {
  let journey: Journey;
  let prod: Control;
  let first: Date;
  const key = randomBytes(32);

  const storeOf = (story: Story): ObjectStore => openGoogleBucket(journey.cluster, stories[story].bucket);
  const folderOf = (story: Story) => `team/${namespace}/${story}`;
  const storage = (bucket: string, cloud?: object) => ({ type: 'gcs', bucket, path: 'team', ...(cloud && { cloud }) });

  beforeAll(async () => {
    journey = await startJourney(program ?? '', { gcs: true });
    const { cluster, kubectl } = journey;
    await cluster.stores.gcs?.makeBucket('plain');
    await cluster.stores.gcs?.makeBucket('versioned', { versions: true });
    await journey.namespace(namespace);
    await putSecret(cluster.client, namespace, 'backup-keys', { key: key.toString('base64') });
    await kubectl.apply(claimOf(namespace, 'chains'));
    prod = await journey.target({ name: 'prod', namespace });
    first = nextTwo(cluster.clock.now());
    cluster.clock.reach(new Date(first.getTime() - 600_000));
  }, 900_000);
  afterAll(() => journey?.stop());

  test('go on when they are asked for once, proven and measured, and no key is told to anybody', async () => {
    await apply('once', storage('plain'), { options: { backupType: 'FULL' } });
    const status = await journey.when(namespace, 'once', succeeded(1));
    expect(status.phase).toBe('Completed');
    for (const type of ['Ready', 'StorageReady', 'JobCreated', 'LastRunSucceeded'])
      expect({ type, ...condition(status, type) }).toMatchObject({ type, status: 'True' });
    const { manifests } = await contentsOf(storeOf('direct'), `team/${namespace}/once`);
    expect(manifests.map(({ database, type }) => [database, type]).toSorted()).toEqual([
      ['neo4j', 'FULL'],
      ['system', 'FULL'],
    ]);
    // Proved by what the store tells of each object, without reading it.
    for (const { checksum, versionId } of manifests.flatMap(({ objects }) => objects)) {
      expect(checksum).toMatch(/^md5:/);
      expect(versionId).toMatch(/^\d+$/);
    }
    const shown = await journey.kubectl.ok('get', 'n4jb,jobs,pods,events', '-n', namespace, '-o', 'yaml');
    const logged = await journey.kubectl.ok('logs', '-n', namespace, 'job/once-backup');
    for (const line of secretLines()) expect(shown + logged).not.toContain(line);
  });

  test('grow by DIFFs, and when their restore points are too many the oldest chain goes as a whole', async () => {
    for (const story of Object.keys(stories) as Story[]) {
      const { bucket, options } = stories[story];
      await apply(story, storage(bucket), { schedule: '0 2 * * *', options, retention: { maxCount: 2 } });
    }
    const removed: Record<Story, unknown[]> = { direct: [], staged: [] };
    for (let night = 1; night <= 4; night += 1) {
      await prod.commit('neo4j', 5);
      journey.cluster.clock.reach(new Date(first.getTime() + (night - 1) * dayMs));
      for (const story of Object.keys(stories) as Story[]) {
        const swept = await journey.when(
          namespace,
          story,
          (status) =>
            succeeded(night)(status) && status.retention?.cause?.startsWith(status.history?.[0]?.runId ?? '-'),
        );
        removed[story].push(swept.retention?.removed);
      }
    }
    for (const story of Object.keys(stories) as Story[]) {
      expect([story, ...removed[story]]).toEqual([story, 0, 0, 0, 4]); // FULL and DIFF of two databases
      const { manifests } = await contentsOf(storeOf(story), folderOf(story));
      for (const database of ['neo4j', 'system'])
        expect(chainOf(manifests, database).map(({ type }) => type)).toEqual(['FULL', 'DIFF']);
      expect(await disagreements(storeOf(story), folderOf(story))).toEqual([]);
      const shape = story === 'direct' ? /^artifacts\/[^/]+\.backup$/ : /^artifacts\/[^/]+\/[^/]+\.backup\.enc$/;
      for (const { objects } of manifests) for (const object of objects) expect(object.key).toMatch(shape);
      for (const { run } of manifests)
        expect((await proveRun(below(storeOf(story), folderOf(story)), run)).findings).toEqual([]);
    }
  });

  test('leave nothing of what went in a bucket that keeps versions', async () => {
    const { artifacts } = await contentsOf(storeOf('staged'), folderOf('staged'));
    const kept = (await journey.cluster.stores.gcs?.generationsIn('versioned')) ?? [];
    const below = `${folderOf('staged')}/artifacts/`;
    expect(kept.filter((name) => name.startsWith(below)).toSorted()).toEqual(
      artifacts.map((name) => `${folderOf('staged')}/${name}`),
    );
  });

  test.each(Object.keys(stories) as Story[])('restore byte for byte, taken %s', async (story) => {
    const { manifests } = await contentsOf(storeOf(story), folderOf(story));
    const last = chainOf(manifests, 'neo4j').at(-1);
    const { artifact = '', highestTx } = last ?? {};
    const bytes = await restored(storeOf(story), folderOf(story), { database: 'neo4j', artifact, key });
    expect(bytes.equals(Buffer.concat([...prod.expectedStore('neo4j', highestTx).chunks()]))).toBe(true);
  });

  test('wait for a Secret that holds the key of a service account, and for nothing else', async () => {
    const { kubectl, cluster } = journey;
    const cloud = { provider: 'gcp', region: 'us-central1', credentialsSecret: 'tenant' };
    const external = { type: 'external_account', credential_source: { file: '/etc/hostname' } };
    await putSecret(cluster.client, namespace, 'tenant', {
      GOOGLE_APPLICATION_CREDENTIALS_JSON: JSON.stringify(external),
    });
    await apply('patient', storage('plain', cloud), { options: { backupType: 'FULL' } });
    await waits(
      'CredentialsMissing',
      /GOOGLE_APPLICATION_CREDENTIALS_JSON in Secret "tenant" .* is not of type service/,
    );
    await replace(JSON.stringify(await makeAccount()));
    await waits('StorageDenied', /answers \w+ with authError \(401\); replace the key of the service account/);
    await replace(JSON.stringify(cluster.stores.gcs?.account));
    const status = await journey.when(namespace, 'patient', succeeded(1));
    expect(status.phase).toBe('Completed');

    async function waits(reason: string, message: RegExp): Promise<void> {
      const seen = await journey.when(
        namespace,
        'patient',
        ({ activeRun }) => activeRun?.waitingFor?.reason === reason,
      );
      expect(seen.activeRun?.waitingFor?.message).toMatch(message);
    }

    async function replace(json: string): Promise<void> {
      await kubectl.ok('delete', 'secret', 'tenant', '-n', namespace);
      await putSecret(cluster.client, namespace, 'tenant', { GOOGLE_APPLICATION_CREDENTIALS_JSON: json });
      cluster.clock.advance(61_000);
    }
  });

  test('work without a Secret as the pod’s own account, which no service ever is', async () => {
    // Whoever else has a slot at two would keep this one waiting for the target.
    await journey.kubectl.ok('delete', 'n4jb', ...Object.keys(stories), '-n', namespace);
    const metadata = await startMetadata();
    const env = [{ name: 'GCE_METADATA_HOST', value: metadata.host }];
    const identity = { autoCreate: { annotations: { 'iam.gke.io/gcp-service-account': 'backups@dev.example' } } };
    await apply('keyless', storage('plain', { provider: 'gcp', identity }), {
      options: { backupType: 'FULL', podTemplate: { env } },
      schedule: '0 2 * * *',
      retention: { maxCount: 1 },
    });
    for (let count = 1; count <= 2; count += 1) {
      journey.cluster.clock.advance(dayMs);
      const fits = (status: Status) =>
        succeeded(count)(status) && status.retention?.cause?.startsWith(status.history?.[0]?.runId ?? '-');
      const status = await journey.when(namespace, 'keyless', fits, { withinMs: 120_000 });
      expect([count, status.retention?.removed]).toEqual([count, count === 1 ? 0 : 2]);
    }
    // neo4j-admin and the agents of every kind of Job asked here; a service would have been told by its Secret alone.
    expect([...metadata.agents].toSorted()).toEqual(['node', 'of the agent']);
    await metadata.close();
    const folder = `team/${namespace}/keyless`;
    expect(await disagreements(storeOf('direct'), folder)).toEqual([]);
    expect((await contentsOf(storeOf('direct'), folder)).manifests).toHaveLength(2);
  });

  test('go staged to an endpoint of its own, which neo4j-admin could not reach', async () => {
    const { stores } = journey.cluster;
    const cloud = { credentialsSecret: 'holdfast-gcs', endpointURL: stores.gcs?.endpoint };
    await apply('elsewhere', storage('plain', cloud), { options: { transfer: 'Direct' } });
    const refused = await journey.when(namespace, 'elsewhere', ({ phase }) => phase === 'Failed');
    expect(JSON.stringify(refused.conditions)).toContain('reaches no endpoint of Google Cloud Storage but the public');
    await journey.kubectl.ok('delete', 'n4jb', 'elsewhere', '-n', namespace);
    await apply('elsewhere', storage('plain', cloud), {});
    await journey.when(namespace, 'elsewhere', succeeded(1));
    const { artifacts } = await contentsOf(storeOf('direct'), `team/${namespace}/elsewhere`);
    for (const name of artifacts) expect(name).toMatch(/^artifacts\/[^/]+\/[^/]+\.backup$/);
  });

  function apply(name: string, where: object, rest: object): Promise<void> {
    return journey.apply(namespace, name, { target: { kind: 'Cluster', name: 'prod' }, storage: where, ...rest });
  }

  /** Gives out tokens of the store's account, as the metadata server of GKE does to pods of an account that may. */
  async function startMetadata(): Promise<{ host: string; agents: Set<string>; close: () => Promise<unknown> }> {
    const { account } = journey.cluster.stores.gcs ?? { account: await makeAccount() };
    const text = [{ alg: 'RS256' }, { iss: account.client_email }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const token = `${text}.${sign('RSA-SHA256', Buffer.from(text), account.private_key).toString('base64url')}`;
    const agents = new Set<string>();
    const server = createServer((request, response) => {
      if (request.headers['metadata-flavor'] !== 'Google') return void response.writeHead(403).end();
      agents.add(request.headers['user-agent'] ?? 'of the agent');
      response.end(JSON.stringify({ access_token: token, expires_in: 3600 }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return { host: `127.0.0.1:${port}`, agents, close: promisify(server.close.bind(server)) };
  }

  function secretLines(): string[] {
    return (journey.cluster.stores.gcs?.account.private_key ?? '').split('\n').filter((line) => line.length > 16);
  }
});

/** Oldest link first. */
function chainOf(manifests: readonly Manifest[], database: string): readonly Manifest[] {
  return manifests.filter((manifest) => manifest.database === database).toReversed();
}

function nextTwo(after: Date): Date {
  const slot = new Date(after);
  slot.setUTCHours(2, 0, 0, 0);
  return slot > after ? slot : new Date(slot.getTime() + dayMs);
}
