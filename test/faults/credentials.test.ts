import { expect } from 'vitest';
import { putSecret } from '../cluster/furnish.ts';
import { faultsOn } from './fault.ts';
import { bucket, namespace } from './scene.ts';

const fault = faultsOn();
const minute = 60_000;

fault(
  'credentials that are revoked hold back the run without a Job, and new ones let it go on by itself',
  {
    scenario: 'S2',
    done: 'the key in the Secret is made invalid, a run is asked for, and the key is replaced',
    outcome: 'the run waits and says why, as an Event too; no Job is made; with the new key it is Succeeded',
  },
  async (scene) => {
    const { client, stores, clock } = scene.cluster;
    const { accessKeyId, secretAccessKey } = stores.s3;
    const give = (key: string) =>
      putSecret(client, namespace, 'own-keys', { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: key });
    await give(secretAccessKey);
    const cloud = { region: stores.s3.region, credentialsSecret: 'own-keys' };
    await scene.create('revoked', { storage: { type: 's3', bucket, cloud } });
    expect((await scene.untilSettled('revoked')).status).toBe('Succeeded');
    await give('no-longer-valid');
    await scene.request('revoked', 'after-the-revocation');
    const { waitingFor } = await scene.untilActive('revoked', (run) => run.waitingFor !== undefined);
    expect(waitingFor?.message).toContain(bucket);
    expect(await scene.jobsOf('revoked')).toBe(1);
    await give(secretAccessKey);
    clock.advance(minute);
    const run = await scene.untilSettled('revoked', ({ trigger }) => trigger === 'Request');
    expect(run.status).toBe('Succeeded');
    expect(await scene.jobsOf('revoked')).toBe(2);
  },
);
