import { afterAll, expect } from 'vitest';
import { ensure, putSecret } from '../cluster/furnish.ts';
import { until } from '../until.ts';
import { faultsOn } from './fault.ts';
import { bucket, namespace, type Scene } from './scene.ts';
import { folderName } from './stores.ts';
import { startTrap } from './trap.ts';

const trap = await startTrap();
const redirector = await startTrap(trap.url);
afterAll(async () => {
  await trap.close();
  await redirector.close();
});

/** Everything that an SDK would take by itself from the process that it runs in. */
const temptations = {
  AWS_ACCESS_KEY_ID: 'of-the-service',
  AWS_SECRET_ACCESS_KEY: 'secret-of-the-service',
  AWS_ENDPOINT_URL: trap.url,
  AWS_ENDPOINT_URL_S3: trap.url,
  AWS_ENDPOINT_URL_STS: trap.url,
  AWS_ROLE_ARN: 'arn:aws:iam::1:role/of-the-service',
  AWS_WEB_IDENTITY_TOKEN_FILE: '/etc/hostname',
  AWS_CONTAINER_CREDENTIALS_FULL_URI: `${trap.url}/container`,
  AWS_EC2_METADATA_SERVICE_ENDPOINT: trap.url,
  AZURE_AUTHORITY_HOST: trap.url,
  GOOGLE_APPLICATION_CREDENTIALS: '/etc/hostname',
  GCE_METADATA_HOST: trap.url,
  STORAGE_EMULATOR_HOST: trap.url,
};
const fault = faultsOn({
  serviceEnv: {
    ...temptations,
    HOLDFAST_ALLOWED_ENDPOINTS: `127.0.0.1:${redirector.port}`,
    HOLDFAST_LIMIT_PER_TARGET: '20',
    HOLDFAST_LIMIT_PER_LOCATION: '20',
  },
});

const externalAccount = JSON.stringify({
  type: 'external_account',
  audience: 'anybody',
  token_url: `${trap.url}/token`,
  credential_source: { file: '/etc/hostname' },
});

const s3 = (cloud: object) => ({ storage: { type: 's3', bucket, cloud: { credentialsSecret: 'tenant', ...cloud } } });
const at = (endpointURL: string) => s3({ endpointURL, forcePathStyle: true });

/** What a tenant may write, and the word that keeps it from being done. */
const attacks: readonly (readonly [name: string, spec: object, reason: string])[] = [
  ['loopback', at(trap.url), 'EndpointNotAllowed'],
  ['number', at(`http://2130706433:${trap.port}`), 'EndpointNotAllowed'],
  ['mapped', at(`http://[::ffff:127.0.0.1]:${trap.port}`), 'EndpointNotAllowed'],
  ['name', at(`http://localhost:${trap.port}`), 'EndpointNotAllowed'],
  ['metadata', at('http://169.254.169.254'), 'EndpointNotAllowed'],
  ['service', at('https://kubernetes.default.svc'), 'EndpointNotAllowed'],
  ['redirect', at(redirector.url), 'StorageUnreachable'],
  ['linebreak', s3({ region: 'us-east-1', credentialsSecret: 'linebreak' }), 'CredentialsMissing'],
  [
    'authority',
    {
      storage: {
        type: 'azure',
        bucket,
        cloud: { credentialsSecret: 'authority', account: 'tenant', endpointURL: trap.url },
      },
    },
    'EndpointNotAllowed',
  ],
  ['external', { storage: { type: 'gcs', bucket, cloud: { credentialsSecret: 'external' } } }, 'CredentialsMissing'],
  ['climber', { storage: { type: 's3', bucket, path: '../kube-system' } }, 'SpecInvalid'],
];

/** Why the backup does not run, once it has been looked at. */
async function refusalOf(scene: Scene, name: string): Promise<string> {
  const refused = async () => {
    const { conditions = [], activeRun } = await scene.status(name);
    const ready = conditions.find(({ type }) => type === 'Ready');
    return (
      activeRun?.waitingFor?.reason ??
      (ready?.reason === 'NotCheckedYet' ? undefined : ready?.status === 'False' ? ready.reason : undefined)
    );
  };
  return until(refused, { saying: `the refusal of ${name}` });
}

fault(
  'whatever a tenant writes into a spec or a Secret, no service calls a private place, follows a redirect there, or signs with its own keys',
  {
    scenario: 'T1',
    done: 'endpoints on this machine, its link and its cluster, a redirect, keys with line breaks, external_account, a climbing path; the services have keys and metadata of their own lying around',
    outcome: 'each is refused or waits with its reason; a server that waits for a call gets none',
  },
  async (scene) => {
    const { client } = scene.cluster;
    const keys = { AWS_ACCESS_KEY_ID: 'tenant', AWS_SECRET_ACCESS_KEY: 'secret-of-the-tenant' };
    await putSecret(client, namespace, 'tenant', keys);
    await putSecret(client, namespace, 'linebreak', { ...keys, AWS_ACCESS_KEY_ID: 'tenant\r\nX-Evil: 1' });
    await putSecret(client, namespace, 'external', { GOOGLE_APPLICATION_CREDENTIALS_JSON: externalAccount });
    await putSecret(client, namespace, 'authority', {
      AZURE_TENANT_ID: 't',
      AZURE_CLIENT_ID: 'c',
      AZURE_CLIENT_SECRET: 'secret-of-the-tenant',
      AZURE_AUTHORITY_HOST: trap.url,
    });
    for (const [name, spec] of attacks) await scene.create(name, { ...spec, options: { retries: 0 } });
    for (const [name, , reason] of attacks) {
      const refused = await refusalOf(scene, name);
      expect([name, refused]).toEqual([name, reason]);
      expect([name, await scene.jobsOf(name)]).toEqual([name, 0]);
      const told = JSON.stringify(await scene.status(name)) + JSON.stringify(await scene.eventsOf(name));
      expect(told).not.toMatch(/secret-of-the-tenant|X-Evil/);
    }
    expect(redirector.caught.length).toBeGreaterThan(0);
    expect(trap.caught).toEqual([]);
    await scene.create('honest', { options: { retries: 0 } });
    expect(await scene.untilSettled('honest')).toMatchObject({ status: 'Succeeded' });
    expect(trap.caught).toEqual([]);
  },
);

fault(
  'a backup without credentials gets none of ours: its own pod finds that it has no identity',
  {
    scenario: 'T1',
    done: 'a backup asks for workload identity, and its ServiceAccount has none; the services have keys lying around',
    outcome: 'Failed(CredentialsMissing), nothing is written to the store',
  },
  async (scene) => {
    const backup = await scene.create('penniless', {
      storage: { type: 's3', bucket, cloud: { region: 'us-east-1', identity: {} } },
      options: { retries: 0 },
    });
    expect(await scene.untilSettled('penniless')).toMatchObject({ status: 'Failed', reason: 'CredentialsMissing' });
    expect(await Array.fromAsync(scene.stores.bucket.list(`${folderName(backup)}/`))).toEqual([]);
    expect(trap.caught).toEqual([]);
  },
);

fault(
  'a backup without a Secret lives its whole life through its own ServiceAccount: backup, proof and retention by pods alone',
  {
    long: true,
    scenario: 'T1',
    done: 'the spec names a ServiceAccount and no Secret; the platform gives its pods their keys; a Job is deleted before its result was read',
    outcome: 'it waits for the account, then runs succeed and retention sweeps, all in pods of that account',
  },
  async (scene) => {
    const { client, stores } = scene.cluster;
    // The Secret stands for the platform's webhook: no service of ours reads it.
    await putSecret(client, namespace, 'given-by-the-platform', {
      id: stores.s3.accessKeyId,
      key: stores.s3.secretAccessKey,
    });
    const from = (name: string, key: string) => ({
      name,
      valueFrom: { secretKeyRef: { name: 'given-by-the-platform', key } },
    });
    const env = [from('AWS_ACCESS_KEY_ID', 'id'), from('AWS_SECRET_ACCESS_KEY', 'key')];
    const cloud = { region: 'us-east-1', identity: { provider: 'aws', serviceAccount: 'backups' } };
    const backup = await scene.create('trusted', {
      storage: { type: 's3', bucket, cloud },
      options: { backupType: 'FULL', retries: 0, podTemplate: { env } },
      retention: { maxCount: 1 },
    });
    await scene.untilActive('trusted', (run) => run.waitingFor?.reason === 'ServiceAccountMissing');
    await ensure(client, `/api/v1/namespaces/${namespace}/serviceaccounts`, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'backups' },
    });
    scene.cluster.clock.advance(60_000);
    expect(await scene.untilSettled('trusted')).toMatchObject({ status: 'Succeeded', databaseCount: 2 });

    scene.cluster.clock.advance(60_000);
    await scene.neo4j.arm({ kind: 'slow', bytesPerSecond: 100_000 });
    const { services } = scene.cluster;
    await scene.request('trusted', 'second');
    const { id } = await scene.untilActive('trusted', (run) => run.phase === 'Starting' && run.trigger === 'Request');
    await services.stop('worker');
    const folder = folderName(backup);
    const told = async () => {
      for await (const { key } of scene.stores.bucket.list(`${folder}/runs/${id}/`))
        if (key.includes('/attempt-') && key.endsWith('.json')) return true;
      return false;
    };
    await until(told, { saying: 'the result of the second run in the store' });
    await scene.deleteJob('trusted');
    services.start('worker');
    expect(await scene.untilSettled('trusted', ({ trigger }) => trigger === 'Request')).toMatchObject({
      status: 'Succeeded',
    });
    const swept = async () => {
      const { retention, activeRun } = await scene.status('trusted');
      return !activeRun && retention?.removed === 2 ? retention : undefined;
    };
    expect(await until(swept, { saying: 'the sweep of the trusted backup' })).toMatchObject({ kept: 1, held: [] });
    const verbs = new Set(
      [...scene.notes.jobs.values()].filter(({ name }) => name.startsWith('trusted-')).map(({ verb }) => verb),
    );
    expect(verbs).toEqual(new Set(['backup', 'prove', 'list', 'sweep']));
    const pods = [...scene.notes.texts].filter(([where]) => where.startsWith('pod trusted-')).map(([, text]) => text);
    for (const pod of pods)
      expect(JSON.parse(pod)).toMatchObject({
        spec: { serviceAccountName: 'backups', automountServiceAccountToken: false },
      });
    const keys = await Array.fromAsync(scene.stores.bucket.list(`${folder}/`), ({ key }) => key);
    expect(keys.filter((key) => key.includes('/manifests/'))).toHaveLength(2);
    expect(keys.some((key) => key.endsWith('/owner.json'))).toBe(true);
    expect(trap.caught).toEqual([]);
  },
);
