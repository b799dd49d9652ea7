import { expect, test } from 'vitest';
import { backupFacts } from '../run/backup-facts.ts';
import { aBackup, bucket, target } from '../spec/a-spec.ts';
import { specDigest } from './spec-changed.ts';

const spec = { target, storage: bucket, triggers: [{ on: 'SpecChanged' }] };

test('the order of fields and a pause are no change, everything else is', () => {
  const digest = specDigest(spec);
  expect(digest).toMatch(/^[0-9a-f]{10}$/);
  expect(specDigest({ triggers: spec.triggers, storage: { ...bucket }, target, suspend: true })).toBe(digest);
  expect(specDigest({ ...spec, schedule: '@daily' })).not.toBe(digest);
  expect(specDigest({ ...spec, storage: { ...bucket, path: 'elsewhere' } })).not.toBe(digest);
  expect(specDigest({ ...spec, triggers: [...spec.triggers, { on: 'TargetUpgrade' }] })).not.toBe(digest);
});

test('only a backup whose trigger asks is digested', () => {
  expect(backupFacts(aBackup(spec)).specDigest).toBe(specDigest(spec));
  expect(backupFacts(aBackup({ ...spec, triggers: [{ on: 'TargetUpgrade' }] })).specDigest).toBeUndefined();
  expect(backupFacts(aBackup({ target, storage: bucket })).specDigest).toBeUndefined();
});
