import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { failureOf } from '../a-troubled-store.ts';
import { collect } from '../bytes.ts';
import type { ObjectStore } from '../object-store.ts';
import { openS3 } from './open-s3.ts';
import { crc32Of } from './s3-short-way.ts';

let server: Server;
afterEach(() => new Promise((resolve) => server.close(resolve)));

interface Seen {
  readonly request: IncomingMessage;
  readonly url: URL;
  /** The SDK numbers its requests; the short way does not. */
  readonly short: boolean;
}

interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly xml: string;
}

async function bucketThat(answer: (seen: Seen) => Answer): Promise<{ store: ObjectStore; seen: Seen[] }> {
  const seen: Seen[] = [];
  server = createServer((request, response) => {
    void text(request).then(() => {
      const url = new URL(request.url ?? '', 'http://bucket');
      const one = { request, url, short: request.headers['amz-sdk-invocation-id'] === undefined };
      const versioning = url.searchParams.has('versioning');
      if (!versioning) seen.push(one);
      const { status = 200, headers = {}, xml } = versioning ? { xml: '<VersioningConfiguration/>' } : answer(one);
      response.writeHead(status, { 'content-type': 'application/xml', ...headers }).end(xml);
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const place = { bucket: 'orders', endpointUrl: `http://127.0.0.1:${port}`, forcePathStyle: true };
  const store = await openS3({ ...place, requestAttempts: 1, identity: { accessKeyId: 'a', secretAccessKey: 'hush' } });
  return { store, seen };
}

/** Three pages of an object each. */
function page({ url }: Seen): Answer {
  const number = Number(url.searchParams.get('continuation-token') ?? 1);
  const object = `<Contents><Key>team/${number}</Key><LastModified>2026-03-01T02:00:00.000Z</LastModified><Size>1</Size></Contents>`;
  const next = number < 3 ? `<NextContinuationToken>${number + 1}</NextContinuationToken>` : '';
  return { xml: `<ListBucketResult><IsTruncated>${number < 3}</IsTruncated>${object}${next}</ListBucketResult>` };
}

const keysOf = (store: ObjectStore, signal?: AbortSignal) =>
  Array.fromAsync(store.list('team/', signal), ({ key }) => key);
const all = ['team/1', 'team/2', 'team/3'];

test('the SDK makes the first request, and those after it are made in its way without it', async () => {
  const { store, seen } = await bucketThat(page);
  expect(await keysOf(store)).toEqual(all);
  expect(await keysOf(store)).toEqual(all);
  expect(seen.map(({ short }) => short)).toEqual([false, true, true, true, true, true]);
  const [first, second] = seen.map(({ url, request }) => ({ url, headers: request.headers }));
  expect(second?.headers['user-agent']).toBe(first?.headers['user-agent']);
  expect(second?.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=a\/\d{8}\/us-east-1\/s3\/aws4_request, /);
  expect(second?.headers.authorization).not.toBe(first?.headers.authorization);
  const { 'continuation-token': token, ...query } = Object.fromEntries(second?.url.searchParams ?? []);
  expect([token, query]).toEqual(['2', Object.fromEntries(first?.url.searchParams ?? [])]);
});

test('trouble on the short way is met by the SDK, which may get through', async () => {
  let troubles = 0;
  const { store, seen } = await bucketThat((one) =>
    one.short && (troubles += 1) === 1 ? { status: 503, xml: '<Error><Code>SlowDown</Code></Error>' } : page(one),
  );
  expect(await keysOf(store)).toEqual(all);
  expect(seen.map(({ short }) => short)).toEqual([false, true, false, true]);
});

test('what the SDK meets as well has the name that it always had', async () => {
  const { store } = await bucketThat((one) =>
    one.url.searchParams.has('continuation-token')
      ? { status: 403, xml: '<Error><Code>AccessDenied</Code><Message>hush</Message></Error>' }
      : page(one),
  );
  const failure = await failureOf(() => keysOf(store));
  expect(failure).toMatchObject({ reason: 'StorageDenied', fate: 'terminal' });
  expect(String(failure)).not.toContain('hush');
});

test('nobody is sent elsewhere on the short way', async () => {
  const elsewhere: string[] = [];
  const other = createServer((request, response) => {
    elsewhere.push(request.url ?? '');
    response.end();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`;
  const { store } = await bucketThat((one) =>
    one.url.searchParams.has('continuation-token') ? { status: 307, headers: { location }, xml: '' } : page(one),
  );
  await failureOf(() => keysOf(store));
  expect(elsewhere).toEqual([]);
  await new Promise((resolve) => other.close(resolve));
});

test('a server that writes in its own way is read by the SDK, and asked twice only once', async () => {
  const { store, seen } = await bucketThat((one) => ({
    xml: page(one).xml.replace(/<Key>(.*)<\/Key>/, '<Key><![CDATA[$1]]></Key>'),
  }));
  expect(await keysOf(store)).toEqual(all);
  expect(seen.map(({ short }) => short)).toEqual([false, true, false, false]);
});

test('a page that was cut off is asked for again', async () => {
  let cuts = 0;
  const { store } = await bucketThat((one) => {
    const { xml } = page(one);
    return one.short && (cuts += 1) === 1 ? { xml: xml.slice(0, xml.length / 2) } : { xml };
  });
  expect(await keysOf(store)).toEqual(all);
});

test('whoever calls a listing off is told so', async () => {
  const stop = new AbortController();
  const { store } = await bucketThat((one) => {
    if (one.short) stop.abort(new Error('called off'));
    return page(one);
  });
  await expect(keysOf(store, stop.signal)).rejects.toThrow('called off');
});

test('batches after the first go the short way, signed and with a checksum of their own', async () => {
  const { store, seen } = await bucketThat(({ short }) => ({
    xml: short
      ? '<DeleteResult><Error><Key>c</Key><Code>SlowDown</Code></Error><Error><Key>d</Key><Code>NoSuchKey</Code></Error></DeleteResult>'
      : '<DeleteResult/>',
  }));
  expect(await store.removeMany(['a', 'b'])).toEqual([{ key: 'a' }, { key: 'b' }]);
  const removals = await store.removeMany(['c', 'd']);
  expect(removals).toMatchObject([{ key: 'c', error: { reason: 'StorageUnreachable' } }, { key: 'd' }]);
  expect(removals[1]).toEqual({ key: 'd' });
  expect(seen.map(({ short }) => short)).toEqual([false, true]);
  const sums = seen.map(({ request }) => request.headers['x-amz-checksum-crc32'] ?? request.headers['content-md5']);
  expect(sums[0]).toMatch(/^[\w+/]+=*$/);
  expect(sums[1]).not.toBe(sums[0]);
});

/** Documents that say under which key they were asked for. */
function document({ url, short }: Seen, told: { sum?: (body: string) => string; bytes?: number } = {}): Answer {
  const xml = JSON.stringify({ path: url.pathname }).padEnd(told.bytes ?? 0);
  const sum = short ? told.sum?.(xml) : undefined;
  const headers = { 'content-length': String(xml.length), ...(sum !== undefined && { 'x-amz-checksum-crc32': sum }) };
  return { xml, headers };
}

async function pathIn(store: ObjectStore, key: string): Promise<unknown> {
  const body = await store.read(key, { small: true });
  const bytes = body && (await collect(body));
  return (JSON.parse(Buffer.from(bytes ?? []).toString()) as { path: unknown }).path;
}

const keys = ["team/o'clock (1)!.json", 'team/ü and *.json', 'team/a+b&c=d?.json'];

test('documents after the first are read without the SDK, whatever their keys are made of', async () => {
  const { store, seen } = await bucketThat((one) => document(one, { sum: crc32Of }));
  for (const key of [...keys, ...keys])
    expect(decodeURIComponent(String(await pathIn(store, key)))).toBe(`/orders/${key}`);
  expect(seen.map(({ short }) => short)).toEqual([false, true, true, true, true, true]);
  const [long, , , short] = seen;
  expect(short?.url.pathname).toBe(long?.url.pathname);
});

test('a document that is not what its store says it is comes from the SDK, which checks as well', async () => {
  const { store, seen } = await bucketThat((one) => document(one, { sum: () => 'AAAAAA==' }));
  for (const key of keys) await pathIn(store, key);
  expect(seen.map(({ short }) => short)).toEqual([false, true, false, false]);
});

test.each([
  [{ by: 'a legal hold' }, { 'x-amz-object-lock-legal-hold': 'ON' }],
  [
    { by: 'Object Lock', until: new Date('2027-03-01T02:00:00Z') },
    { 'x-amz-object-lock-mode': 'COMPLIANCE', 'x-amz-object-lock-retain-until-date': '2027-03-01T02:00:00Z' },
  ],
])('objects after the first are looked at without the SDK, and told as it would tell them: %j', async (lock, own) => {
  const usual = {
    'content-length': '17',
    'last-modified': 'Sun, 01 Mar 2026 02:00:00 GMT',
    etag: '"abc"',
    'x-amz-version-id': 'v1',
    'x-amz-checksum-crc32': 'AAAAAA==',
    'x-amz-storage-class': 'GLACIER_IR',
  };
  const { store, seen } = await bucketThat(() => ({
    headers: { ...usual, ...own },
    xml: '',
  }));
  const [first, second] = [await store.head('team/full'), await store.head('team/full')];
  expect(first?.lock).toEqual(lock);
  expect(second).toEqual(first);
  expect(seen.map(({ short }) => short)).toEqual([false, true]);
});

test('an object that is not there, or of which a look says nothing, is left to the SDK', async () => {
  const { store, seen } = await bucketThat(({ url, short }) =>
    url.pathname.endsWith('gone')
      ? { status: 404, xml: '' }
      : { headers: { 'content-length': '1', ...(!short && { 'last-modified': new Date(0).toUTCString() }) }, xml: '' },
  );
  const looks = async (keys: readonly string[]) => {
    for (const key of keys) await store.head(key);
  };
  await looks(['a', 'gone', 'b', 'c']);
  const asked = seen.map(toldOf).filter((told) => told !== ' long'); // whether the bucket is there
  expect(asked).toEqual(['a long', 'gone short', 'gone long', 'b short', 'b long', 'c long']);
});

const toldOf = ({ url, short }: Seen): string => `${url.pathname.slice(8)} ${short ? 'short' : 'long'}`;

test('what is too large for a document, or not there, is left to the SDK', async () => {
  const { store, seen } = await bucketThat((one) =>
    one.url.pathname.endsWith('gone')
      ? { status: 404, xml: '<Error><Code>NoSuchKey</Code></Error>' }
      : document(one, { bytes: one.url.pathname.endsWith('large') ? 1024 * 1024 + 1 : 0 }),
  );
  expect(await pathIn(store, 'small')).toBe('/orders/small');
  expect(await pathIn(store, 'large')).toBe('/orders/large');
  expect(await store.read('gone', { small: true })).toBeUndefined();
  expect(seen.map(toldOf)).toEqual(['small long', 'large short', 'large long', 'gone short', 'gone long']);
});
