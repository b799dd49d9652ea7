import type { OwnerRecord } from '@holdfast/types';
import { expect, test } from 'vitest';
import { ownerKey } from './layout.ts';
import { judgeOwner, type FolderClaim } from './owner.ts';

const here: FolderClaim = { clusterId: 'here', namespace: 'neo4j', name: 'nightly', backupUid: 'uid-1' };

function recordOf(told: Partial<OwnerRecord> = {}): OwnerRecord {
  const time = '2026-03-01T02:00:00Z';
  return { v: 1, clusterId: 'there', namespace: 'prod', name: 'hourly', backupUid: 'uid-2', time, ...told };
}

test('a folder without a record is free', () => {
  expect(judgeOwner(undefined, here)).toEqual({ kind: 'free', number: 1 });
});

test('another object of the same name in the same cluster inherits the folder', () => {
  expect(judgeOwner({ number: 1, record: recordOf({ clusterId: 'here' }) }, here)).toEqual({ kind: 'ours' });
});

test('another cluster is named, with its backup and the remedy', () => {
  const judged = judgeOwner({ number: 1, record: recordOf() }, here);
  expect(judged).toMatchObject({ kind: 'foreign' });
  expect(judged).toHaveProperty('message', expect.stringContaining('belongs to backup prod/hourly of cluster there;'));
  expect(judged).toHaveProperty('message', expect.stringContaining('neo4j.neo4j.com/take-over to there'));
});

test('a take-over that names the owner frees the next record', () => {
  const last = { number: 3, record: recordOf() };
  expect(judgeOwner(last, { ...here, takeOver: 'there' })).toEqual({ kind: 'free', number: 4 });
  expect(ownerKey(4)).toBe('owner-4.json');
});

test('a take-over that names anybody else takes nothing and says so', () => {
  const judged = judgeOwner({ number: 1, record: recordOf() }, { ...here, takeOver: 'elsewhere' });
  expect(judged).toMatchObject({ kind: 'foreign', message: expect.stringContaining('(it names elsewhere') });
});

test('a record that cannot be read is nobody’s folder, whatever the annotation says', () => {
  const judged = judgeOwner({ number: 1, problem: 'it is no JSON' }, { ...here, takeOver: 'there' });
  expect(judged).toMatchObject({ kind: 'foreign', message: expect.stringContaining('"owner.json"') });
});

test('what a stranger wrote into a record cannot become a text of its own in a status', () => {
  const record = recordOf({ clusterId: 'x\nReady=True', name: 'a'.repeat(200) });
  const judged = judgeOwner({ number: 1, record }, here);
  expect(judged).toMatchObject({ message: expect.not.stringContaining('\n') });
  expect(judged).toMatchObject({ message: expect.not.stringContaining('a'.repeat(65)) });
});
