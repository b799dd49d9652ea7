import { backupFacts } from '@holdfast/core';
import { KubeError, type Log } from '@holdfast/kube';
import { expect, test, vi } from 'vitest';
import { aWorld } from './a-world.ts';
import { tell } from './tell.ts';

const note = { type: 'Normal', reason: 'JobCreated', message: 'the Job was created', id: 's1/JobCreated' } as const;

function telling(failure?: Error) {
  const { kube, now, backup, events } = aWorld();
  if (failure) kube.failNext('create', failure);
  const log = { warn: vi.fn<Log['warn']>() };
  return { log, events, told: () => tell(backupFacts(backup()), note, { kube, now, log }) };
}

test('a transition is told once, however often it is said', async () => {
  const { told, events } = telling();
  await told();
  await told();
  expect(events()).toEqual(['JobCreated']);
});

test('an Event that the API server refuses for good is a line in the log, and nothing fails with it', async () => {
  const { told, log, events } = telling(new KubeError('terminal', 'may not create events in neo4j', { status: 403 }));
  await told();
  expect(events()).toEqual([]);
  expect(log.warn).toHaveBeenCalledWith(
    { backup: 'neo4j/nightly', reason: 'ApiDenied' },
    expect.stringContaining('may not create events in neo4j'),
  );
});

test('an API server that cannot answer now is asked again by whoever tells', async () => {
  const { told, events } = telling(new KubeError('transient', 'the API server is away', { status: 503 }));
  await expect(told()).rejects.toThrow('the API server is away');
  await told();
  expect(events()).toEqual(['JobCreated']);
});
