import { expect, test } from 'vitest';
import { whyPending, type PendingPod } from './pending-pod.ts';

const waits = (reason: string, message?: string) => ({ state: { waiting: { reason, ...(message && { message }) } } });

test.each<[string, PendingPod['status'], string]>([
  [
    'the scheduler',
    {
      conditions: [
        { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes are available' },
      ],
    },
    'pod "p" does not start: Unschedulable: 0/3 nodes are available',
  ],
  [
    'an init container whose image is not there',
    { initContainerStatuses: [waits('ErrImagePull')], containerStatuses: [waits('PodInitializing')] },
    'pod "p" does not start: ErrImagePull',
  ],
  [
    'a container',
    { initContainerStatuses: [], containerStatuses: [waits('ContainerCreating', 'secret "x" not found')] },
    'pod "p" does not start: ContainerCreating: secret "x" not found',
  ],
  [
    'nobody',
    { containerStatuses: [waits('ContainerCreating')] },
    'pod "p" is being made and does not start; `kubectl describe pod p` names what it waits for',
  ],
])('the words of %s are the reason', (_, status, sentence) => {
  expect(whyPending('j', [{ metadata: { name: 'p' }, ...(status && { status }) }])).toBe(sentence);
});

test('a Job without a pod says where to look, and long words are cut', () => {
  expect(whyPending('j', [])).toContain('kubectl describe job j');
  const status = { containerStatuses: [waits('Waiting', 'x'.repeat(1000))] };
  expect(whyPending('j', [{ metadata: { name: 'p' }, status }]).length).toBeLessThan(450);
});
