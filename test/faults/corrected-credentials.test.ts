import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { putSecret } from '../cluster/furnish.ts';
import { findKubectl, openKubectl } from '../journeys/kubectl.ts';
import { faultsOn } from './fault.ts';
import { bucket, namespace } from './scene.ts';

const program = findKubectl();
const fault = faultsOn();
const minute = 60_000;

if (program !== undefined)
  fault(
    'a wrong key in the Secret costs no attempt, and a person who corrects it with kubectl edit has to do nothing else',
    {
      scenario: 'S2',
      done: 'the Secret holds a wrong key from the start; `kubectl edit secret` puts the right one in its place',
      outcome:
        'the run waits with StorageDenied and no Job; within a minute of the edit it goes on, Succeeded in its first attempt; neither key is shown anywhere',
    },
    async (scene) => {
      const { client, stores, clock, kubeconfig } = scene.cluster;
      const wrong = randomBytes(24).toString('hex');
      const { accessKeyId, secretAccessKey: right, region } = stores.s3;
      scene.secrets.push(wrong, right);
      const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: wrong };
      await putSecret(client, namespace, 'mistyped', keys);
      const cloud = { region, credentialsSecret: 'mistyped' };
      await scene.create('mistyped', { storage: { type: 's3', bucket, cloud }, options: { retries: 0 } });
      const waits = await scene.untilActive('mistyped', (run) => run.waitingFor?.reason === 'StorageDenied');
      expect(waits).toMatchObject({ phase: 'Admitted', attempt: 1 });
      expect(await scene.jobsOf('mistyped')).toBe(0);

      const kubectl = openKubectl(program, kubeconfig);
      try {
        const words = { [base64(wrong)]: base64(right) };
        expect(await kubectl.edit(['secret', 'mistyped', '-n', namespace], words)).toContain('edited');
      } finally {
        kubectl.close();
      }
      clock.advance(minute / 2); // what is denied is tried again twice a minute
      const run = await scene.untilSettled('mistyped');
      expect(run).toMatchObject({ runId: waits.id, status: 'Succeeded', trigger: 'OneShot' });
      const { uid } = (await scene.backup('mistyped')).metadata;
      const jobs = [...scene.notes.jobs.values()].filter(
        ({ backupUid, verb }) => backupUid === uid && verb === 'backup',
      );
      expect(jobs.map(({ attempt }) => attempt)).toEqual(['1']);
      const { conditions } = await scene.status('mistyped');
      expect(conditions?.find(({ type }) => type === 'StorageReady')).toMatchObject({ status: 'True' });
    },
  );

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
