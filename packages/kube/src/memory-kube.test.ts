import { expect, test } from 'vitest';
import { kubeContract } from './contract.ts';
import { KubeError } from './kube-error.ts';
import { memoryKube } from './memory-kube.ts';
import { resources } from './resources.ts';

kubeContract('a cluster in memory', async () => ({ kube: memoryKube(), namespace: 'default' }));

const { secrets, backups } = resources;
const key = { namespace: 'n', name: 'a' };

test('what was handed in or out changes nothing when somebody changes it', async () => {
  const kube = memoryKube();
  const draft = { metadata: { ...key, labels: { a: '1' } } };
  const { object } = await kube.create(secrets, draft);
  draft.metadata.labels.a = '2';
  expect(() => Object.assign(object.metadata.labels ?? {}, { a: '2' })).toThrow(TypeError);
  expect((await kube.get(secrets, key))?.metadata.labels).toEqual({ a: '1' });
});

test('only a change of the spec raises the generation', async () => {
  const kube = memoryKube();
  const first = kube.put(backups, { metadata: key, spec: { a: 1 } });
  await kube.mergePatch(backups, key, { status: { phase: 'Failed' } }, { subresource: 'status' });
  expect((await kube.get(backups, key))?.metadata.generation).toBe(first.metadata.generation);
  await kube.mergePatch(backups, key, { spec: { a: 2 } });
  expect((await kube.get(backups, key))?.metadata.generation).toBe(2);
});

test('an armed failure happens once', async () => {
  const kube = memoryKube();
  kube.failNext('get', new KubeError('transient', 'no answer'));
  await expect(kube.get(secrets, key)).rejects.toThrow('no answer');
  expect(await kube.get(secrets, key)).toBeUndefined();
});

test('a watch from a forgotten version learns that it expired', async () => {
  const kube = memoryKube();
  const page = await kube.listPage(secrets);
  kube.forgetChanges();
  const events = kube.watch(secrets, { resourceVersion: typeof page === 'string' ? page : page.resourceVersion });
  expect(await Array.fromAsync(events)).toEqual([{ kind: 'expired' }]);
});

test('a log gives its last lines', async () => {
  const kube = memoryKube();
  kube.setLog(key, 'c', 'one\ntwo\nthree\n');
  const log = await kube.podLog(key, { container: 'c', tailLines: 2 });
  expect(Buffer.concat(await Array.fromAsync(log ?? [])).toString()).toBe('two\nthree\n');
});
