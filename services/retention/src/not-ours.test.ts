import { beforeEach, expect, test, vi } from 'vitest';
import { clusterId } from '../../../packages/access/src/a-world.ts';
import { anEntry } from '../../../packages/core/src/chains/an-entry.ts';
import { aRetaining, bucket, fill, left, work } from './a-retention.ts';

vi.mock('@holdfast/storage', async (original) => ({
  ...(await original<object>()),
  openS3: async () => (await import('./a-retention.ts')).bucket.store,
}));

beforeEach(fill);

async function ownedBy(cluster: string, key = 'owner.json'): Promise<void> {
  const time = '2026-01-01T00:00:00Z';
  const record = { v: 1, clusterId: cluster, namespace: 'prod', name: 'hourly', backupUid: 'another', time };
  await bucket.folder.create(key, Buffer.from(JSON.stringify(record)));
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
  await bucket.folder.create('removing/run-1/orders.json', Buffer.from(JSON.stringify(manifest)));
  await bucket.folder.remove('manifests/run-1/orders.json');
  await work(aRetaining());
  expect(await bucket.folder.head('artifacts/full-1.backup')).toBeDefined();
});

test('a folder that was taken over is the present owner’s to sweep', async () => {
  await ownedBy('another-cluster');
  await ownedBy(clusterId, 'owner-2.json');
  await work(aRetaining());
  expect(await left()).toEqual(['run-3']);
});
