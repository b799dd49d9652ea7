import { expect, test } from 'vitest';
import { ensure } from './ensure.ts';
import { recordEvent, type EventNote } from './events.ts';
import { memoryKube } from './memory-kube.ts';
import { resources } from './resources.ts';

const metadata = { namespace: 'n', name: 'nightly' };
const owns = (existing: { metadata: { labels?: Readonly<Record<string, string>> } }): boolean =>
  existing.metadata.labels?.['owner'] === 'us';

test('an object is made once and adopted afterwards', async () => {
  const kube = memoryKube();
  const draft = { metadata: { ...metadata, labels: { owner: 'us' } } };
  expect(await ensure(kube, resources.serviceAccounts, draft, owns)).toBe('created');
  expect(await ensure(kube, resources.serviceAccounts, draft, owns)).toBe('exists');
});

test('an object of somebody else is neither adopted nor changed', async () => {
  const kube = memoryKube();
  const theirs = kube.put(resources.serviceAccounts, { metadata });
  const draft = { metadata: { ...metadata, labels: { owner: 'us' } } };
  expect(await ensure(kube, resources.serviceAccounts, draft, owns)).toBe('foreign');
  expect(await kube.get(resources.serviceAccounts, metadata)).toEqual(theirs);
});

const note = (change: Partial<EventNote> = {}): EventNote => ({
  type: 'Warning',
  reason: 'StorageDenied',
  message: 'bucket "orders" denies PutObject',
  id: 's1/StorageDenied',
  ...change,
});
const now = new Date('2026-03-01T02:00:00.123Z');

test('a transition makes one Event that names its object', async () => {
  const kube = memoryKube();
  const backup = kube.put(resources.backups, { metadata, spec: {} });
  expect(await recordEvent(kube, backup, note(), { now })).toBe('recorded');
  expect(await recordEvent(kube, backup, note(), { now })).toBe('exists');
  expect(kube.all(resources.events)).toMatchObject([
    {
      involvedObject: { kind: 'Neo4jBackup', name: 'nightly', uid: backup.metadata.uid },
      reason: 'StorageDenied',
      source: { component: 'holdfast' },
      firstTimestamp: '2026-03-01T02:00:00Z',
    },
  ]);
});

test('another transition, and the same one of a later object, are other Events', async () => {
  const kube = memoryKube();
  const first = kube.put(resources.backups, { metadata, spec: {} });
  await recordEvent(kube, first, note(), { now });
  await recordEvent(kube, first, note({ id: 's2/StorageDenied' }), { now });
  await recordEvent(kube, { ...first, metadata: { ...first.metadata, uid: 'another' } }, note(), { now });
  expect(kube.all(resources.events)).toHaveLength(3);
});

test('a long message is cut to what Kubernetes takes', async () => {
  const kube = memoryKube();
  const backup = kube.put(resources.backups, { metadata, spec: {} });
  await recordEvent(kube, backup, note({ message: 'x'.repeat(5000) }), { now });
  expect(kube.all(resources.events)[0]?.message).toHaveLength(1024);
});
