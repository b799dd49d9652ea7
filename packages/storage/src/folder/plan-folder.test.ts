import { BackupError } from '@holdfast/types';
import { expect, test } from 'vitest';
import { openMemory } from '../memory/open-memory.ts';
import { aManifest } from './a-manifest.ts';
import { writeManifest } from './manifests.ts';
import { planFolder } from './plan-folder.ts';

const day = 86_400_000;
const made = new Date('2026-03-01T02:00:00Z');
const later = (days: number) => new Date(made.getTime() + days * day);
const factsAt = (now: Date) => ({ now, runDeadlineMs: day });
const policy = { maxAgeMs: 7 * day, suspended: false, expectedIntervalMs: day };

test('a folder without a manifest is never taken for consent to remove', async () => {
  const plan = await planFolder(openMemory({ now: () => later(30) }), policy, factsAt(later(30)));
  expect(plan.remove).toEqual([]);
  expect(plan.held).toMatchObject([{ reason: 'EmptyListing' }]);
});

test('a success in the future does not let age remove while backups have stopped', async () => {
  let now = made;
  const store = openMemory({ now: () => now });
  for (const run of ['run-1', 'run-2', 'run-3']) await writeManifest(store, aManifest({ run }));
  await writeManifest(store, {
    ...aManifest({ run: 'run-4' }),
    startTime: later(3).toISOString(),
    completionTime: later(300).toISOString(),
  });
  now = later(30);
  const plan = await planFolder(store, policy, factsAt(now));
  expect(plan.remove).toEqual([]);
  expect(plan.held).toMatchObject([{ reason: 'NoFreshBackup' }]);
});

test('a rule of the bucket that touches the folder is told, and keeps nobody from retention', async () => {
  const store = openMemory({ now: () => made });
  for (const run of ['run-1', 'run-2', 'run-3']) await writeManifest(store, aManifest({ run }));
  const rule = { name: 'thirty-days', prefixes: [''], does: 'removes' } as const;
  const ruled = { ...store, lifecycleRules: async () => [rule] };
  const quiet = await planFolder(store, { ...policy, maxCount: 1 }, factsAt(made));
  const told = await planFolder(ruled, { ...policy, maxCount: 1 }, factsAt(made));
  expect(told.held).toMatchObject([...quiet.held, { reason: 'LifecycleRule', count: 1 }]);
  expect(told.remove).toEqual(quiet.remove);
});

test('rules that nobody may ask for are no trouble', async () => {
  const store = openMemory({ now: () => made });
  await writeManifest(store, aManifest({ run: 'run-1' }));
  const denied = new BackupError('StorageDenied', 'terminal', 'no');
  const closed = { ...store, lifecycleRules: () => Promise.reject(denied) };
  expect((await planFolder(closed, { maxCount: 1, suspended: false }, factsAt(made))).held).toEqual([]);
});
