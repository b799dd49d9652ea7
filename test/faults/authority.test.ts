import { expect, onTestFinished } from 'vitest';
import { makeAuthority } from '../cluster/certificates/authority.ts';
import { putSecret } from '../cluster/furnish.ts';
import { startTlsFront } from '../cluster/proxy/tls-front.ts';
import { storeSecret } from '../cluster/store/store-secrets.ts';
import { faultsOn } from './fault.ts';
import { bucket, namespace, type Scene } from './scene.ts';

const fault = faultsOn({ serviceEnv: { HOLDFAST_ALLOWED_ENDPOINTS: '127.0.0.1' } });
const minute = 60_000;
const authoritySecret = 'store-authority';

fault(
  'a store whose certificate cannot be trusted holds back the run without a Job, and the right authority lets it go on by itself',
  {
    long: true,
    scenario: 'S9',
    done: 'the store shows a certificate of a private CA: without caSecret, with a Secret that is not there, lacks ca.crt, holds no certificate, holds another CA, then with an expired certificate; last with the right CA and a good one; later both are replaced',
    outcome:
      'StorageReady=False with the reason each time and one sentence, no Job is made; with the right CA the staged run is Succeeded, uploaded, read back and proven over that connection, and so is the one after the replacement',
  },
  async (scene) => {
    const { stores, clock } = scene.cluster;
    const [ours, strange, next] = ['ours', 'strange', 'next'].map((name) => makeAuthority(name)) as [Ca, Ca, Ca];
    const front = await startTlsFront(stores.s3.endpoint, ours.issue());
    onTestFinished(() => front.close());
    const cloud = { endpointURL: front.url, forcePathStyle: true, credentialsSecret: storeSecret };
    const place = (more: object = {}) => ({ storage: { type: 's3', bucket, cloud: { ...cloud, ...more } } });
    const waits = async (reason: string, sentence: RegExp) => {
      clock.advance(minute);
      await scene.untilActive('private', ({ waitingFor }) => sentence.test(waitingFor?.message ?? ''));
      const { conditions, activeRun } = await scene.status('private');
      expect(activeRun?.waitingFor).toMatchObject({ reason });
      expect(conditions?.find(({ type }) => type === 'StorageReady')).toMatchObject({ status: 'False', reason });
      expect(await scene.jobsOf('private')).toBe(0);
    };

    await scene.create('private', { ...place(), options: { verifyBackup: true } });
    await waits('CertificateNotTrusted', /caSecret/);
    await scene.patch('private', { spec: place({ caSecret: authoritySecret }) });
    await waits('AuthorityMissing', /"store-authority" in namespace "faults" does not exist/);
    await give(scene, { 'tls.crt': ours.pem });
    await waits('AuthorityMissing', /lacks ca\.crt/);
    await give(scene, { 'ca.crt': ours.pem.slice(0, 120) });
    await waits('AuthorityMissing', /cut short/);
    await give(scene, { 'ca.crt': strange.pem });
    await waits('CertificateNotTrusted', /nobody who is trusted here/);
    front.show(ours.issue({ to: new Date(Date.now() - minute) }));
    await give(scene, { 'ca.crt': ours.pem });
    await waits('CertificateNotTrusted', /out of date/);

    front.show(ours.issue());
    clock.advance(minute);
    const { status, verification } = await scene.untilSettled('private');
    expect([status, verification?.level]).toEqual(['Succeeded', 'consistency']);
    expect(await scene.jobsOf('private')).toBe(1);

    front.show(next.issue());
    await scene.request('private', 'after-the-replacement');
    await scene.untilActive('private', ({ waitingFor }) => waitingFor?.reason === 'CertificateNotTrusted');
    await give(scene, { 'ca.crt': next.pem });
    clock.advance(minute);
    expect((await scene.untilSettled('private', ({ trigger }) => trigger === 'Request')).status).toBe('Succeeded');
    expect(await scene.jobsOf('private')).toBe(2);
  },
);

type Ca = ReturnType<typeof makeAuthority>;

function give({ cluster: { client } }: Scene, entries: Record<string, string>): Promise<void> {
  return putSecret(client, namespace, authoritySecret, entries);
}
