import { annotations } from '@holdfast/types';
import { expect, test } from 'vitest';
import { aBackup, bucket, target } from '../spec/a-spec.ts';
import { attemptSpec } from './attempt-spec.ts';

const written = { target, storage: { ...bucket, path: 'before' } };
const aJob = (spec?: string) => ({
  metadata: {
    name: 'nightly-backup',
    namespace: 'neo4j',
    uid: 'job-1',
    creationTimestamp: '2026-03-02T02:00:00Z',
    ...(spec !== undefined && { annotations: { [annotations.spec]: spec } }),
  },
});

test('an attempt keeps the spec that its Job was planned from', () => {
  const edited = aBackup({ target, storage: { ...bucket, path: 'after' } });
  expect(attemptSpec(edited, aJob(JSON.stringify(written)))?.storage.path).toBe('before');
  for (const unreadable of [undefined, '', 'null', '{"target":'])
    expect(attemptSpec(edited, aJob(unreadable))).toBeUndefined();
});

test('it stays readable whatever becomes of the annotation that names its servers', () => {
  const backup = aBackup({});
  for (const workload of ['statefulset/graph', 'service/graph', 'not a workload']) {
    const metadata = { ...backup.metadata, annotations: { [annotations.target]: workload } };
    const job = aJob(JSON.stringify({ ...written, triggers: [{ on: 'DatabaseCreated' }] }));
    expect(attemptSpec({ ...backup, metadata }, job)?.storage.path).toBe('before');
  }
});
