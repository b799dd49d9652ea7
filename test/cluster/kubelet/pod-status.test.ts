import { expect, test } from 'vitest';
import { newRecord, podStatus, type ContainerRecord } from './pod-status.ts';
import type { ContainerState, Pod } from './pod-types.ts';

const now = new Date('2026-03-01T02:00:00.500Z');
const pod: Pod = { metadata: { name: 'p', namespace: 'n', uid: 'u' }, spec: { containers: [] } };
const running: ContainerState = { running: { startedAt: now.toISOString() } };
const ended = (exitCode: number): ContainerState => ({
  terminated: { exitCode, reason: '', finishedAt: now.toISOString() },
});

test.each<[string, ContainerRecord[], string]>([
  ['nothing has started', [aContainer({}), aContainer({ init: true })], 'Pending'],
  ['its init container runs', [aContainer({ init: true, state: running }), aContainer({})], 'Pending'],
  [
    'its init container failed for good',
    [aContainer({ init: true, state: ended(1), done: true }), aContainer({})],
    'Failed',
  ],
  [
    'its container runs',
    [aContainer({ init: true, state: ended(0), done: true }), aContainer({ state: running })],
    'Running',
  ],
  ['one of two has ended', [aContainer({ state: ended(0), done: true }), aContainer({ state: running })], 'Running'],
  ['its container waits to be started again', [aContainer({ restartCount: 1 })], 'Running'],
  [
    'all ended well',
    [aContainer({ state: ended(0), done: true }), aContainer({ state: ended(0), done: true })],
    'Succeeded',
  ],
  [
    'one ended badly',
    [aContainer({ state: ended(0), done: true }), aContainer({ state: ended(3), done: true })],
    'Failed',
  ],
])('a pod where %s', (_, records, phase) => {
  expect(statusOf(records).phase).toBe(phase);
});

test('a pod is ready when every container is, and a condition keeps its time until it changes', () => {
  const ready = [aContainer({ state: running, ready: true })];
  const before = { type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' } as const;
  const foreign = { type: 'Other', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' } as const;
  const status = statusOf(ready, { ...pod, status: { conditions: [before, foreign] } });
  expect(status.conditions).toContainEqual(before);
  expect(status.conditions).toContainEqual(foreign);
  const changed = statusOf([aContainer({ state: running })], { ...pod, status: { conditions: [before] } });
  expect(changed.conditions).toContainEqual({
    type: 'Ready',
    status: 'False',
    reason: 'ContainersNotReady',
    lastTransitionTime: '2026-03-01T02:00:00Z',
  });
});

function aContainer(change: Partial<ContainerRecord>): ContainerRecord {
  return { ...newRecord({ name: 'c', image: 'i' }, change.init ?? false), ...change };
}

function statusOf(records: ContainerRecord[], of: Pod = pod) {
  return podStatus(of, records, { podIP: '127.1.1.1', hostIP: '127.0.0.1' }, { startTime: now, now, stopped: false });
}
