import { annotations, type Status } from '@holdfast/types';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Control } from '../neo4j/control.ts';
import { until } from '../until.ts';
import { bucket, condition, startJourney, succeeded, type Journey } from './journey.ts';
import { findKubectl } from './kubectl.ts';

const program = findKubectl();
const namespace = 'neo4j';
const stores = {
  bucket: bucket('verified'),
  claim: { type: 'pvc', pvc: { name: 'verified', size: '10Gi' } },
} as const;

describe.skipIf(!program)('verification', { concurrent: false }, () => {
  let journey: Journey;
  let prod: Control;

  beforeAll(async () => {
    journey = await startJourney(program ?? '');
    await journey.cluster.stores.s3.makeBucket('verified');
    await journey.namespace(namespace);
    await journey.kubectl.ok('config', 'set-context', '--current', `--namespace=${namespace}`);
    prod = await journey.target({ name: 'prod', namespace });
  });
  afterAll(() => journey?.stop());

  describe.each(['bucket', 'claim'] as const)('in a %s', (kind) => {
    const name = `in-${kind}`;
    const annotate = (what: string, token: string) =>
      journey.kubectl.ok('annotate', 'neo4jbackup', name, `${what}=${token}`, '--overwrite');

    test('a FULL is checked for consistency, a DIFF is read back, and status says how far each was proven', async () => {
      await journey.apply(namespace, name, spec(stores[kind]));
      const first = await journey.when(namespace, name, succeeded(1));
      expect(first.history?.[0]).toMatchObject({ type: 'FULL', verification: { level: 'consistency' } });
      expect(condition(first, 'Verified')?.message).toContain('level consistency');
      await prod.commit('neo4j', 5);
      await annotate(annotations.run, 'next');
      const second = await journey.when(namespace, name, succeeded(2));
      expect(second.history?.[0]).toMatchObject({ type: 'DIFF', verification: { level: 'content' } });
      expect(second.restorePoint?.chain).toBe(first.restorePoint?.chain);
      expect(await journey.kubectl.ok('logs', `job/${name}-backup`)).toContain('backup of');
    });

    test('everything is read back when someone asks with kubectl annotate, once for each token', async () => {
      await annotate(annotations.verify, 'monday');
      const status = await journey.when(namespace, name, verifiedBy('monday'));
      expect(status.verification).toMatchObject({
        reason: 'Verified',
        unfinished: false,
        proven: 4,
        unread: 0,
        chains: { broken: 0 },
        damagedCount: 0,
      });
      expect(condition(status, 'Verified')).toMatchObject({ status: 'True', reason: 'Verified' });
      const told = async () => (await journey.events(namespace, name)).map(({ reason }) => reason);
      await until(async () => (await told()).includes('VerificationCompleted'), { saying: 'the Event' });
      await annotate('example.com/other', 'change');
      await annotate(annotations.run, 'after');
      const after = await journey.when(namespace, name, succeeded(3));
      expect(after.verification?.lastTokens).toEqual(['monday']);
      expect(after.verification?.lastRunTime).toBe(status.verification?.lastRunTime);
    });
  });

  test('with verifyBackup everything is read back by itself when the oldest proof is older than a chain may grow', async () => {
    const proven = (await journey.status(namespace, 'in-bucket')).verification?.provenSince;
    journey.cluster.clock.advance(25 * 3_600_000);
    for (const kind of ['in-bucket', 'in-claim']) {
      const since = ({ verification, activeRun }: Status) =>
        !activeRun && verification?.provenSince !== undefined && verification.provenSince > (proven ?? '');
      const status = await journey.when(namespace, kind, since);
      expect(status.verification).toMatchObject({ reason: 'Verified', proven: 6 });
      expect(status.history).toHaveLength(3);
    }
  });
});

function verifiedBy(token: string): (status: Status) => boolean {
  return ({ activeRun, verification }) =>
    !activeRun && verification?.lastTokens?.includes(token) === true && verification.lastRunTime !== undefined;
}

function spec(storage: object): object {
  const options = { verifyBackup: true, fullInterval: '24h' };
  return { target: { kind: 'Cluster', name: 'prod' }, storage, options };
}
