import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { putSecret } from '../cluster/furnish.ts';
import { makeAccount, wantsGcs } from '../cluster/store/start-gcs.ts';
import type { Stores } from '../cluster/store/store-secrets.ts';
import { faultsOn } from './fault.ts';
import { bucket, namespace } from './scene.ts';

const gcs = wantsGcs('credentials of Google that are revoked');
const fault = faultsOn({ gcs });
const minute = 60_000;

type Entries = Readonly<Record<string, string>>;

/** A store that tells good credentials from revoked ones, each as entries of a Secret. */
interface Door {
  readonly type: 's3' | 'azure' | 'gcs';
  /** Makes the place to write to; answers what opens it, and what no longer does. */
  open(stores: Stores): Promise<{ readonly good: Entries; readonly revoked: Entries }>;
  /** Beside the Secret. */
  readonly cloud?: object;
}

const doors: Readonly<Record<string, Door>> = {
  S3: {
    type: 's3',
    cloud: { region: 'us-east-1' },
    async open({ s3: { accessKeyId, secretAccessKey } }) {
      const entries = (key: string) => ({ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: key });
      return { good: entries(secretAccessKey), revoked: entries('no-longer-valid') };
    },
  },
  Azure: {
    type: 'azure',
    async open({ azure }) {
      await azure.makeContainer(bucket);
      const entries = (key: string) => ({ AZURE_STORAGE_ACCOUNT: azure.account, AZURE_STORAGE_KEY: key });
      return { good: entries(azure.accountKey), revoked: entries(randomBytes(64).toString('base64')) };
    },
  },
  Google: {
    type: 'gcs',
    async open({ gcs: store }) {
      if (!store) throw new Error('the dev cluster has no store of Google');
      await store.makeBucket(bucket);
      const entries = (account: object) => ({ 'service-account.json': JSON.stringify(account) });
      return { good: entries(store.account), revoked: entries(await makeAccount()) };
    },
  },
};

for (const [name, { type, cloud, open }] of Object.entries(doors)) {
  fault(
    `credentials of ${name} that are revoked hold back the run without a Job, and new ones let it go on by itself`,
    {
      long: true,
      scenario: 'S2',
      done: `the key in the Secret for ${name} is made invalid, a run is asked for, and the key is replaced`,
      outcome:
        'the run waits with StorageDenied and says why, as an Event too; no Job is made; with the new key it is Succeeded',
      leftOut: type === 'gcs' && !gcs,
    },
    async (scene) => {
      const { client, stores, clock } = scene.cluster;
      const { good, revoked } = await open(stores);
      const secret = `own-keys-${type}`;
      const backup = `revoked-${type}`;
      const give = (entries: Entries) => putSecret(client, namespace, secret, { ...entries });
      await give(good);
      await scene.create(backup, { storage: { type, bucket, cloud: { ...cloud, credentialsSecret: secret } } });
      expect((await scene.untilSettled(backup)).status).toBe('Succeeded');
      await give(revoked);
      await scene.request(backup, 'after-the-revocation');
      const { waitingFor } = await scene.untilActive(backup, (run) => run.waitingFor !== undefined);
      expect(waitingFor).toMatchObject({ reason: 'StorageDenied', message: expect.stringContaining(bucket) });
      expect(await scene.jobsOf(backup)).toBe(1);
      await give(good);
      clock.advance(minute);
      const run = await scene.untilSettled(backup, ({ trigger }) => trigger === 'Request');
      expect(run.status).toBe('Succeeded');
      expect(await scene.jobsOf(backup)).toBe(2);
    },
  );
}
