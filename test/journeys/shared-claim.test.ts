import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAttempts, below, type ObjectStore } from '@holdfast/storage';
import type { Control } from '../neo4j/control.ts';
import { until } from '../until.ts';
import { claimOf } from './claim.ts';
import { contentsOf, openClaim } from './contents.ts';
import { condition, startJourney, succeeded, type Journey } from './journey.ts';
import { findKubectl } from './kubectl.ts';
import { readMetrics, valueOf } from './metrics-page.ts';

const program = findKubectl();
const namespace = 'neo4j';
const storage = { type: 'pvc', pvc: { name: 'shared' } };
/** With `neo4j` and `system`: what a run says of them is larger than a termination message can be. */
const databases = Array.from({ length: 38 }, (_, index) => `orders-of-the-region-number-${index}`);

describe.skipIf(!program)('a claim that two backups share', { concurrent: false, tags: ['long'] }, () => {
  let journey: Journey;
  let prod: Control;
  let store: ObjectStore;
  beforeAll(async () => {
    journey = await startJourney(program ?? '');
    await journey.namespace(namespace);
    await journey.kubectl.apply(claimOf(namespace, 'shared'));
    prod = await journey.target({ name: 'prod', namespace });
    for (const name of databases) prod.create(name, { storeBytes: 4_096 });
    store = openClaim(journey.cluster, namespace, 'shared');
  });
  afterAll(() => journey?.stop());

  test('holds the whole result of a run that is too long for its pod to tell, and status says how full it is', async () => {
    await apply('many', { maxCount: 9 });
    const status = await journey.when(namespace, 'many', succeeded(1), { withinMs: 120_000 });
    const [run] = status.history ?? [];
    expect(run).toMatchObject({ databaseCount: 40 });
    expect(run?.databases?.length).toBeLessThanOrEqual(10);
    const whole = await readAttempts(below(store, `${namespace}/many`), run?.runId ?? '');
    expect(whole?.databases).toHaveLength(40);
    expect(Buffer.byteLength(JSON.stringify(whole))).toBeGreaterThan(4_096);
    const { capacityBytes = 0, usedBytes = 0, freeBytes = 0 } = status.volume ?? {};
    expect(usedBytes).toBeGreaterThan(0);
    expect(usedBytes + freeBytes).toBe(capacityBytes);
    expect(status.volume).not.toHaveProperty('daysUntilFull'); // nobody knows after one look
    const page = readMetrics(await journey.cluster.services.url('watcher'));
    expect(valueOf(await page, 'storage_used_bytes', { namespace, name: 'many' })).toBe(usedBytes);
  });

  test('is swept for one while the other writes to it, however long the plan is', async () => {
    journey.cluster.clock.advance(2_000);
    await journey.kubectl.ok('annotate', 'n4jb', 'many', '-n', namespace, 'neo4j.neo4j.com/run=again');
    await journey.when(namespace, 'many', succeeded(2), { withinMs: 120_000 });

    await prod.arm({ kind: 'slow', bytesPerSecond: 50_000 });
    await apply('writer');
    const agent = await until(() => agentOf('writer'), { saying: 'the pod of the writer' });
    process.kill(-agent, 'SIGSTOP'); // it writes for as long as we like
    try {
      await apply('many', { maxCount: 1, maxDeletePercent: 100 });
      const swept = await journey.when(namespace, 'many', ({ retention }) => (retention?.removed ?? 0) > 0, {
        withinMs: 120_000,
        saying: 'the sweep of one',
      });
      expect(swept.retention).toMatchObject({ removed: 40, held: [], plan: { removeCount: 40, removeArtifacts: 40 } });
      expect(swept.retention?.plan?.remove.length).toBeLessThan(20); // what fits; the counts are whole
      expect(condition(swept, 'RetentionHealthy')).toMatchObject({ status: 'True' });
      expect((await journey.status(namespace, 'writer')).activeRun).toMatchObject({ kind: 'backup' });
    } finally {
      process.kill(-agent, 'SIGCONT');
      prod.disarm();
    }
    await journey.when(namespace, 'writer', succeeded(1), { withinMs: 120_000 });
    for (const name of ['many', 'writer']) {
      const { manifests, artifacts } = await contentsOf(store, `${namespace}/${name}`);
      expect([name, manifests.length]).toEqual([name, 40]);
      const named = manifests.flatMap(({ objects }) => objects.map(({ key }) => key));
      expect(artifacts.toSorted()).toEqual(named.toSorted());
    }
  });

  function apply(name: string, retention?: object): Promise<void> {
    const options = { backupType: 'FULL', retries: 0 };
    const spec = { target: { kind: 'Cluster', name: 'prod' }, storage, options };
    return journey.apply(namespace, name, { ...spec, ...(retention && { retention }) });
  }

  /** Leader of the group of processes that a backup's pod runs as. */
  async function agentOf(name: string): Promise<number | undefined> {
    const { kubectl, cluster } = journey;
    const pods = await kubectl.ok('get', 'pods', '-n', namespace, '-l', `job-name=${name}-backup`, '-o', 'name');
    const pod = pods.trim().split('/').at(-1) ?? '';
    return pod === '' ? undefined : cluster.kubelet.pids(namespace, pod)['backup'];
  }
});
