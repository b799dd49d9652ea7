import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { objectAt, objectsAt, textAt } from './json.ts';
import type { JsonObject } from './json.ts';
import { startApiServer } from './server.ts';
import type { EmbeddedApiServer } from './server.ts';
import { testClient } from './test-client.ts';
import type { TestClient } from './test-client.ts';

const DEFAULT = '/api/v1/namespaces/default';
const JOBS = '/apis/batch/v1/namespaces/default/jobs';

let server: EmbeddedApiServer;
let client: TestClient;

beforeEach(async () => {
  server = await startApiServer({ historyLength: 50 });
  client = testClient(server.url);
  await client.until(`${DEFAULT}/serviceaccounts/default`, ({ code }) => code === 200);
});

afterEach(async () => {
  await server.close();
});

function configMap(name: string, more: JsonObject = {}): JsonObject {
  return { metadata: { name, ...more }, data: { a: '1' } };
}

describe('objects', () => {
  test('a stale resourceVersion is a conflict, the fresh one is not', async () => {
    const { body: created } = await client.post(`${DEFAULT}/configmaps`, configMap('a'));
    const changed = { ...created, data: { a: '2' } };
    expect((await client.put(`${DEFAULT}/configmaps/a`, changed)).code).toBe(200);
    const again = await client.put(`${DEFAULT}/configmaps/a`, { ...created, data: { a: '3' } });
    expect(again.code).toBe(409);
    expect(again.body).toMatchObject({
      reason: 'Conflict',
      message: expect.stringContaining('the object has been modified'),
    });
  });

  test('a taken name, a missing object and a missing namespace have their own answers', async () => {
    await client.post(`${DEFAULT}/configmaps`, configMap('a'));
    expect(await client.post(`${DEFAULT}/configmaps`, configMap('a'))).toMatchObject({
      code: 409,
      body: { reason: 'AlreadyExists' },
    });
    expect(await client.get(`${DEFAULT}/configmaps/b`)).toMatchObject({
      code: 404,
      body: { message: 'configmaps "b" not found' },
    });
    const nowhere = await client.post('/api/v1/namespaces/nowhere/configmaps', configMap('a'));
    expect(nowhere).toMatchObject({ code: 404, body: { message: 'namespaces "nowhere" not found' } });
  });

  test('server-side apply and unknown paths are refused', async () => {
    const response = await fetch(`${server.url}${DEFAULT}/configmaps/a?fieldManager=x`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: '{}',
    });
    expect([404, 415]).toContain(response.status);
    await client.post(`${DEFAULT}/configmaps`, configMap('a'));
    const existing = await fetch(response.url, {
      method: 'PATCH',
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: '{}',
    });
    expect(existing.status).toBe(415);
    expect((await client.get('/apis/policy/v1/poddisruptionbudgets')).code).toBe(404);
  });

  test('a dry run answers like a real one and stores nothing', async () => {
    expect((await client.post(`${DEFAULT}/configmaps?dryRun=All`, configMap('a'))).code).toBe(201);
    expect((await client.get(`${DEFAULT}/configmaps/a`)).code).toBe(404);
  });

  test('unknown fields of built-in kinds are refused when validation is strict, and dropped otherwise', async () => {
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'i:1' }] } };
    const odd = { metadata: { name: 'odd' }, spec: { odd: 1, template } };
    const strict = await client.post(`${JOBS}?fieldValidation=Strict`, odd);
    expect(strict).toMatchObject({ code: 400, body: { message: expect.stringContaining('unknown field "spec.odd"') } });
    const { body } = await client.post(`${JOBS}?fieldValidation=Ignore`, odd);
    expect(objectAt(body, 'spec')['odd']).toBeUndefined();
  });

  test('text of a Secret is kept as base64', async () => {
    const { body } = await client.post(`${DEFAULT}/secrets`, {
      metadata: { generateName: 's-' },
      stringData: { key: 'geheim' },
    });
    expect(body).toMatchObject({ type: 'Opaque', data: { key: 'Z2VoZWlt' } });
    expect(body.metadata.name).toMatch(/^s-[a-z0-9]{5}$/);
  });

  test('a token is asked for when there is one', async () => {
    const guarded = await startApiServer({ token: 'secret' });
    expect((await fetch(`${guarded.url}/api/v1/nodes`)).status).toBe(401);
    expect((await fetch(`${guarded.url}/api/v1/nodes`, { headers: { authorization: 'Bearer secret' } })).status).toBe(
      200,
    );
    await guarded.close();
  });
});

describe('lists and watches', () => {
  test('pages follow each other and keep the first resourceVersion', async () => {
    for (const name of ['a', 'b', 'c']) await client.post(`${DEFAULT}/secrets`, { metadata: { name } });
    const first = await client.get(`${DEFAULT}/secrets?limit=2`);
    expect(objectsAt(first.body, 'items')).toHaveLength(2);
    expect(objectAt(first.body, 'metadata')['remainingItemCount']).toBe(1);
    const token = textAt(first.body, 'metadata', 'continue');
    const second = await client.get(`${DEFAULT}/secrets?limit=2&continue=${token}`);
    expect(objectsAt(second.body, 'items').map((item) => textAt(item, 'metadata', 'name'))).toEqual(['c']);
    expect(textAt(second.body, 'metadata', 'resourceVersion')).toBe(textAt(first.body, 'metadata', 'resourceVersion'));
  });

  test('a watch starts where the list ended and sees selections entered and left', async () => {
    const { body } = await client.get(`${DEFAULT}/configmaps`);
    const version = textAt(body, 'metadata', 'resourceVersion');
    await client.post(`${DEFAULT}/configmaps`, configMap('a', { labels: { on: 'yes' } }));
    await client.merge(`${DEFAULT}/configmaps/a`, { metadata: { labels: { on: 'no' } } });
    const path = `${DEFAULT}/configmaps?watch=1&resourceVersion=${version}&labelSelector=on=yes`;
    const events = await client.watch(path, (seen) => seen.length === 2);
    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'DELETED']);
  });

  test('a version that is too old is an ERROR event with 410, and an old page token is 410', async () => {
    const { body } = await client.get(`${DEFAULT}/configmaps`);
    await client.post(`${DEFAULT}/configmaps`, configMap('a'));
    await client.post(`${DEFAULT}/configmaps`, configMap('b'));
    const page = await client.get(`${DEFAULT}/configmaps?limit=1`);
    for (let count = 0; count < 120; count += 1)
      await client.merge(`${DEFAULT}/configmaps/a`, { data: { a: String(count) } });
    const version = textAt(body, 'metadata', 'resourceVersion');
    const [event] = await client.watch(
      `${DEFAULT}/configmaps?watch=1&resourceVersion=${version}`,
      (seen) => seen.length > 0,
    );
    expect(event).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
    const late = await client.get(
      `${DEFAULT}/configmaps?limit=1&continue=${textAt(page.body, 'metadata', 'continue')}`,
    );
    expect(late.code).toBe(410);
  });

  test('a watch ends after its time, with a last bookmark', async () => {
    const path = `${DEFAULT}/configmaps?watch=1&resourceVersion=0&allowWatchBookmarks=true&timeoutSeconds=0`;
    const events = await client.watch(path, () => false);
    expect(events.at(-1)?.type).toBe('BOOKMARK');
  });
});

describe('deletion', () => {
  test('a finalizer holds an object until it is removed', async () => {
    await client.post(`${DEFAULT}/configmaps`, configMap('a', { finalizers: ['x.io/y'] }));
    const { body } = await client.delete(`${DEFAULT}/configmaps/a`);
    expect(body.metadata.deletionTimestamp).toBeDefined();
    const added = await client.merge(`${DEFAULT}/configmaps/a`, { metadata: { finalizers: ['x.io/y', 'x.io/z'] } });
    expect(added.code).toBe(422);
    await client.merge(`${DEFAULT}/configmaps/a`, { metadata: { finalizers: null } });
    expect((await client.get(`${DEFAULT}/configmaps/a`)).code).toBe(404);
  });

  test('a precondition with another uid deletes nothing', async () => {
    await client.post(`${DEFAULT}/configmaps`, configMap('a'));
    expect((await client.delete(`${DEFAULT}/configmaps/a`, { preconditions: { uid: 'other' } })).code).toBe(409);
    expect((await client.get(`${DEFAULT}/configmaps/a`)).code).toBe(200);
  });

  test('dependents follow their owner, except those it released', async () => {
    const { body: owner } = await client.post(`${DEFAULT}/configmaps`, configMap('owner'));
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid ?? '' };
    await client.post(`${DEFAULT}/configmaps`, configMap('child', { ownerReferences: [reference] }));
    await client.delete(`${DEFAULT}/configmaps/owner`, { propagationPolicy: 'Orphan' });
    const child = await client.until(
      `${DEFAULT}/configmaps/child`,
      ({ body }) => body.metadata.ownerReferences === undefined,
    );
    expect(child.code).toBe(200);
    const { body: second } = await client.post(`${DEFAULT}/configmaps`, configMap('owner'));
    const next = { ...reference, uid: second.metadata.uid ?? '' };
    await client.post(`${DEFAULT}/configmaps`, configMap('other', { ownerReferences: [next] }));
    await client.delete(`${DEFAULT}/configmaps/owner`);
    await client.until(`${DEFAULT}/configmaps/other`, ({ code }) => code === 404);
  });

  test('a dependent of an owner in another namespace is collected at once', async () => {
    const { body: owner } = await client.post(`${DEFAULT}/configmaps`, configMap('owner'));
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid ?? '' };
    await client.post('/api/v1/namespaces/kube-system/configmaps', configMap('far', { ownerReferences: [reference] }));
    const gone = await client.until('/api/v1/namespaces/kube-system/configmaps/far', ({ code }) => code === 404);
    expect(gone.code).toBe(404);
  });

  test('a namespace goes with everything in it, and takes nothing new meanwhile', async () => {
    await client.post('/api/v1/namespaces', { metadata: { name: 'team' } });
    await client.post('/api/v1/namespaces/team/configmaps', configMap('a', { finalizers: ['x.io/y'] }));
    await client.delete('/api/v1/namespaces/team');
    const refused = await client.post('/api/v1/namespaces/team/configmaps', configMap('b'));
    expect(refused).toMatchObject({ code: 403, body: { message: expect.stringContaining('being terminated') } });
    await client.merge('/api/v1/namespaces/team/configmaps/a', { metadata: { finalizers: null } });
    await client.until('/api/v1/namespaces/team', ({ code }) => code === 404);
  });

  test('a pod with a node is marked and goes when its kubelet says so', async () => {
    await client.post(`${DEFAULT}/pods`, {
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    });
    await client.post(`${DEFAULT}/pods/p/binding`, { target: { kind: 'Node', name: 'n' } });
    const { body } = await client.delete(`${DEFAULT}/pods/p`);
    expect(body.metadata.deletionGracePeriodSeconds).toBe(30);
    await client.delete(`${DEFAULT}/pods/p`, { gracePeriodSeconds: 0 });
    expect((await client.get(`${DEFAULT}/pods/p`)).code).toBe(404);
  });
});
