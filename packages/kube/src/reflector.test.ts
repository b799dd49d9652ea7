import { afterEach, beforeEach, expect, test } from 'vitest';
import { startApiServer } from '../../../test/cluster/embedded/server.ts';
import { KubeError } from './kube-error.ts';
import type { Kube } from './kube.ts';
import { manualClock } from './manual-clock.ts';
import { memoryKube } from './memory-kube.ts';
import type { Secret } from './objects.ts';
import { reflect, type ReflectOptions, type Reflector } from './reflector.ts';
import { resources } from './resources.ts';
import { Connection } from './rest/connection.ts';
import { RestKube } from './rest/rest-kube.ts';
import { aList, aSecret, refuses, scriptedServer, sends, streams, type Scene } from './rest/scripted-server.ts';
import { silentLog } from './silent-log.ts';

const { secrets, databases } = resources;

let stop: AbortController;
let log: ReturnType<typeof silentLog>;
let told: string[];
beforeEach(() => {
  stop = new AbortController();
  log = silentLog();
  told = [];
});
afterEach(() => stop.abort());

/** Keeps one label of Secrets and notes each change as `key: before → after`. */
function reflectSecrets(kube: Kube, change: Partial<ReflectOptions<Secret, string>> = {}): Reflector<string> {
  return reflect<Secret, string>({
    kube,
    type: secrets,
    project: (secret) => secret.metadata.labels?.['v'] ?? '-',
    signal: stop.signal,
    pauseMs: 2,
    log,
    onChange: (key, current, previous) => told.push(`${key}: ${previous} → ${current}`),
    ...change,
  });
}

const labelled = (name: string, version: string, v: string) => aSecret(name, version, { labels: { v } });
const added = (name: string, version: string, v: string) => ({ type: 'ADDED', object: labelled(name, version, v) });
const expired = { type: 'ERROR', object: { kind: 'Status', code: 410 } };

test('the picture is complete when it is synced and follows every change', async () => {
  const kube = memoryKube();
  kube.put(secrets, { metadata: { namespace: 'n', name: 'a', labels: { v: '1' } } });
  const picture = reflectSecrets(kube);
  await picture.synced;
  expect([...picture.entries()]).toEqual([['n/a', '1']]);
  await kube.mergePatch(secrets, { namespace: 'n', name: 'a' }, { metadata: { labels: { v: '2' } } });
  await expect.poll(() => picture.get('n/a')).toBe('2');
  await kube.remove(secrets, { namespace: 'n', name: 'a' }, { propagation: 'Background' });
  await expect.poll(() => picture.get('n/a')).toBeUndefined();
  expect(told).toEqual(['n/a: undefined → 1', 'n/a: 1 → 2', 'n/a: 2 → undefined']);
});

test('all pages are listed before it is synced', async () => {
  const scenes = [aList('7', [aSecret('a', '1')], 'more'), aList('7', [aSecret('b', '2')]), streams([], 'silence')];
  await using server = await scriptedServer(scenes);
  const picture = reflectSecrets(server.kube);
  await picture.synced;
  expect([...picture.entries()].map(([key]) => key)).toEqual(['n/a', 'n/b']);
  await expect.poll(() => server.requests[2]).toMatch(/watch=true.*resourceVersion=7&timeoutSeconds=\d+/);
});

test('a watch that ends, breaks or is refused goes on where it was', async () => {
  const scenes = [
    aList('1', []),
    streams([added('a', '2', 'x')], 'end'),
    streams([{ type: 'BOOKMARK', object: { metadata: { resourceVersion: '5' } } }], 'break'),
    refuses(500, 'InternalError'),
    refuses(429, 'TooManyRequests'),
    refuses(401, 'Unauthorized'),
    refuses(401, 'Unauthorized'),
    streams([added('b', '6', 'y')], 'silence'),
  ];
  await using server = await scriptedServer(scenes);
  const picture = reflectSecrets(server.kube);
  await expect.poll(() => picture.get('n/b'), { timeout: 5000 }).toBe('y');
  expect(picture.get('n/a')).toBe('x');
  expect(server.requests.map(versionOf)).toEqual([undefined, '1', '2', '5', '5', '5', '5', '5']);
  expect(picture.stats).toMatchObject({ lists: 1, watchRestarts: 5, errors: 4 });
});

test.each([
  { steadyMs: 0, listed: 1, when: 'that stood for a while goes on, however often that happens' },
  { steadyMs: 60_000, listed: 2, when: 'as soon as it is open is not trusted for ever: the fifth time lists again' },
])('a watch of a quiet kind that breaks $when', async ({ steadyMs, listed }) => {
  const breaks = Array.from({ length: 5 }, () => streams([], 'break'));
  const scenes = [aList('1', []), ...breaks, streams([added('a', '2', 'x')], 'break'), streams([], 'silence')];
  if (listed === 2) scenes.splice(6, 1, aList('2', [labelled('a', '2', 'x')]));
  await using server = await scriptedServer(scenes);
  const picture = reflectSecrets(server.kube, { steadyMs });
  await expect.poll(() => picture.get('n/a'), { timeout: 5000 }).toBe('x');
  expect(picture.stats.lists).toBe(listed);
});

test('an expired watch lists again and finds what was removed meanwhile', async () => {
  const scenes = [
    aList('1', [labelled('a', '1', 'x'), labelled('b', '1', 'x')]),
    streams([expired], 'silence'),
    aList('9', [labelled('b', '1', 'x'), labelled('c', '8', 'x')]),
    streams([], 'silence'),
  ];
  await using server = await scriptedServer(scenes);
  const picture = reflectSecrets(server.kube);
  await expect.poll(() => picture.stats.lists).toBe(2);
  expect([...picture.entries()].map(([key]) => key)).toEqual(['n/b', 'n/c']);
  expect(told.slice(2)).toEqual(['n/c: undefined → x', 'n/a: x → undefined']);
});

test('a listing that fails or expires half-way removes nothing', async () => {
  const scenes = [
    aList('1', [labelled('a', '1', 'x'), labelled('b', '1', 'x')]),
    streams([expired], 'end'),
    aList('5', [labelled('b', '1', 'x')], 'more'),
    refuses(410, 'Expired'),
    sends(200, 'nonsense'),
    refuses(403, 'Forbidden'),
    aList('6', [labelled('a', '1', 'x'), labelled('b', '1', 'x')]),
    streams([], 'silence'),
  ];
  await using server = await scriptedServer(scenes);
  const picture = reflectSecrets(server.kube);
  await expect.poll(() => picture.stats.lists).toBe(2);
  expect(told).toEqual(['n/a: undefined → x', 'n/b: undefined → x']);
});

test('a watch that goes silent is given up', async () => {
  const scenes = [aList('1', []), streams([], 'silence'), streams([added('a', '2', 'x')], 'silence')];
  await using server = await scriptedServer(scenes);
  const picture = reflectSecrets(server.kube, { silenceMs: 20 });
  await expect.poll(() => picture.get('n/a')).toBe('x');
});

test('a watch that loses events silently is found out by the resync', async () => {
  const deaf: Scene = (_, response) => void response.writeHead(200).write('\n');
  const scenes = [aList('1', []), deaf, aList('4', [labelled('a', '3', 'x')]), deaf];
  await using server = await scriptedServer(scenes);
  const { clock, jump } = manualClock();
  const picture = reflectSecrets(server.kube, { clock, resyncMs: 600_000 });
  await expect.poll(() => server.requests.length).toBe(2);
  jump(700_000);
  await expect.poll(() => picture.get('n/a')).toBe('x');
});

test('a server that ends watches at once is not asked without a pause', async () => {
  await using server = await scriptedServer([aList('1', []), streams([], 'end')]);
  const picture = reflectSecrets(server.kube);
  await picture.synced;
  await expect.poll(() => picture.stats.watchRestarts, { timeout: 5000 }).toBe(2);
  expect(server.requests.length).toBeLessThanOrEqual(4);
});

test('a first listing that fails is tried until it succeeds', async () => {
  const kube = memoryKube();
  for (let i = 0; i < 3; i++) kube.failNext('listPage', new KubeError('transient', 'no answer'));
  const picture = reflectSecrets(kube);
  await picture.synced;
  expect(picture.stats.errors).toBe(3);
});

test('what callbacks throw stays with them', async () => {
  const kube = memoryKube();
  for (const name of ['a', 'b', 'c']) kube.put(secrets, { metadata: { namespace: 'n', name } });
  const project = ({ metadata: { name } }: Secret): string => {
    if (name === 'b') throw new Error('cannot read b');
    return name;
  };
  const onChange = (key: string): void => {
    if (key === 'n/a') throw new Error('cannot handle a');
  };
  const picture = reflectSecrets(kube, { project, onChange });
  await picture.synced;
  expect([...picture.values()]).toEqual(['a', 'c']);
  const errors = log.lines.filter((line) => line.level === 'error');
  expect(errors.map((line) => line.message)).toEqual(['a change handler failed', 'an object could not be projected']);
});

test('an object that was made anew under its name is told as gone, then as new', async () => {
  const scenes = [
    aList('1', [labelled('a', '1', 'x')]),
    streams([expired], 'end'),
    aList('9', [aSecret('a', '8', { uid: 'another', labels: { v: 'y' } })]),
    streams([], 'silence'),
  ];
  await using server = await scriptedServer(scenes);
  const picture = reflectSecrets(server.kube);
  await expect.poll(() => picture.get('n/a')).toBe('y');
  expect(told).toEqual(['n/a: undefined → x', 'n/a: x → undefined', 'n/a: undefined → y']);
});

test('a projection is made with the last one of the same object at hand, never with that of another', async () => {
  const scenes = [
    aList('1', [labelled('a', '1', 'x')]),
    streams([{ type: 'MODIFIED', object: labelled('a', '2', 'y') }, expired], 'end'),
    aList('9', [aSecret('a', '8', { uid: 'another', labels: { v: 'z' } })]),
    streams([], 'silence'),
  ];
  await using server = await scriptedServer(scenes);
  const project = ({ metadata }: Secret, previous = 'nothing'): string => `${metadata.labels?.['v']} after ${previous}`;
  const picture = reflectSecrets(server.kube, { project });
  await expect.poll(() => picture.get('n/a')).toBe('z after nothing');
  expect(told[1]).toBe('n/a: x after nothing → y after x after nothing');
});

test('a kind that is not served counts as empty and is found when it comes', async () => {
  await using server = await scriptedServer([
    sends(404, '404 page not found'),
    aList('1', [aSecret('a', '1')]),
    streams([], 'silence'),
  ]);
  const options = { kube: server.kube, type: databases, signal: stop.signal, log };
  const picture = reflect({ ...options, project: (target) => target.metadata.name });
  await picture.synced;
  expect(picture.stats).toMatchObject({ served: false, objects: 0 });
  await picture.relist();
  expect(picture.stats).toMatchObject({ served: true, objects: 1 });
});

test('a picture that is stopped before it is synced says so', async () => {
  await using server = await scriptedServer([refuses(403, 'Forbidden')]);
  const picture = reflectSecrets(server.kube);
  const asked = picture.relist();
  stop.abort(new Error('stopping'));
  await expect(picture.synced).rejects.toThrow('stopping');
  await expect(asked).rejects.toThrow('stopping');
});

test('hundreds of changes through the embedded server, with dropped watches and forgotten history', async () => {
  const server = await startApiServer({ historyLength: 50 });
  const connection = (): Connection =>
    new Connection({ cluster: { name: 'c', server: server.url, skipTLSVerify: false } });
  const writer = new RestKube(connection(), { timeoutMs: 5000 });
  const reader = new RestKube(connection(), { timeoutMs: 5000, pauseMs: 5 });
  const picture = reflectSecrets(reader, { namespace: 'default' });
  await picture.synced;
  for (let i = 0; i < 400; i++) {
    const key = { namespace: 'default', name: `s${i % 40}` };
    const { created } = await writer.create(secrets, { metadata: { ...key, labels: { v: String(i) } } });
    if (!created && i % 3 === 0) await writer.remove(secrets, key, { propagation: 'Background' });
    else if (!created) await writer.mergePatch(secrets, key, { metadata: { labels: { v: String(i) } } });
    if (i % 100 === 50) reader.close();
  }
  const truth: [string, string][] = [];
  for await (const { metadata } of writer.list(secrets, { namespace: 'default' })) {
    truth.push([`default/${metadata.name}`, metadata.labels?.['v'] ?? '-']);
  }
  await expect.poll(() => [...picture.entries()].toSorted(), { timeout: 10_000 }).toEqual(truth.toSorted());
  expect(picture.stats.watchRestarts).toBeGreaterThan(0);
  stop.abort();
  writer.close();
  await server.close();
}, 30_000);

function versionOf(request: string): string | undefined {
  return new URL(request.split(' ')[1] ?? '', 'http://x').searchParams.get('resourceVersion') ?? undefined;
}
