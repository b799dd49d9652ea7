import { expect, test } from 'vitest';
import type { KubeObject } from '../kube-object.ts';
import { humanDuration } from './human-duration.ts';
import { evaluatePath } from './json-path.ts';
import { podStatusWord } from './pod-columns.ts';

test.each([
  [0, '0s'],
  [119_000, '119s'],
  [120_000, '2m'],
  [330_000, '5m30s'],
  [3_600_000, '60m'],
  [4 * 3_600_000, '4h'],
  [4 * 3_600_000 + 60_000, '4h1m'],
  [30 * 3_600_000, '30h'],
  [75 * 3_600_000, '3d3h'],
  [100 * 86_400_000, '100d'],
  [800 * 86_400_000, '2y70d'],
])('%d ms are shown as %s', (milliseconds, expected) => {
  expect(humanDuration(milliseconds)).toBe(expected);
});

const root = {
  spec: { target: { kind: 'Cluster' }, list: ['a', 'b'], 'x.y': 1 },
  status: {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Other', status: 'False' },
    ],
  },
};

test.each([
  ['.spec.target.kind', ['Cluster']],
  ['.spec.list[1]', ['b']],
  ['.spec.list[-1]', ['b']],
  ['.spec.list[*]', ['a', 'b']],
  [".spec['x.y']", [1]],
  [String.raw`.spec.x\.y`, [1]],
  ['.status.conditions[?(@.type=="Ready")].status', ['True']],
  [".status.conditions[?(@.type!='Ready')].type", ['Other']],
  ['.spec.missing.more', []],
])('the path %s finds %j', (path, expected) => {
  expect(evaluatePath(path, root)).toEqual(expected);
});

test.each<[string, object, object]>([
  ['Pending', {}, { phase: 'Pending' }],
  ['Init:0/1', {}, { phase: 'Pending', initContainerStatuses: [{ state: { running: {} } }] }],
  [
    'Init:Error',
    {},
    { phase: 'Pending', initContainerStatuses: [{ state: { terminated: { exitCode: 1, reason: 'Error' } } }] },
  ],
  ['ErrImagePull', {}, { phase: 'Pending', containerStatuses: [{ state: { waiting: { reason: 'ErrImagePull' } } }] }],
  [
    'Completed',
    {},
    { phase: 'Succeeded', containerStatuses: [{ state: { terminated: { exitCode: 0, reason: 'Completed' } } }] },
  ],
  [
    'Terminating',
    { deletionTimestamp: '2026-03-01T00:00:00Z' },
    { phase: 'Running', containerStatuses: [{ ready: true, state: { running: {} } }] },
  ],
])('a pod shows as %s', (expected, metadata, status) => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', ...metadata },
    spec: { containers: [{}], initContainers: [{}] },
    status,
  };
  expect(podStatusWord(pod as KubeObject)).toBe(expected);
});
