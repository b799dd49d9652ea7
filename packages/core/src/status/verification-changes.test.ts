import type { FolderState, Status, VerifiedSlice } from '@holdfast/types';
import { expect, test } from 'vitest';
import { aBackup, anEnding, at, aVerifyRun, aRun } from '../run/an-observed.ts';
import { aResult } from '../run/a-result.ts';
import { intentChange } from '../run/intent-change.ts';
import { recordRun, settleRun } from './changes.ts';
import { project } from './project.ts';
import { settleVerification } from './verification-changes.ts';

const now = at('02T02:30');
const slice: VerifiedSlice = { proven: 3, remaining: 0, unread: 0, spoiled: 0, unreadable: 0, bytes: 2048 };
const restorePoint = { time: '2026-03-01T02:00:00Z', transaction: 20, chain: 'orders-1' };
const well: FolderState = { whole: 2, broken: 0, damaged: [], damagedCount: 0, restorePoint };
const damage = {
  chain: 'orders-2',
  database: 'orders',
  artifact: 'orders-2.backup',
  reason: 'ArtifactChanged',
  message: 'orders-2.backup has another content',
  time: '2026-03-02T02:20:00Z',
};
const spoiled: FolderState = { whole: 1, broken: 1, damaged: [damage], damagedCount: 1, restorePoint };
const newest = { time: '2026-03-02T02:00:00Z', transaction: 30, chain: 'orders-2' };
const reading: Status = { activeRun: aVerifyRun({ phase: 'Running' }), restorePoint: newest };
const verified = (status: Status) =>
  project(status, aBackup(), now).conditions?.find(({ type }) => type === 'Verified');

test('a token is remembered from when its run is recorded', () => {
  const run = aVerifyRun({ phase: 'Recorded', token: 'please' });
  expect(recordRun({ verification: { lastTokens: ['before'] } }, run, 0, 20).verification).toEqual({
    lastTokens: ['please', 'before'],
  });
});

test('a verification that finds no place leaves the folder to others', () => {
  const intent = { kind: 'record', run: aVerifyRun({ phase: 'Recorded' }), missed: 0, reason: 'Requested' } as const;
  const full = { kind: 'wait', reason: 'WaitingForPlace', message: 'full' } as const;
  expect(intentChange(intent, aBackup(), full, now)).toBeUndefined();
  expect(intentChange(intent, aBackup(), { kind: 'admit' }, now)?.activeRun?.phase).toBe('Admitted');
});

test('a complete round proves everything since it began, and the restore point with it', () => {
  const status = settleVerification(reading, { kind: 'looked', slice, folder: well }, now);
  expect(status.activeRun).toBeUndefined();
  expect(status.verification).toMatchObject({
    unfinished: false,
    provenSince: '2026-03-02T02:00:00Z',
    lastRunTime: '2026-03-02T02:30:00Z',
    reason: 'Verified',
    message: '3 artifacts read back, 2.0 KiB in this run',
    chains: { whole: 2, broken: 0 },
  });
  expect(status.restorePoint).toEqual({ ...newest, verifiedTime: '2026-03-02T02:30:00Z' });
  expect(verified(status)).toMatchObject({ status: 'True', reason: 'Verified' });
  expect(verified(status)?.message).toContain('level content');
});

test('damage moves the restore point to what can be restored, and is said until the next backup stands beside it', () => {
  const status = settleVerification(reading, { kind: 'looked', slice, folder: spoiled }, now);
  expect(status.restorePoint).toMatchObject(restorePoint);
  expect(status.verification).toMatchObject({ reason: 'VerificationFailed', damagedCount: 1 });
  expect(verified(status)).toMatchObject({ status: 'False', reason: 'ArtifactChanged', message: damage.message });
  const next = anEnding({
    startTime: '2026-03-03T02:00:00Z',
    verification: { level: 'consistency', time: '2026-03-03T02:10:00Z' },
  });
  expect(verified({ ...status, history: [next] })).toMatchObject({ status: 'True' });
});

test('where nothing can be restored there is no restore point', () => {
  const { restorePoint: _none, ...lost } = spoiled;
  expect(settleVerification(reading, { kind: 'looked', slice, folder: lost }, now)).not.toHaveProperty('restorePoint');
});

test('an unfinished round keeps its beginning and proves nothing yet', () => {
  const half = { ...slice, remaining: 7 };
  const { verification } = settleVerification(reading, { kind: 'looked', slice: half, folder: well }, now);
  expect(verification).toMatchObject({ unfinished: true, round: '2026-03-02T02:00:00Z', remaining: 7 });
  expect(verification).not.toHaveProperty('provenSince');
  expect(verification?.reason).toBe('VerificationUnfinished');
});

test('trouble keeps what was known and asks again in an hour', () => {
  const before = {
    ...reading,
    verification: { provenSince: '2026-02-01T00:00:00Z', damaged: [damage], damagedCount: 1 },
  };
  const ending = { kind: 'held', reason: 'StorageUnreachable', message: 'no answer' } as const;
  expect(settleVerification(before, ending, now).verification).toMatchObject({
    ...before.verification,
    unfinished: true,
    notBefore: '2026-03-02T03:30:00Z',
    reason: 'StorageUnreachable',
    message: 'no answer',
  });
});

test('a run that nobody finished expires like trouble, and leaves no entry in the history', () => {
  const run = aVerifyRun();
  const intent = { kind: 'expire', run, status: 'Failed', message: 'too long', reason: 'DeadlineExceeded' } as const;
  const status = intentChange(intent, aBackup({ status: { activeRun: run } }), undefined, now);
  expect(status).not.toHaveProperty('activeRun');
  expect(status).not.toHaveProperty('history');
  expect(status?.verification).toMatchObject({ unfinished: true, reason: 'DeadlineExceeded' });
});

test('damage that a backup run comes upon is told with it, also when the run itself succeeds', () => {
  const result = aResult({ startTime: '2026-03-02T02:00:00Z', folder: spoiled });
  const ending = { status: 'Succeeded', reason: 'Succeeded', message: 'fine', result } as const;
  const status = settleRun({ activeRun: aRun(), restorePoint: newest }, ending, 20, now);
  expect(status.verification).toMatchObject({ damagedCount: 1, chains: { whole: 1, broken: 1 } });
  expect(verified(status)).toMatchObject({ status: 'False', reason: 'ArtifactChanged' });
});

test('a run whose artifact was spoiled says that what lies there is not verified', () => {
  const entry = anEnding({
    status: 'Failed',
    reason: 'VerificationFailed',
    error: 'orders is inconsistent',
    completionTime: '2026-03-02T02:10:00Z',
  });
  const proven = anEnding({ runId: 's0', verification: { level: 'content', time: '2026-03-01T02:10:00Z' } });
  expect(verified({ history: [entry, proven] })).toMatchObject({ status: 'False', message: 'orders is inconsistent' });
});
