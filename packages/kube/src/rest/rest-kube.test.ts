import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { KubeError } from '../kube-error.ts';
import type { Secret } from '../objects.ts';
import { resources } from '../resources.ts';
import { aSecret, refuses, scriptedServer, sends, streams, type Scene } from './scripted-server.ts';

const { secrets, jobs, backups } = resources;
const key = { namespace: 'n', name: 'a' };
const found = sends(200, aSecret('a', '1'));
const silence: Scene = () => {};

async function errorOf(call: Promise<unknown>): Promise<KubeError> {
  const error = await call.then(
    (value) => new Error(`no error but ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(KubeError);
  return error as KubeError;
}

test.each([500, 502, 503, 504, 429, 408])('a server that answers %i once is asked again', async (code) => {
  await using server = await scriptedServer([refuses(code, 'Trouble'), found]);
  expect(await server.kube.get(secrets, key)).toMatchObject({ metadata: { name: 'a' } });
  expect(server.codes).toEqual([String(code), '200']);
});

test('who calls is named to the server, in the letters that a header can hold', async () => {
  const named = async (userAgent?: string) => {
    let said: string | undefined;
    const listens: Scene = (request, response) => {
      said = request.headers['user-agent'];
      found(request, response);
    };
    await using server = await scriptedServer([listens], { userAgent });
    await server.kube.get(secrets, key);
    return said;
  };
  expect(await named()).toBe('holdfast');
  expect(await named('holdfast-watcher (pod-\u00e9\r\nx)')).toBe('holdfast-watcher (pod-???x)');
});

test('a connection that breaks is tried again', async () => {
  await using server = await scriptedServer([(request) => request.destroy(), found]);
  expect(await server.kube.get(secrets, key)).toBeDefined();
  expect(server.codes).toEqual(['error', '200']);
});

test('an answer that breaks off is tried again', async () => {
  const half: Scene = (_, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{"metadata":', () => response.destroy());
  };
  await using server = await scriptedServer([half, found]);
  expect(await server.kube.get(secrets, key)).toBeDefined();
});

test('a server is not asked again sooner than it wants', async () => {
  const scene = refuses(429, 'TooManyRequests', 'slow down', { 'retry-after': '1' });
  await using server = await scriptedServer([scene, found]);
  const beganMs = performance.now();
  await server.kube.get(secrets, key);
  expect(performance.now() - beganMs).toBeGreaterThanOrEqual(990);
});

test('a wait beyond our patience is handed to the caller', async () => {
  await using server = await scriptedServer([refuses(429, 'TooManyRequests', 'later', { 'retry-after': '600' })]);
  const error = await errorOf(server.kube.get(secrets, key));
  expect(error).toMatchObject({ fate: 'transient', status: 429, retryAfterMs: 600_000 });
  expect(server.requests).toHaveLength(1);
});

test('trouble that stays is transient after a few tries', async () => {
  await using server = await scriptedServer([refuses(503, 'ServiceUnavailable', 'etcd is away')]);
  const error = await errorOf(server.kube.get(secrets, key));
  expect(error).toMatchObject({ fate: 'transient', status: 503, message: expect.stringContaining('etcd is away') });
  expect(server.requests).toHaveLength(4);
});

test('a server that does not answer costs no more than the time limit', async () => {
  await using server = await scriptedServer([silence], { timeoutMs: 20 });
  const error = await errorOf(server.kube.get(secrets, key));
  expect(error).toMatchObject({ fate: 'transient', message: expect.stringContaining('did not answer within 20 ms') });
});

test('a body that stops coming costs no more than the time limit', async () => {
  const stalls: Scene = (_, response) => void response.writeHead(200).write('{');
  await using server = await scriptedServer([stalls], { timeoutMs: 20 });
  expect(await errorOf(server.kube.get(secrets, key))).toMatchObject({ fate: 'transient' });
});

test('a call under way ends with its signal', async () => {
  const stop = new AbortController();
  await using server = await scriptedServer([() => stop.abort()]);
  await expect(server.kube.get(secrets, key, stop.signal)).rejects.toHaveProperty('name', 'AbortError');
  expect(server.requests).toHaveLength(1);
});

test('a call that is aborted before it is on its way never goes there', async () => {
  await using server = await scriptedServer([silence]);
  const stop = new AbortController();
  const call = server.kube.get(secrets, key, stop.signal);
  stop.abort(new Error('stopping')); // while the credentials are still read
  await expect(call).rejects.toThrow('stopping');
  expect(server.requests).toEqual([]);
});

test('a pause between two tries ends with the signal', async () => {
  const stop = new AbortController();
  const throttled = refuses(429, 'TooManyRequests', 'later', { 'retry-after': '20' });
  await using server = await scriptedServer([throttled]);
  const call = server.kube.get(secrets, key, stop.signal);
  await expect.poll(() => server.codes).toEqual(['429']);
  stop.abort();
  await expect(call).rejects.toHaveProperty('name', 'AbortError');
});

test('nobody listening is transient and names the server', async () => {
  const server = await scriptedServer([found]);
  await server[Symbol.asyncDispose]();
  const error = await errorOf(server.kube.get(secrets, key));
  expect(error).toMatchObject({ fate: 'transient', message: expect.stringMatching(/127\.0\.0\.1.*ECONNREFUSED/) });
  expect(new Set(server.codes)).toEqual(new Set(['error']));
});

test('a denial is terminal and names verb, resource and place', async () => {
  await using server = await scriptedServer([refuses(403, 'Forbidden', 'User "x" cannot create')]);
  const error = await errorOf(server.kube.create(jobs, { metadata: key }));
  expect(error).toMatchObject({ fate: 'terminal', status: 403 });
  expect(error.message).toContain('denies "create jobs.batch" "a" in namespace "n"');
  expect(server.requests).toHaveLength(1);
});

test('an invalid object is terminal with the words of the server', async () => {
  await using server = await scriptedServer([refuses(422, 'Invalid', 'spec.template: Required value')]);
  const error = await errorOf(server.kube.create(jobs, { metadata: key }));
  expect(error).toMatchObject({ fate: 'terminal', message: expect.stringContaining('spec.template: Required value') });
});

test.each([
  ['an object that is not there', refuses(404, 'NotFound', 'secrets "a" not found')],
  ['a kind that is not served', sends(404, '404 page not found\n')],
])('%s is undefined', async (_, scene) => {
  await using server = await scriptedServer([scene]);
  expect(await server.kube.get(secrets, key)).toBeUndefined();
});

test('a 404 of something that is no API server is not taken for missing', async () => {
  await using server = await scriptedServer([sends(404, '<html>nothing here</html>')]);
  expect(await errorOf(server.kube.get(secrets, key))).toMatchObject({ fate: 'transient', status: 404 });
  expect(await errorOf(server.kube.listPage(secrets))).toMatchObject({ fate: 'transient' });
  expect(await errorOf(server.kube.remove(secrets, key, { propagation: 'Background' }))).toMatchObject({ status: 404 });
  expect(await errorOf(server.kube.podLog(key, { container: 'c' }))).toMatchObject({ status: 404 });
});

test('an answer that is not JSON is not taken for anything', async () => {
  await using server = await scriptedServer([sends(200, 'welcome to the login page')]);
  expect(await errorOf(server.kube.get(secrets, key))).toMatchObject({ fate: 'transient' });
});

test('a listing without a version is not taken for an empty one', async () => {
  await using server = await scriptedServer([sends(200, {})]);
  expect(await errorOf(server.kube.listPage(secrets))).toMatchObject({ fate: 'transient' });
});

test('a token that was renewed in its file is read again after a 401, once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-token-'));
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, 'old\n');
  const seen: (string | undefined)[] = [];
  const gate: Scene = (request, response) => {
    seen.push(request.headers.authorization);
    if (request.headers.authorization === 'Bearer new') found(request, response);
    else refuses(401, 'Unauthorized')(request, response);
  };
  const user = { authProvider: { name: 'tokenFile', config: { tokenFile } } };
  await using server = await scriptedServer([gate], { user });
  expect(await errorOf(server.kube.get(secrets, key))).toMatchObject({ status: 401, fate: 'transient' });
  await writeFile(tokenFile, 'new\n');
  seen.length = 0;
  expect(await server.kube.get(secrets, key)).toBeDefined();
  expect(seen).toEqual(['Bearer old', 'Bearer new']);
  await rm(folder, { recursive: true });
});

test('no error shows the token', async () => {
  const scenes = [refuses(403, 'Forbidden'), refuses(401, 'Unauthorized')];
  await using server = await scriptedServer(scenes, { user: { token: 'very-secret' } });
  for (const call of [server.kube.get(secrets, key), server.kube.get(jobs, key)]) {
    const error = await errorOf(call);
    expect(inspect(error, { depth: 10 })).not.toContain('very-secret');
  }
});

test('fields that nobody here knows survive a replacement', async () => {
  const bodies: unknown[] = [];
  const keeps: Scene = (request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      bodies.push(JSON.parse(text));
      response.writeHead(200).end(text);
    });
  };
  const strange = { ...aSecret('a', '1'), futureField: { enum: [1], default: null } };
  await using server = await scriptedServer([sends(200, strange), keeps]);
  const read = (await server.kube.get(secrets, key)) as Secret;
  await server.kube.replace(secrets, { ...read, data: { k: 'dg==' } });
  expect(bodies).toEqual([{ ...strange, data: { k: 'dg==' }, apiVersion: 'v1', kind: 'Secret' }]);
});

test('a creation whose answer was lost finds its own object', async () => {
  const scenes: Scene[] = [(request) => request.destroy(), refuses(409, 'AlreadyExists'), found];
  await using server = await scriptedServer(scenes);
  expect(await server.kube.create(secrets, { metadata: key })).toMatchObject({
    created: false,
    object: { metadata: key },
  });
});

test('a creation goes on when the object in its way has gone', async () => {
  const scenes = [refuses(409, 'AlreadyExists'), refuses(404, 'NotFound'), sends(201, aSecret('a', '2'))];
  await using server = await scriptedServer(scenes);
  expect(await server.kube.create(secrets, { metadata: key })).toMatchObject({ created: true });
});

test('a removal asks for its propagation and its UID', async () => {
  let body = '';
  const scene: Scene = (request, response) => {
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => response.writeHead(200).end('{}'));
  };
  await using server = await scriptedServer([scene]);
  await server.kube.remove(jobs, key, { uid: 'u', propagation: 'Foreground' });
  expect(server.requests).toEqual(['DELETE /apis/batch/v1/namespaces/n/jobs/a']);
  expect(JSON.parse(body)).toMatchObject({ propagationPolicy: 'Foreground', preconditions: { uid: 'u' } });
});

test('a name never becomes another path', async () => {
  await using server = await scriptedServer([found]);
  await server.kube.get(backups, { namespace: 'n', name: '../secrets/a?x=1' });
  expect(server.requests).toEqual([
    'GET /apis/neo4j.neo4j.com/v1alpha1/namespaces/n/neo4jbackups/..%2Fsecrets%2Fa%3Fx%3D1',
  ]);
  await expect(server.kube.get(backups, { namespace: '..', name: 'a' })).rejects.toThrow('no name');
  await expect(server.kube.get(backups, { name: 'a' })).rejects.toThrow('needs a namespace');
});

test('a watch speaks of its events, bookmarks and its expiry', async () => {
  const events = [
    { type: 'ADDED', object: aSecret('ä', '2') },
    { type: 'BOOKMARK', object: { metadata: { resourceVersion: '5' } } },
    { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } },
  ];
  await using server = await scriptedServer([streams(events, 'silence')]);
  const seen = await Array.fromAsync(server.kube.watch(secrets, { resourceVersion: '1' }));
  expect(seen).toMatchObject([
    { kind: 'added', object: { metadata: { name: 'ä' } } },
    { kind: 'bookmark' },
    { kind: 'expired' },
  ]);
  expect(server.requests[0]).toContain('allowWatchBookmarks=true&resourceVersion=1');
});

test('a watch that is refused with 410 has expired', async () => {
  await using server = await scriptedServer([refuses(410, 'Expired')]);
  const events = server.kube.watch(secrets, { resourceVersion: '1' });
  expect(await Array.fromAsync(events)).toEqual([{ kind: 'expired' }]);
});

test.each([
  ['breaks off', streams([], 'break'), 'broke off'],
  ['says nothing', streams([], 'silence'), 'said nothing for 30 ms'],
  ['babbles', sends(200, 'not json\n'), 'not JSON'],
  ['fails', streams([{ type: 'ERROR', object: { code: 500, message: 'etcd' } }], 'end'), 'ended with 500'],
])('a watch that %s is a transient error', async (_, scene, words) => {
  await using server = await scriptedServer([scene]);
  const events = server.kube.watch(secrets, { resourceVersion: '1', silenceMs: 30 });
  expect(await errorOf(Array.fromAsync(events))).toMatchObject({
    fate: 'transient',
    message: expect.stringContaining(words),
  });
});

test('the log of a container that has not started is undefined', async () => {
  const waiting = 'container "c" in pod "a" is waiting to start: ContainerCreating';
  await using server = await scriptedServer([refuses(400, 'BadRequest', waiting), sends(200, 'one\n')]);
  expect(await server.kube.podLog(key, { container: 'c', tailLines: 3 })).toBeUndefined();
  const log = await server.kube.podLog(key, { container: 'c', tailLines: 3 });
  expect(Buffer.concat(await Array.fromAsync(log ?? [])).toString()).toBe('one\n');
  expect(server.requests[1]).toBe('GET /api/v1/namespaces/n/pods/a/log?container=c&tailLines=3');
});
