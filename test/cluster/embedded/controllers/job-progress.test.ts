import { expect, test } from 'vitest';
import type { JsonObject } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import { nextStep } from './job-progress.ts';
import type { JobPods } from './job-progress.ts';
import { podOutcome } from './pod-outcome.ts';

const now = new Date('2026-03-01T02:00:00Z');

function aJob(spec: JsonObject = {}): KubeObject {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'j', namespace: 'n' },
    spec: { completions: 1, parallelism: 1, backoffLimit: 0, ...spec },
    status: { startTime: '2026-03-01T01:59:00Z' },
  };
}

function aPod(status: JsonObject, metadata: JsonObject = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'n', ...metadata }, status };
}

const none: JobPods = { active: [], terminating: [], outcomes: [] };

test('a new Job gets its pod', () => {
  expect(nextStep(aJob(), none, now)).toEqual({ kind: 'create', count: 1 });
});

test('one success completes it', () => {
  expect(nextStep(aJob(), { ...none, outcomes: [{ kind: 'succeeded' }] }, now)).toEqual({ kind: 'complete' });
});

test('without retries the first failure ends it', () => {
  const step = nextStep(aJob(), { ...none, outcomes: [{ kind: 'failed' }] }, now);
  expect(step).toMatchObject({ kind: 'fail', reason: 'BackoffLimitExceeded' });
});

test('a retry waits ten seconds after the failure', () => {
  const pods: JobPods = { ...none, outcomes: [{ kind: 'failed' }], lastFailureAt: now };
  const soon = new Date(now.getTime() + 10_000);
  expect(nextStep(aJob({ backoffLimit: 1 }), pods, now)).toEqual({ kind: 'wait', until: soon });
  expect(nextStep(aJob({ backoffLimit: 1 }), pods, soon)).toEqual({ kind: 'create', count: 1 });
});

test('a pod ended by a disruption is replaced at once and not counted', () => {
  expect(nextStep(aJob(), { ...none, outcomes: [{ kind: 'ignored' }] }, now)).toEqual({ kind: 'create', count: 1 });
});

test('the deadline counts from the start', () => {
  const step = nextStep(aJob({ activeDeadlineSeconds: 60 }), { ...none, active: [aPod({})] }, now);
  expect(step).toMatchObject({ kind: 'fail', reason: 'DeadlineExceeded' });
  expect(nextStep(aJob({ activeDeadlineSeconds: 61 }), { ...none, active: [aPod({})] }, now)).toMatchObject({
    kind: 'wait',
  });
});

test('a suspended Job runs nothing', () => {
  expect(nextStep(aJob({ suspend: true }), none, now)).toEqual({ kind: 'suspend' });
});

const policy = {
  podReplacementPolicy: 'Failed',
  podFailurePolicy: {
    rules: [
      { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] },
      { action: 'FailJob', onExitCodes: { containerName: 'main', operator: 'In', values: [42] } },
    ],
  },
};

test('the failure policy forgives disruptions and gives up on named exit codes', () => {
  const disrupted = aPod({ phase: 'Failed', conditions: [{ type: 'DisruptionTarget', status: 'True' }] });
  expect(podOutcome(aJob(policy), disrupted, false)).toEqual({ kind: 'ignored' });
  const hopeless = aPod({
    phase: 'Failed',
    containerStatuses: [{ name: 'main', state: { terminated: { exitCode: 42 } } }],
  });
  expect(podOutcome(aJob(policy), hopeless, false)).toEqual({
    kind: 'failJob',
    message: 'Container main for pod n/p failed with exit code 42 matching FailJob rule at index 1',
  });
  const ordinary = aPod({
    phase: 'Failed',
    containerStatuses: [{ name: 'main', state: { terminated: { exitCode: 1 } } }],
  });
  expect(podOutcome(aJob(policy), ordinary, false)).toEqual({ kind: 'failed' });
});

test('a pod deleted by hand counts as failed, at once unless a policy waits for its end', () => {
  const leaving = aPod({ phase: 'Running' }, { deletionTimestamp: '2026-03-01T02:00:00Z' });
  expect(podOutcome(aJob(), leaving, false)).toEqual({ kind: 'failed' });
  expect(podOutcome(aJob(policy), leaving, false)).toBeUndefined();
  expect(podOutcome(aJob(policy), leaving, true)).toEqual({ kind: 'failed' });
});
