import { anEntry } from '../../../packages/core/src/chains/an-entry.ts';
import { backupFacts, decide } from '@holdfast/core';
import { KubeError, resources, type Job } from '@holdfast/kube';
import { openLog } from '@holdfast/runtime';
import { below, ManifestMemory, type ObjectStore, openMemory, readCatalogue, writeManifest } from '@holdfast/storage';
import {
  agentEnv,
  agentPlanSchema,
  annotations,
  BackupError,
  type ActiveRun,
  type AgentPlan,
  type Neo4jBackup,
  type RetentionResult,
} from '@holdfast/types';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import {
  aResult,
  aWorld,
  clusterId,
  endJob,
  key,
  namespace,
  type World,
} from '../../../packages/access/src/a-world.ts';
import { handle } from './handle.ts';

const bucket: { store: ObjectStore } = vi.hoisted(() => ({ store: undefined as unknown as ObjectStore }));
vi.mock('@holdfast/storage', async (original) => ({ ...(await original<object>()), openS3: async () => bucket.store }));

const run: ActiveRun = {
  id: 'p0123456789-1a2b3c4d',
  kind: 'retention',
  trigger: 'Retention',
  token: 'the occasion',
  phase: 'Admitted',
  attempt: 1,
  recordedAt: '2026-01-01T04:00:00Z',
  admittedAt: '2026-01-01T04:00:00Z',
};
const at = '2026-01-01T04:00:05.500Z';
const spec = { schedule: '0 * * * *', retention: { maxCount: 1, maxDeletePercent: 100 } };
const history = [{ runId: 'run-3', trigger: 'Schedule' as const, status: 'Succeeded' as const, reason: 'Succeeded' }];
let folder: ObjectStore;

beforeEach(fill);

async function fill(): Promise<void> {
  bucket.store = openMemory({ place: 'bucket "backups"', now: () => new Date(at) });
  folder = below(bucket.store, `${namespace}/${key.name}`);
  await fillWith([1, 2, 3]);
}

async function fillWith(hours: readonly number[]): Promise<void> {
  for (const hour of hours) {
    const { manifest } = anEntry({ artifact: `full-${hour}`, hour });
    for (const object of manifest.objects) await folder.create(object.key, new Uint8Array(object.bytes));
    await writeManifest(folder, manifest);
  }
}

function aRetaining(told: Parameters<typeof aWorld>[0] = {}): World {
  return aWorld({ at, spec, status: { activeRun: run, history }, ...told });
}

function work(world: World, memory: ManifestMemory = new ManifestMemory()): ReturnType<typeof handle> {
  const log = openLog('retention', { now: world.now }, { destination: { write() {} } });
  return handle({ v: 1, ...key }, { ...world.hands, log, memory }, new AbortController().signal);
}

async function left(): Promise<string[]> {
  const { entries } = await readCatalogue(folder);
  return entries.map(({ manifest }) => manifest.run).toSorted();
}

/** Calls back before each removal. */
function onRemove(before: () => void | Promise<void>): void {
  const { store } = bucket;
  bucket.store = {
    ...store,
    remove: async (...given) => {
      await before();
      return store.remove(...given);
    },
    removeMany: async (...given) => {
      await before();
      return store.removeMany(...given);
    },
  };
}

test('what the policy does not keep goes, and the status says what was done', async () => {
  const world = aRetaining();
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(await left()).toEqual(['run-3']);
  const { activeRun, retention, phase } = world.status();
  expect(activeRun).toBeUndefined();
  expect(phase).toBe('Scheduled');
  expect(retention).toMatchObject({
    cause: 'the occasion',
    kept: 1,
    removed: 2,
    held: [],
    plan: { run: run.id, removeCount: 2 },
  });
  expect(world.status().history).toEqual(history);
  const told = world.kube.all(resources.events).map(({ reason, message }) => `${reason}: ${message}`);
  expect(told).toEqual([
    `RetentionPlanned: plan ${retention?.plan?.id} removes 2 of 3 chains, 200 B; read it with kubectl neo4jbackup plan nightly -n neo4j`,
    `RetentionApplied: run ${run.id}: 1 restore point kept, 2 artifacts removed`,
  ]);
  expect(retention?.plan).toMatchObject({
    remove: [{ chain: 'full-1', because: 'beyond the newest 1' }, { chain: 'full-2' }],
    keep: [{ chain: 'full-3', because: 'newest 1, newest verified chain' }],
  });
  expect(JSON.stringify(world.status())).not.toMatch(/\d\.\d{3}Z/);
});

test('the plan stands in the status before anything is removed', async () => {
  const world = aRetaining();
  const seen: unknown[] = [];
  onRemove(() => void seen.push(world.status().retention?.plan?.removeCount));
  await work(world);
  expect(new Set(seen)).toEqual(new Set([2]));
});

test('when the lock is lost in the middle, nothing more is removed and nothing is written', async () => {
  const world = aRetaining();
  const other: ActiveRun = { ...run, id: 'another', kind: 'backup', trigger: 'Request', token: 'now' };
  let removals = 0;
  onRemove(() => {
    removals += 1;
    if (removals === 1) world.setStatus({ ...world.status(), activeRun: other });
  });
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(await left()).toContain('run-3');
  expect(await left()).toContain('run-2');
  expect(world.status().activeRun).toEqual(other);
  expect(world.status().retention?.lastRunTime).toBeUndefined();
  expect(world.events()).toEqual(['RetentionPlanned']);
});

test('a service that dies in the middle is finished by the next one', async () => {
  for (let last = 1, died = true; died; last += 1) {
    await fill();
    const world = aRetaining();
    let removals = 0;
    died = false;
    const { store } = bucket;
    onRemove(() => {
      removals += 1;
      if (removals !== last) return;
      died = true;
      throw new Error('died');
    });
    await work(world).catch(() => undefined);
    bucket.store = store;
    await work(world);
    expect(await left()).toEqual(['run-3']);
    const artifacts = await Array.fromAsync(folder.list('artifacts/'), (entry) => entry.key);
    expect(artifacts).toEqual(['artifacts/full-3.backup']);
    expect(await Array.fromAsync(folder.list('removing/'))).toEqual([]);
    expect(world.status()).toMatchObject({ retention: { cause: 'the occasion' } });
  }
});

test('an unreadable manifest holds everything back, and says which word to look up', async () => {
  await folder.create('manifests/run-9/orders.json', Buffer.from('{'));
  const world = aRetaining();
  await work(world);
  expect(await left()).toHaveLength(3);
  expect(world.status().retention).toMatchObject({ removed: 0, held: [{ reason: 'UnreadableManifest' }] });
  expect(world.status().conditions?.find(({ type }) => type === 'RetentionHealthy')).toMatchObject({
    status: 'False',
    reason: 'UnreadableManifest',
  });
});

test('a store that refuses gives the lock back and is looked at again in an hour', async () => {
  onRemove(() => {
    throw new BackupError('StorageDenied', 'terminal', 'bucket "backups" denies DeleteObject');
  });
  const world = aRetaining();
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(world.status().activeRun).toBeUndefined();
  expect(world.status().retention).toMatchObject({
    held: [{ reason: 'StorageDenied', message: 'bucket "backups" denies DeleteObject' }],
    nextExpiry: '2026-01-01T05:00:06Z',
  });
  expect(world.events()).toEqual(['RetentionPlanned', 'RetentionHeld']);
});

test('trouble with the API is for the queue to repeat', async () => {
  const world = aRetaining();
  world.kube.failNext('replaceStatus', new KubeError('transient', 'busy'));
  await expect(work(world)).rejects.toThrow('busy');
  expect(await left()).toHaveLength(3);
  await work(world);
  expect(await left()).toEqual(['run-3']);
});

test('a service that comes back to a folder reads the manifests that are new, and removes what it only remembers', async () => {
  const kept = [{ ...history[0], runId: 'run-4' }] as typeof history;
  const memory = new ManifestMemory();
  const none = { schedule: '0 * * * *', retention: { maxCount: 10, maxDeletePercent: 100 } };
  await work(aRetaining({ spec: none }), memory);
  expect(await left()).toHaveLength(3);
  await fillWith([4]);
  const read: string[] = [];
  const { store } = bucket;
  bucket.store = { ...store, read: (name, options) => (read.push(name), store.read(name, options)) };
  const world = aRetaining({ at: '2026-01-01T09:00:00Z', status: { activeRun: run, history: kept } });
  await work(world, memory);
  expect(read.filter((name) => name.includes('/manifests/'))).toEqual([expect.stringContaining('/run-4/')]);
  expect(await left()).toEqual(['run-4']);
});

test('without a policy, or without the run, nothing is removed', async () => {
  const without = aRetaining({ spec: { schedule: '0 * * * *' } });
  await work(without);
  expect(without.status()).toMatchObject({ retention: { held: [{ reason: 'RetentionFailed' }] } });
  expect(without.status().activeRun).toBeUndefined();
  await work(aRetaining({ status: { history } }));
  await work(aRetaining({ status: { activeRun: { ...run, phase: 'Recorded' }, history } }));
  expect(await left()).toHaveLength(3);
});

test('a Secret that is missing holds back and does not keep the lock', async () => {
  const world = aRetaining();
  await world.kube.remove(resources.secrets, { namespace, name: 'keys' }, { propagation: 'Background' });
  await work(world);
  expect(world.status()).toMatchObject({ retention: { held: [{ reason: 'CredentialsMissing' }] } });
  expect(world.status().activeRun).toBeUndefined();
});

const onClaim = { spec: { ...spec, storage: { type: 'pvc', pvc: { name: 'backups' } } } };

function answerOf(verb: 'list' | 'sweep', retention: Partial<RetentionResult>) {
  const planned = { kept: 1, removed: 0, reclaimedBytes: 0, held: [], remove: [], removeCount: 2, reclaimBytes: 200 };
  return aResult({ verb, run: run.id, retention: { ...planned, ...retention } });
}

function onlyJob(world: World, name: string): Job {
  const [job] = world.jobs();
  if (job?.metadata.name !== name || world.jobs().length !== 1) throw new Error(`no ${name} alone`);
  return job;
}

test('on a claim, one pod plans and another removes, with the plan in the status between them', async () => {
  const world = aRetaining(onClaim);
  expect(await work(world)).toMatchObject({ kind: 'again', reason: 'JobRunning' });
  endJob(world, onlyJob(world, 'nightly-list'), answerOf('list', {}));
  expect(await work(world)).toMatchObject({ kind: 'again' });
  expect(world.status()).toMatchObject({
    activeRun: { id: run.id, phase: 'Running' },
    retention: { plan: { run: run.id, removeCount: 2 } },
  });
  expect(world.jobs()).toEqual([]);
  await work(world);
  endJob(world, onlyJob(world, 'nightly-sweep'), answerOf('sweep', { removed: 2, reclaimedBytes: 200 }));
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(world.status()).toMatchObject({ retention: { kept: 1, removed: 2 } });
  expect(world.status().activeRun).toBeUndefined();
  expect(world.jobs()).toEqual([]);
});

test('on a claim, a plan that removes nothing needs no second pod', async () => {
  const world = aRetaining(onClaim);
  await work(world);
  endJob(world, onlyJob(world, 'nightly-list'), answerOf('list', { removeCount: 0, reclaimBytes: 0, kept: 3 }));
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(world.status()).toMatchObject({ retention: { kept: 3, removed: 0 } });
});

test.each([
  ['a pod that was killed', undefined, 'RetentionFailed'],
  [
    'a pod that failed',
    aResult({ verb: 'list', run: run.id, outcome: 'Failed', reason: 'UnreadableManifest', message: 'spoilt' }),
    'UnreadableManifest',
  ],
] as const)('on a claim, %s holds back and gives the lock back', async (_what, result, reason) => {
  const world = aRetaining(onClaim);
  await work(world);
  endJob(world, onlyJob(world, 'nightly-list'), result, 'Failed');
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(world.status()).toMatchObject({ retention: { held: [{ reason }] } });
  expect(world.status().activeRun).toBeUndefined();
});

test('on a claim, a foreign Job of our name is left alone and said', async () => {
  const world = aRetaining(onClaim);
  world.kube.put(resources.jobs, { metadata: { namespace, name: 'nightly-list' } });
  expect(await work(world)).toEqual({ kind: 'done' });
  expect(world.status()).toMatchObject({ retention: { held: [{ reason: 'NameTaken' }] } });
  expect(world.jobs()).toHaveLength(1);
});

describe('a plan that removes more than the policy allows', () => {
  const careful = { ...spec, retention: { maxCount: 1, maxDeletePercent: 50 } };

  /** A retention run as the watcher records it when something may be due; undefined when nothing is. */
  async function next(world: World): Promise<ActiveRun | undefined> {
    const intent = decide({ backup: backupFacts(world.backup()) }, world.now());
    if (intent.kind !== 'record') return undefined;
    world.setStatus({ ...world.status(), activeRun: { ...intent.run, phase: 'Admitted', admittedAt: at } });
    return intent.run;
  }

  test('waits, is told once, and is carried out once when someone names it', async () => {
    const world = aRetaining({ spec: careful, status: { history } });
    await next(world);
    await work(world);
    expect(await left()).toHaveLength(3);
    const { retention, conditions } = world.status();
    const id = retention?.plan?.id ?? '';
    expect(retention).toMatchObject({ removed: 0, plan: { consent: 'Waiting', removeCount: 2, removeArtifacts: 2 } });
    expect(conditions?.find(({ type }) => type === 'RetentionHealthy')).toMatchObject({
      status: 'False',
      reason: 'PlanNotAcknowledged',
    });
    world.setStatus({ ...world.status(), activeRun: { ...run, token: `${retention?.cause}~again` } });
    await work(world);
    expect(world.events()).toEqual(['RetentionHeld']);

    expect(await next(world)).toBeUndefined();
    acknowledge(world, 'another-plan');
    expect(await next(world)).toBeUndefined();
    acknowledge(world, id);
    expect(await next(world)).toMatchObject({ kind: 'retention' });
    await work(world);
    expect(await left()).toEqual(['run-3']);
    expect(world.status().retention).toMatchObject({
      removed: 2,
      held: [],
      plan: { id, consent: 'Acknowledged', removeCount: 2 },
    });
    expect(await next(world)).toBeUndefined();
  });

  test('is finished by the next service when one dies in the middle, and is not when the policy was edited meanwhile', async () => {
    for (const edited of [false, true]) {
      await fill();
      await fillWith([4, 5, 6]);
      const newest = [{ ...history[0], runId: 'run-6' }] as typeof history;
      const world = aRetaining({ at: '2026-01-01T09:00:00Z', spec: careful, status: { history: newest } });
      await next(world);
      await work(world);
      acknowledge(world, world.status().retention?.plan?.id ?? '');
      await next(world);
      const { store } = bucket;
      let removals = 0;
      onRemove(() => {
        removals += 1;
        if (removals === 4) throw new Error('died');
      });
      await expect(work(world)).rejects.toThrow('died');
      bucket.store = store;
      const remaining = (await left()).length;
      expect(remaining).toBeGreaterThan(2);
      expect(remaining).toBeLessThan(6);
      const policy = { maxCount: 2, maxDeletePercent: 10 };
      if (edited) world.kube.put(resources.backups, editedTo(world.backup(), policy));
      await work(world);
      if (edited) expect(await left()).toHaveLength(remaining);
      else expect(await left()).toEqual(['run-6']);
    }
  });

  test('on a claim, needs no second pod while it waits, and the pod that removes knows what was agreed to', async () => {
    const world = aRetaining({ spec: { ...onClaim.spec, retention: careful.retention } });
    const answer = { plan: 'the-plan', removeArtifacts: 2, consent: 'Waiting' as const };
    await work(world);
    endJob(world, onlyJob(world, 'nightly-list'), answerOf('list', answer));
    expect(await work(world)).toEqual({ kind: 'done' });
    expect(world.jobs()).toEqual([]);
    expect(world.status().retention?.plan).toMatchObject({ id: 'the-plan', consent: 'Waiting' });

    acknowledge(world, 'the-plan');
    const agreed = await next(world);
    await work(world);
    expect(planIn(onlyJob(world, 'nightly-list')).retention?.consent).toEqual({ plan: 'the-plan' });
    const acknowledged = { ...answer, consent: 'Acknowledged' as const };
    const listed = answerOf('list', acknowledged);
    endJob(world, onlyJob(world, 'nightly-list'), { ...listed, run: agreed?.id ?? '' });
    await work(world);
    await work(world);
    expect(planIn(onlyJob(world, 'nightly-sweep')).retention?.consent).toEqual({
      plan: 'the-plan',
      begun: { at: '2026-01-01T04:00:05.000Z', artifacts: 2 },
    });
  });
});

function acknowledge(world: World, plan: string): void {
  const backup = world.backup();
  const metadata = { ...backup.metadata, annotations: { [annotations.acknowledgePlan]: plan } };
  world.kube.put(resources.backups, { ...backup, metadata });
}

function editedTo(backup: Neo4jBackup, retention: Neo4jBackup['spec']['retention']): Neo4jBackup {
  return { ...backup, spec: { ...backup.spec, retention } };
}

function planIn(job: Job): AgentPlan {
  const variables = job.spec?.template.spec?.containers[0]?.env ?? [];
  return agentPlanSchema.parse(JSON.parse(variables.find(({ name }) => name === agentEnv.plan)?.value ?? ''));
}

async function ownedBy(cluster: string, key = 'owner.json'): Promise<void> {
  const time = '2026-01-01T00:00:00Z';
  const record = { v: 1, clusterId: cluster, namespace: 'prod', name: 'hourly', backupUid: 'another', time };
  await folder.create(key, Buffer.from(JSON.stringify(record)));
}

test('a folder of another cluster may be looked at, and nothing in it is removed', async () => {
  await ownedBy('another-cluster');
  const world = aRetaining();
  await work(world);
  expect(await left()).toHaveLength(3);
  const [held] = world.status().retention?.held ?? [];
  expect(held).toMatchObject({ reason: 'FolderOwnedElsewhere' });
  expect(held?.message).toContain('backup prod/hourly of cluster another-cluster');
  expect(world.status().retention).toMatchObject({ kept: 3, removed: 0 });
});

test('a removal that another cluster left half done is for that cluster to finish', async () => {
  await ownedBy('another-cluster');
  const { manifest } = anEntry({ artifact: 'full-1', hour: 1 });
  await folder.create('removing/run-1/orders.json', Buffer.from(JSON.stringify(manifest)));
  await folder.remove('manifests/run-1/orders.json');
  await work(aRetaining());
  expect(await folder.head('artifacts/full-1.backup')).toBeDefined();
});

test('a folder that was taken over is the present owner’s to sweep', async () => {
  await ownedBy('another-cluster');
  await ownedBy(clusterId, 'owner-2.json');
  await work(aRetaining());
  expect(await left()).toEqual(['run-3']);
});

test('a listing without the newest success is not whole, so nothing is removed', async () => {
  const { store } = bucket;
  bucket.store = {
    ...store,
    async *list(prefix, signal) {
      for await (const entry of store.list(prefix, signal)) if (!entry.key.includes('run-3')) yield entry;
    },
  };
  const world = aRetaining();
  await work(world);
  bucket.store = store;
  expect(await left()).toHaveLength(3);
  expect(world.status().retention).toMatchObject({ removed: 0, held: [{ reason: 'EmptyListing' }] });
  expect(world.status().history).toEqual(history);
});

test('an empty listing finishes no earlier removal either', async () => {
  const { manifest } = anEntry({ artifact: 'full-1', hour: 1 });
  await folder.create('removing/run-1/orders.json', Buffer.from(JSON.stringify(manifest)));
  const { store } = bucket;
  bucket.store = {
    ...store,
    async *list(prefix, signal) {
      if (!prefix.endsWith('manifests/')) yield* store.list(prefix, signal);
    },
  };
  const world = aRetaining();
  await work(world);
  bucket.store = store;
  expect(await left()).toHaveLength(3);
  expect(await folder.head('artifacts/full-1.backup')).toBeDefined();
  expect(world.status().retention).toMatchObject({ held: [{ reason: 'EmptyListing' }] });
});
