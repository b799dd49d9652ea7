import { KubeError, memoryKube, resources } from '@holdfast/kube';
import { expect, test } from 'vitest';
import { clusterIdentity } from './cluster-id.ts';

test('a cluster is known by its namespace kube-system, which is read once', async () => {
  const kube = memoryKube(() => new Date());
  kube.put(resources.namespaces, { metadata: { name: 'kube-system', uid: 'the-cluster' } });
  let reads = 0;
  const counting = { ...kube, get: (...given: Parameters<typeof kube.get>) => ((reads += 1), kube.get(...given)) };
  const clusterId = clusterIdentity(counting as typeof kube);
  expect([await clusterId(), await clusterId()]).toEqual(['the-cluster', 'the-cluster']);
  expect(reads).toBe(1);
});

test('what an administrator says is not looked up', async () => {
  expect(
    await clusterIdentity(
      memoryKube(() => new Date()),
      'told',
    )(),
  ).toBe('told');
});

test('a right that is missing is said with its remedy, and asked for again', async () => {
  const kube = memoryKube(() => new Date());
  const denied = new KubeError('terminal', 'no', { status: 403 });
  let allowed = false;
  const get = async () => {
    if (!allowed) throw denied;
    return { metadata: { name: 'kube-system', uid: 'the-cluster', creationTimestamp: '' } };
  };
  const clusterId = clusterIdentity({ ...kube, get } as unknown as typeof kube);
  await expect(clusterId()).rejects.toMatchObject({
    reason: 'ApiDenied',
    message: expect.stringContaining('HOLDFAST_CLUSTER_ID'),
  });
  allowed = true;
  expect(await clusterId()).toBe('the-cluster');
});
