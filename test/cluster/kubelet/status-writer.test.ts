import { expect, onTestFinished, test } from 'vitest';
import { startApiServer } from '../embedded/server.ts';
import { ApiClient } from './api-client.ts';
import type { Pod } from './pod-types.ts';
import { StatusWriter } from './status-writer.ts';

const pods = '/api/v1/namespaces/default/pods';

test('a condition that an eviction set in the meantime outlives a status that knows nothing of it', async () => {
  const server = await startApiServer();
  onTestFinished(() => server.close());
  const api = new ApiClient(server.url);
  onTestFinished(() => api.close());
  const pod = await api.create<Pod>(pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'drained' },
    spec: { containers: [{ name: 'main', image: 'sh' }] },
  });
  const disrupted = { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' };
  await api.patch(`${pods}/drained/status`, { status: { conditions: [disrupted] } }, 'strategic');

  const complaints: string[] = [];
  const writer = new StatusWriter(api, pod, (text) => complaints.push(text));
  writer.write({ phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] });
  await writer.flushed();

  const { status } = await api.get<Pod>(`${pods}/drained`);
  expect(complaints).toEqual([]);
  expect(status?.phase).toBe('Running');
  expect(status?.conditions).toEqual(
    expect.arrayContaining([
      expect.objectContaining(disrupted),
      expect.objectContaining({ type: 'Ready', status: 'True' }),
    ]),
  );
});
