import { afterEach, beforeEach, expect, test } from 'vitest';
import { objectAt, objectsAt, textAt } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { startApiServer } from '../server.ts';
import type { EmbeddedApiServer } from '../server.ts';
import { testClient } from '../test-client.ts';
import type { TestClient } from '../test-client.ts';

const DEFAULT = '/api/v1/namespaces/default';
const JOBS = '/apis/batch/v1/namespaces/default/jobs';

let server: EmbeddedApiServer;
let client: TestClient;
let offsetMs = 0;

beforeEach(async () => {
  offsetMs = 0;
  server = await startApiServer({ now: () => new Date(Date.now() + offsetMs) });
  client = testClient(server.url);
  await client.until(`${DEFAULT}/serviceaccounts/default`, ({ code }) => code === 200);
});

afterEach(async () => {
  await server.close();
});

function job(name: string, spec: JsonObject = {}): JsonObject {
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'i:1' }] } };
  return { metadata: { name }, spec: { backoffLimit: 0, template, ...spec } };
}

async function podsOf(name: string): Promise<string[]> {
  const { body } = await client.get(`${DEFAULT}/pods?labelSelector=job-name=${name}`);
  return objectsAt(body, 'items').map((pod) => textAt(pod, 'metadata', 'name'));
}

async function firstPodOf(name: string): Promise<string> {
  await client.until(
    `${DEFAULT}/pods?labelSelector=job-name=${name}`,
    ({ body }) => objectsAt(body, 'items').length > 0,
  );
  return (await podsOf(name))[0] ?? '';
}

async function endPod(name: string, phase: 'Succeeded' | 'Failed'): Promise<void> {
  await client.merge(`${DEFAULT}/pods/${name}/status`, { status: { phase } });
}

function conditionOf(body: JsonObject, type: string): JsonObject | undefined {
  return objectsAt(body, 'status', 'conditions').find((each) => each['type'] === type);
}

test('a Job whose pod succeeds completes', async () => {
  await client.post(JOBS, job('j'));
  await endPod(await firstPodOf('j'), 'Succeeded');
  const { body } = await client.until(`${JOBS}/j`, (answer) => conditionOf(answer.body, 'Complete') !== undefined);
  expect(body['status']).toMatchObject({ succeeded: 1, completionTime: expect.any(String) });
  expect(objectAt(body, 'status')['active']).toBeUndefined();
});

test('a Job without retries fails with its pod', async () => {
  await client.post(JOBS, job('j'));
  await endPod(await firstPodOf('j'), 'Failed');
  const { body } = await client.until(`${JOBS}/j`, (answer) => conditionOf(answer.body, 'Failed') !== undefined);
  expect(conditionOf(body, 'Failed')).toMatchObject({ reason: 'BackoffLimitExceeded' });
  expect(body['status']).toMatchObject({ failed: 1 });
});

test('when the clock passes the deadline the pods go and the Job fails', async () => {
  await client.post(JOBS, job('j', { activeDeadlineSeconds: 3600 }));
  await firstPodOf('j');
  offsetMs = 3_601_000;
  const { body } = await client.until(`${JOBS}/j`, (answer) => conditionOf(answer.body, 'Failed') !== undefined);
  expect(conditionOf(body, 'Failed')).toMatchObject({ reason: 'DeadlineExceeded' });
  expect(await podsOf('j')).toEqual([]);
});

test('an evicted pod is replaced without counting when the policy forgives disruptions', async () => {
  const rules = [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }];
  await client.post(JOBS, job('j', { podFailurePolicy: { rules } }));
  const pod = await firstPodOf('j');
  await client.post(`${DEFAULT}/pods/${pod}/eviction`, { metadata: { name: pod } });
  await client.until(`${DEFAULT}/pods?labelSelector=job-name=j`, ({ body }) =>
    objectsAt(body, 'items').some((each) => textAt(each, 'metadata', 'name') !== pod),
  );
  const { body } = await client.get(`${JOBS}/j`);
  expect(objectAt(body, 'status')['failed']).toBeUndefined();
});

test('a Job deleted in the foreground waits for its pods', async () => {
  await client.post(JOBS, job('j'));
  const pod = await firstPodOf('j');
  await client.post(`${DEFAULT}/pods/${pod}/binding`, { target: { kind: 'Node', name: 'n' } });
  await client.delete(`${JOBS}/j`, { propagationPolicy: 'Foreground' });
  await client.until(`${DEFAULT}/pods/${pod}`, ({ body }) => body.metadata.deletionTimestamp !== undefined);
  expect((await client.get(`${JOBS}/j`)).code).toBe(200);
  await client.delete(`${DEFAULT}/pods/${pod}`, { gracePeriodSeconds: 0 });
  await client.until(`${JOBS}/j`, ({ code }) => code === 404);
  expect(await podsOf('j')).toEqual([]);
});

test('a Job deleted without a policy leaves its pods', async () => {
  await client.post(JOBS, job('j'));
  const pod = await firstPodOf('j');
  await client.delete(`${JOBS}/j`);
  await client.until(`${JOBS}/j`, ({ code }) => code === 404);
  const { body } = await client.get(`${DEFAULT}/pods/${pod}`);
  expect(body.metadata.ownerReferences).toBeUndefined();
});

test('a suspended Job starts when it is resumed', async () => {
  await client.post(JOBS, job('j', { suspend: true }));
  await client.until(`${JOBS}/j`, ({ body }) => conditionOf(body, 'Suspended')?.['status'] === 'True');
  expect(await podsOf('j')).toEqual([]);
  await client.merge(`${JOBS}/j`, { spec: { suspend: false } });
  await firstPodOf('j');
});
