import { expect, test } from 'vitest';
import type { ActiveRun, Neo4jBackup, Status } from '@holdfast/types';
import { memoryKube, type MemoryKube } from './memory-kube.ts';
import { resources } from './resources.ts';
import { sameJson, writeStatus } from './write-status.ts';

const key = { namespace: 'n', name: 'nightly' };
const now = (): Date => new Date('2026-03-01T02:00:00Z');
const project = (status: Status): Status => ({ ...status, phase: status.activeRun ? 'Running' : 'Scheduled' });

const aRun = (change: Partial<ActiveRun> = {}): ActiveRun => ({
  id: 's1',
  kind: 'backup',
  trigger: 'Schedule',
  phase: 'Admitted',
  attempt: 1,
  recordedAt: '2026-03-01T02:00:00Z',
  ...change,
});

function aKube(status: Status = {}): MemoryKube {
  const kube = memoryKube(now);
  kube.put(resources.backups, { metadata: key, spec: {}, status });
  return kube;
}

const withRun =
  (activeRun: ActiveRun | undefined) =>
  (backup: Neo4jBackup): Status => {
    const { activeRun: _, ...rest } = backup.status ?? {};
    return activeRun ? { ...rest, activeRun } : rest;
  };
const statusOf = async (kube: MemoryKube): Promise<Status | undefined> =>
  (await kube.get(resources.backups, key))?.status;

test('a change is written together with its projection', async () => {
  const kube = aKube({ missedSlots: 3 });
  expect(await writeStatus(kube, key, {}, withRun(aRun()), { now, project })).toBe('written');
  expect(await statusOf(kube)).toEqual({ missedSlots: 3, activeRun: aRun(), phase: 'Running' });
});

test('a change that changes nothing is not written', async () => {
  const kube = aKube({ phase: 'Running', activeRun: aRun() });
  const before = (await kube.get(resources.backups, key))?.metadata.resourceVersion;
  expect(await writeStatus(kube, key, { run: 's1' }, withRun(aRun()), { now, project })).toBe('unchanged');
  expect(await writeStatus(kube, key, { run: 's1' }, () => undefined, { now, project })).toBe('unchanged');
  expect((await kube.get(resources.backups, key))?.metadata.resourceVersion).toBe(before);
});

test.each([
  ['of another run', aRun({ id: 's2' }), { run: 's1' }, undefined],
  ['of a run that was settled', undefined, { run: 's1' }, undefined],
  ['that would go back', aRun({ phase: 'Verifying' }), { run: 's1' }, aRun({ phase: 'Starting' })],
  ['of an earlier attempt', aRun({ attempt: 2 }), { run: 's1', attempt: 1 }, undefined],
  ['that would end a run without naming it', aRun(), {}, undefined],
])('a writer %s is fenced off', async (_, active, fence, next) => {
  const kube = aKube(active ? { activeRun: active } : {});
  expect(await writeStatus(kube, key, fence, withRun(next), { now, project })).toBe('fenced');
  expect((await statusOf(kube))?.activeRun).toEqual(active);
});

test('a removed object, and another one of the same name, are gone', async () => {
  const kube = aKube();
  expect(await writeStatus(kube, key, { uid: 'earlier' }, withRun(aRun()), { now, project })).toBe('gone');
  await kube.remove(resources.backups, key, { propagation: 'Background' });
  expect(await writeStatus(kube, key, {}, withRun(aRun()), { now, project })).toBe('gone');
});

test('in a storm of conflicts every writer sees what the others wrote, and none is lost', async () => {
  const kube = aKube({ missedSlots: 0 });
  const count = ({ status }: Neo4jBackup): Status => ({ ...status, missedSlots: (status?.missedSlots ?? 0) + 1 });
  const writers = Array.from({ length: 8 }, () => writeStatus(kube, key, {}, count, { now, project }));
  expect(new Set(await Promise.all(writers))).toEqual(new Set(['written']));
  expect((await statusOf(kube))?.missedSlots).toBe(8);
});

test('a writer that is overtaken between its read and its write is fenced off the second time', async () => {
  const kube = aKube({ activeRun: aRun() });
  let looks = 0;
  const change = (backup: Neo4jBackup): Status => {
    if (++looks === 1) kube.put(resources.backups, { ...backup, status: { activeRun: aRun({ id: 's2' }) } });
    return withRun(undefined)(backup);
  };
  expect(await writeStatus(kube, key, { run: 's1' }, change, { now, project })).toBe('fenced');
  expect((await statusOf(kube))?.activeRun?.id).toBe('s2');
});

test('conflicts that never end are transient trouble', async () => {
  const kube = aKube();
  const stubborn = { ...kube, replaceStatus: async () => 'conflict' as const };
  const write = writeStatus(stubborn, key, {}, withRun(aRun()), { now, project });
  await expect(write).rejects.toMatchObject({ fate: 'transient', status: 409 });
}, 20_000);

test('values are the same when their JSON means the same', () => {
  expect(sameJson({ a: 1, b: undefined, c: [{}] }, { c: [{ d: undefined }], a: 1 })).toBe(true);
  expect(sameJson({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
  expect(sameJson({ a: null }, {})).toBe(false);
  expect(sameJson([], {})).toBe(false);
});
