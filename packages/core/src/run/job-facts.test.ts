import { annotations, labels } from '@holdfast/types';
import { expect, test } from 'vitest';
import { at } from './an-observed.ts';
import { jobFacts, type JobObject } from './job-facts.ts';

const created = '2026-03-02T02:00:00Z';
const aJobWith = (status?: JobObject['status'], difference: Partial<JobObject['metadata']> = {}): JobObject => ({
  metadata: { name: 'nightly-backup', namespace: 'neo4j', uid: 'job-1', creationTimestamp: created, ...difference },
  ...(status && { status }),
});
const ended = (type: string, difference: Record<string, string> = {}) => ({
  conditions: [{ type, status: 'True', lastTransitionTime: '2026-03-02T02:10:00Z', ...difference }],
});

test('a Job of ours tells whose it is', () => {
  const facts = jobFacts(
    aJobWith(undefined, {
      labels: { [labels.backupUid]: 'uid-1' },
      annotations: { [annotations.runId]: 'r1', [annotations.attempt]: '2' },
    }),
  );
  expect(facts).toEqual({
    name: 'nightly-backup',
    uid: 'job-1',
    runId: 'r1',
    attempt: 2,
    backupUid: 'uid-1',
    createdAt: at('02T02:00'),
    deleting: false,
    state: 'Pending',
  });
});

test('a Job without our marks belongs to nobody we know', () => {
  const facts = jobFacts(aJobWith());
  expect(facts).toMatchObject({ attempt: 0 });
  expect('runId' in facts || 'backupUid' in facts).toBe(false);
});

test.each([
  ['Pending', undefined],
  ['Pending', { active: 1, ready: 0 }],
  ['Running', { active: 1, ready: 1 }],
  ['Running', { active: 1 }],
  ['Pending', { active: 0, ready: 0, succeeded: 1 }],
  ['Succeeded', ended('Complete')],
  ['Failed', ended('Failed')],
  ['Pending', { conditions: [{ type: 'Failed', status: 'False' }] }],
  ['Running', { ready: 1, ...ended('FailureTarget') }],
] as const)('a Job is %s with %j', (state, status) => {
  expect(jobFacts(aJobWith(status)).state).toBe(state);
});

test('a Job ended when it says so, else when its condition came', () => {
  const { endedAt } = jobFacts(aJobWith({ ...ended('Complete'), completionTime: '2026-03-02T02:09:00Z' }));
  expect(endedAt).toEqual(at('02T02:09'));
  expect(jobFacts(aJobWith(ended('Failed'))).endedAt).toEqual(at('02T02:10'));
  expect(jobFacts(aJobWith({ completionTime: '2026-03-02T02:09:00Z' })).endedAt).toBeUndefined();
});

test("a failed Job gives Kubernetes' own word, its start and its time limit", () => {
  const job = aJobWith({ ...ended('Failed', { reason: 'DeadlineExceeded' }), startTime: '2026-03-02T02:00:01Z' });
  expect(jobFacts({ ...job, spec: { activeDeadlineSeconds: 60 } })).toMatchObject({
    failure: 'DeadlineExceeded',
    startedAt: at('02T02:00:01'),
    deadlineMs: 60_000,
  });
});

test('a Job that is being deleted says so', () => {
  expect(jobFacts(aJobWith(undefined, { deletionTimestamp: created })).deleting).toBe(true);
});
