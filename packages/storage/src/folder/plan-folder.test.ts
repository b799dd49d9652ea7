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
