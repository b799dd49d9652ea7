import { afterEach, beforeEach, expect, test } from 'vitest';
import { textAt } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { startApiServer } from '../server.ts';
import type { EmbeddedApiServer } from '../server.ts';
import { testClient } from '../test-client.ts';
import type { TestClient } from '../test-client.ts';

const DEFAULT = '/api/v1/namespaces/default';

let server: EmbeddedApiServer;
let client: TestClient;

beforeEach(async () => {
  server = await startApiServer();
  client = testClient(server.url);
  await client.until(`${DEFAULT}/serviceaccounts/default`, ({ code }) => code === 200);
});

afterEach(async () => {
  await server.close();
});

const claim = (name: string, storageClassName: string): JsonObject => ({
  metadata: { name },
  spec: { storageClassName, accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
});
const CLASSES = '/apis/storage.k8s.io/v1/storageclasses';
const phaseIs = (phase: string) => (answer: { readonly body: JsonObject }) =>
  textAt(answer.body, 'status', 'phase') === phase;

test('claims bind at once, at their first pod, or never, as their class says', async () => {
  await client.post(CLASSES, { metadata: { name: 'now' }, provisioner: 'x' });
  await client.post(CLASSES, {
    metadata: { name: 'later' },
    provisioner: 'x',
    volumeBindingMode: 'WaitForFirstConsumer',
  });
  for (const name of ['now', 'later', 'never'])
    await client.post(`${DEFAULT}/persistentvolumeclaims`, claim(name, name));
  const { body } = await client.until(`${DEFAULT}/persistentvolumeclaims/now`, phaseIs('Bound'));
  expect((await client.get(`/api/v1/persistentvolumes/${textAt(body, 'spec', 'volumeName')}`)).code).toBe(200);
  expect(phaseIs('Pending')(await client.get(`${DEFAULT}/persistentvolumeclaims/later`))).toBe(true);
  const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'later' } }];
  await client.post(`${DEFAULT}/pods`, {
    metadata: { name: 'p' },
    spec: { volumes, containers: [{ name: 'c', image: 'i' }] },
  });
  await client.until(`${DEFAULT}/persistentvolumeclaims/later`, phaseIs('Bound'));
  expect(phaseIs('Pending')(await client.get(`${DEFAULT}/persistentvolumeclaims/never`))).toBe(true);
});

test('a generic ephemeral volume gets a claim that goes with its pod', async () => {
  const { spec } = claim('', 'none');
  const volumes = [{ name: 'scratch', ephemeral: { volumeClaimTemplate: { spec: spec ?? {} } } }];
  await client.post(`${DEFAULT}/pods`, {
    metadata: { name: 'p' },
    spec: { volumes, containers: [{ name: 'c', image: 'i' }] },
  });
  await client.until(`${DEFAULT}/persistentvolumeclaims/p-scratch`, ({ code }) => code === 200);
  await client.delete(`${DEFAULT}/pods/p`);
  const gone = await client.until(`${DEFAULT}/persistentvolumeclaims/p-scratch`, ({ code }) => code === 404);
  expect(gone.code).toBe(404);
});
