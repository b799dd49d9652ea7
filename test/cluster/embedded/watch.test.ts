import { expect, test } from 'vitest';
import type { KubeObject } from './kube-object.ts';
import { Store } from './store.ts';
import type { Change } from './store.ts';
import { eventFor } from './watch.ts';

function pod(app: string, note = ''): KubeObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'n', labels: { app } }, note };
}

const selectsA = (object: KubeObject): boolean => object.metadata.labels?.['app'] === 'a';

test('entering a selection is ADDED, leaving it is DELETED with the last state inside', () => {
  const store = new Store();
  const seen: ReturnType<typeof eventFor>[] = [];
  store.subscribe((change: Change) => seen.push(eventFor(change, 'pods', selectsA)));
  store.put('pods', pod('b'));
  store.put('pods', pod('a'));
  store.put('pods', pod('a', 'changed'));
  store.put('pods', pod('b'));
  store.remove('pods', pod('b'));
  expect(seen.map((event) => event?.type)).toEqual([undefined, 'ADDED', 'MODIFIED', 'DELETED', undefined]);
  expect(seen[3]?.object).toMatchObject({
    metadata: { labels: { app: 'a' }, resourceVersion: String(store.revision - 1) },
  });
});

test('writing the same state again makes no event and keeps the resourceVersion', () => {
  const store = new Store();
  const first = store.put('pods', pod('a'));
  expect(store.put('pods', pod('a'))).toBe(first);
  expect(store.since(0)).toHaveLength(1);
});

test('changes older than the memory are known to be forgotten', () => {
  const store = new Store(2);
  const start = store.revision;
  for (const note of ['1', '2', '3', '4']) store.put('pods', pod('a', note));
  expect(store.since(start)).toBeUndefined();
  expect(store.since(store.revision - 1)).toHaveLength(1);
  expect(store.since(store.revision)).toEqual([]);
});
