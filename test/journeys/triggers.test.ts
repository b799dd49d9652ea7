import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Status, TriggerEvent } from '@holdfast/types';
import { installRelease } from '../neo4j/chart-release.ts';
import type { Control } from '../neo4j/control.ts';
import { contentsOf, openBucket } from './contents.ts';
import { until } from '../until.ts';
import { bucket, makeDatabase, startJourney, type Journey } from './journey.ts';
import { findKubectl } from './kubectl.ts';

const program = findKubectl();
const namespace = 'neo4j';

describe.skipIf(!program)('an event', { concurrent: false }, () => {
  let journey: Journey;
  let prod: Control;

  beforeAll(async () => {
    journey = await startJourney(program ?? '');
    await journey.cluster.stores.s3.makeBucket('triggers');
    await journey.namespace(namespace);
    prod = await journey.target({ name: 'prod', namespace, primaries: 3 });
  });
  afterAll(() => journey?.stop());

  test('an upgrade starts a FULL of the servers that were not replaced yet, once', { tags: ['long'] }, async () => {
    await declare('before-upgrades', {
      triggers: [{ on: 'TargetUpgrade', backupType: 'FULL' }],
      schedule: '0 2 1 1 *',
    });
    await journey.when(namespace, 'before-upgrades', ({ triggers }) =>
      triggers?.targetUpgrade?.image.endsWith('5.26-enterprise'),
    );
    // The operator replaces a server only while all others are ready, so the upgrade stands still here.
    await prod.setServer('prod-server-0', { state: 'stopped' });
    await phaseOfProd((phase) => phase !== 'Ready');
    await upgrade('2025.10-enterprise');
    const status = await journey.when(namespace, 'before-upgrades', ended(1));
    expect(status.history?.[0]).toMatchObject({
      status: 'Succeeded',
      trigger: 'Event',
      event: 'TargetUpgrade',
      type: 'FULL',
    });
    expect(status.history?.[0]?.runId).toMatch(/^e[0-9a-f]{10}-/);
    expect(await versionsOf('before-upgrades')).toEqual(['5.26.0']);
    await prod.setServer('prod-server-0', { state: 'up' });
    await phaseOfProd((phase) => phase === 'Ready');
    await stays('before-upgrades', 1);
    const events = await journey.events(namespace, 'before-upgrades');
    expect(events.filter(({ message }) => message.includes('TargetUpgraded'))).toHaveLength(1);
  });

  test('a database that comes online starts a run that brings it', { tags: ['long'] }, async () => {
    await declare('of-databases', { triggers: [{ on: 'DatabaseCreated' }] });
    await journey.when(namespace, 'of-databases', ended(1));
    await makeDatabase(journey.cluster, { namespace, object: 'orders', clusterRef: 'prod' });
    const { history } = await journey.when(namespace, 'of-databases', ended(2));
    expect(history?.[0]).toMatchObject({ status: 'Succeeded', event: 'DatabaseCreated' });
    expect(history?.[0]?.databases?.map(({ name }) => name)).toContain('orders');
    await stays('of-databases', 2);
  });

  test(
    'an edit of a one-shot starts nothing by itself, and with the trigger one run for each edit',
    { tags: ['long'] },
    async () => {
      await declare('silent', {});
      await declare('edited', { triggers: [{ on: 'SpecChanged' }] });
      for (const name of ['silent', 'edited']) await journey.when(namespace, name, ended(1));
      for (const name of ['silent', 'edited']) await edit(name, { options: { compress: false } });
      const { history } = await journey.when(namespace, 'edited', ended(2));
      expect(history?.[0]).toMatchObject({ status: 'Succeeded', event: 'SpecChanged' });
      await edit('edited', { suspend: true });
      await journey.when(namespace, 'edited', ({ phase }) => phase === 'Suspended');
      await edit('edited', { suspend: false });
      await journey.when(namespace, 'edited', ({ phase }) => phase === 'Completed');
      await stays('edited', 2);
      await stays('silent', 1);
    },
  );

  test(
    'a watcher that was away when the target appeared and was upgraded tells of each once',
    { tags: ['long'] },
    async () => {
      const triggers = [{ on: 'TargetCreated' }, { on: 'TargetUpgrade' }] as const;
      await declare('of-set', { triggers, schedule: '0 2 1 1 *' }, { 'neo4j.neo4j.com/target': 'statefulset/graph' });
      await journey.when(namespace, 'of-set', ({ phase }) => phase === 'Scheduled');
      await journey.cluster.services.stop('watcher');
      await installRelease({ name: 'graph', namespace }, { ...journey.cluster, makesPods: false });
      journey.cluster.services.start('watcher');
      const { history } = await journey.when(namespace, 'of-set', ended(1));
      expect(history?.[0]).toMatchObject({ status: 'Succeeded', event: 'TargetCreated' });
      await journey.cluster.services.stop('watcher');
      const containers = [{ name: 'neo4j', image: 'neo4j:2026.03-enterprise' }];
      const patch = JSON.stringify({ spec: { template: { spec: { containers } } } });
      await journey.kubectl.ok('patch', 'statefulset', 'graph', '-n', namespace, '--type', 'merge', '-p', patch);
      journey.cluster.services.start('watcher');
      const later = await journey.when(namespace, 'of-set', ended(2));
      expect(later.history?.[0]).toMatchObject({ status: 'Succeeded', event: 'TargetUpgrade' });
      await stays('of-set', 2);
    },
  );

  async function declare(
    name: string,
    more: { triggers?: readonly { on: TriggerEvent; backupType?: string }[]; schedule?: string },
    annotations?: Record<string, string>,
  ): Promise<void> {
    const target = { kind: 'Cluster', name: 'prod' };
    await journey.apply(namespace, name, { target, storage: bucket('triggers'), ...more }, annotations);
  }

  async function edit(name: string, spec: object): Promise<void> {
    await journey.kubectl.ok('patch', 'n4jb', name, '-n', namespace, '--type', 'merge', '-p', JSON.stringify({ spec }));
  }

  async function upgrade(tag: string): Promise<void> {
    const patch = JSON.stringify({ spec: { image: { tag } } });
    await journey.kubectl.ok(
      'patch',
      'neo4jenterprisecluster',
      'prod',
      '-n',
      namespace,
      '--type',
      'merge',
      '-p',
      patch,
    );
  }

  /** Nothing more starts: by the time somebody else's run is over, the watcher has looked at everything again. */
  async function stays(name: string, runs: number): Promise<void> {
    journey.cluster.clock.advance(61_000);
    const other = `after-${name}-${runs}`;
    await declare(other, {});
    await journey.when(namespace, other, ended(1));
    const status = await journey.status(namespace, name);
    expect([status.activeRun, status.history?.length]).toEqual([undefined, runs]);
  }

  async function phaseOfProd(fits: (phase: string) => boolean): Promise<void> {
    const path = `/apis/neo4j.neo4j.com/v1alpha1/namespaces/${namespace}/neo4jenterpriseclusters/prod`;
    const phase = async () => (await journey.cluster.client.get<{ status: { phase: string } }>(path)).status.phase;
    await until(async () => fits(await phase()), { saying: 'the phase of prod' });
  }

  async function versionsOf(name: string): Promise<string[]> {
    const { manifests } = await contentsOf(await openBucket(journey.cluster, 'triggers'), `${namespace}/${name}`);
    return [...new Set(manifests.map(({ engineVersion }) => engineVersion))];
  }
});

/** So many runs are over, and nothing is under way. */
function ended(count: number): (status: Status) => boolean {
  return ({ activeRun, history = [] }) => !activeRun && history.length === count;
}
