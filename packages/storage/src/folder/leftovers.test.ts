import { runFolder } from '@holdfast/core';
import { beforeEach, expect, test } from 'vitest';
import { openMemory } from '../memory/open-memory.ts';
import type { ObjectStore } from '../object-store.ts';
import { aManifest } from './a-manifest.ts';
import { writeDocument } from './documents.ts';
import { finishRemovals } from './finish-removals.ts';
import { writeManifest } from './manifests.ts';
import { planFolder } from './plan-folder.ts';
import { sweepFolder } from './sweep-folder.ts';

const hour = 3_600_000;
const policy = { maxCount: 5, suspended: false };
const orphan = 'artifacts/orders-2026-03-01T02-10-00.backup';
let now: Date;
let store: ObjectStore;

/** A run dies at two o'clock between its artifact and its manifest; a day later a FULL of the same database succeeds. */
beforeEach(async () => {
  now = new Date('2026-03-01T02:00:00Z');
  store = openMemory({ now: () => now });
  const [startTime, deadline] = [now, later(hour)].map((at) => at.toISOString());
  const begun = { v: 1, run: 'dead', attempt: 1, startTime, deadline };
  await writeDocument(store, `${runFolder('dead')}begun-1-12345678.json`, begun);
  now = later(hour / 6);
  await store.create(orphan, new Uint8Array(7));
  now = later(24 * hour);
  await count('run-1');
});

function later(ms: number): Date {
  return new Date(now.getTime() + ms);
}

async function count(run: string): Promise<void> {
  const manifest = aManifest({ run });
  for (const { key, bytes } of manifest.objects) await store.create(key, new Uint8Array(bytes));
  const time = now.toISOString();
  await writeManifest(store, { ...manifest, startTime: time, artifactTime: time, completionTime: time });
}

async function sweep(
  through: ObjectStore = store,
  guard = async () => true,
  asked: { maxCount?: number; runDeadlineMs?: number } = {},
) {
  const { maxCount = policy.maxCount, runDeadlineMs = hour } = asked;
  const plan = await planFolder(through, { ...policy, maxCount }, { now, runDeadlineMs });
  return { plan, swept: await sweepFolder(through, plan, { guard }) };
}

async function keys(): Promise<string[]> {
  return Array.fromAsync(store.list(''), ({ key }) => key);
}

test('what a dead run left goes, and everything that counts stays', async () => {
  const counting = (await keys()).filter((key) => key.includes('run-1'));
  const { plan, swept } = await sweep();
  expect(plan.leftovers.remove).toMatchObject([{ key: orphan, bytes: 7 }]);
  expect(swept).toMatchObject({
    removed: 0,
    archived: 0,
    reclaimedBytes: 7,
    removedLeftovers: { objects: 1, runs: 0, uploads: 0 },
  });
  expect(await keys()).toEqual(expect.arrayContaining(counting));
  expect(await keys()).not.toContain(orphan);
});

test('the documents of the dead run go a month later', async () => {
  await sweep();
  now = later(31 * 24 * hour);
  const { swept } = await sweep();
  expect(swept.removedLeftovers).toMatchObject({ runs: 1 });
  expect((await keys()).filter((key) => key.startsWith('runs/dead/'))).toEqual([]);
});

test('a run that succeeded at its second attempt and expires at once still explains what its first attempt left', async () => {
  const today = now;
  now = new Date('2026-03-01T02:20:00Z');
  await count('dead');
  now = today;
  const { plan } = await sweep(store, undefined, { maxCount: 1, runDeadlineMs: 48 * hour });
  expect(plan.leftovers.remove).toEqual([]); // too young, as runs may last that long
  expect(plan.remove.map(({ chain }) => chain.runs)).toContainEqual(['dead']);
  expect((await keys()).filter((key) => /^(manifests|runs)\/dead\//.test(key))).toEqual([
    'runs/dead/begun-1-12345678.json',
  ]);
  now = later(72 * hour);
  const next = await sweep();
  expect(next.plan.held).toEqual([]);
  expect(next.plan.leftovers.remove).toMatchObject([{ key: orphan }]);
  expect(await keys()).not.toContain(orphan);
});

test('a foreign file stays and is told with its name', async () => {
  await store.create('artifacts/readme.txt', new Uint8Array(1));
  now = later(400 * 24 * hour);
  const { plan } = await sweep();
  expect(plan.held).toMatchObject([{ reason: 'UnexplainedArtifact', count: 1 }]);
  expect(plan.held[0]?.message).toContain('artifacts/readme.txt');
  expect(await keys()).toContain('artifacts/readme.txt');
});

test('an artifact whose manifest a listing left out is not taken for what a dead run left', async () => {
  const { manifest, ...rest } = { manifest: aManifest({ run: 'dead' }), keep: orphan };
  await writeManifest(store, { ...manifest, artifact: orphan.slice(10), objects: [{ key: rest.keep, bytes: 7 }] });
  const blind: ObjectStore = {
    ...store,
    async *list(prefix, signal) {
      for await (const entry of store.list(prefix, signal)) if (!entry.key.startsWith('manifests/dead/')) yield entry;
    },
  };
  await expect(sweep(blind)).rejects.toMatchObject({ reason: 'EmptyListing' });
  expect(await keys()).toContain(orphan);
});

test('while a manifest cannot be read nothing of this is removed', async () => {
  await store.create('manifests/run-2/orders.json', Buffer.from('{"formatVersion":2}'));
  const { plan, swept } = await sweep();
  expect(plan.frozen).toBe(true);
  expect(swept.removedLeftovers.objects).toBe(0);
  expect(await keys()).toContain(orphan);
});

test('when the folder is lost before the removal, the orphan stays', async () => {
  await sweep(store, async () => false);
  expect(await keys()).toContain(orphan);
});

test('what an unfinished removal still has to remove is not wondered about', async () => {
  const plan = () => planFolder(store, policy, { now, runDeadlineMs: hour });
  const objects = [{ key: orphan, bytes: 7 }];
  await writeDocument(store, 'removing/run-0/orders.json', { ...aManifest({ run: 'run-0' }), objects });
  expect((await plan()).leftovers.remove).toEqual([]);
  await store.create('removing/run-0/system.json', Buffer.from('not json'));
  const another = 'artifacts/orders-2026-03-01T02-20-00.backup';
  await store.create(another, new Uint8Array(7));
  expect((await plan()).leftovers).toMatchObject({ remove: [], unexplained: { count: 0 } });
});

test('a removal that was only noted is not finished because a listing left its manifest out', async () => {
  const [artifact = ''] = aManifest({ run: 'run-1' }).objects.map(({ key }) => key);
  await writeDocument(store, 'removing/run-1/orders.json', aManifest({ run: 'run-1' }));
  const blind: ObjectStore = {
    ...store,
    async *list(prefix, signal) {
      if (!prefix.startsWith('manifests/')) yield* store.list(prefix, signal);
    },
  };
  await finishRemovals(blind, { guard: async () => true });
  expect(await keys()).toContain(artifact);
  expect(await keys()).toContain('manifests/run-1/orders.json');
});
