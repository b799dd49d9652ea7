import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import type { ObjectStore } from '../object-store.ts';
import { openS3 } from './open-s3.ts';

let server: Server;
afterEach(() => new Promise((resolve) => server.close(resolve)));

/** A bucket that answers by query; what `DeleteObjects` was told is collected. */
async function bucketThat(
  answers: (url: URL, request: IncomingMessage) => { status?: number; headers?: Record<string, string>; xml?: string },
): Promise<{ store: ObjectStore; told: string[] }> {
  const told: string[] = [];
  server = createServer((request, response) => {
    void text(request).then((body) => {
      const url = new URL(request.url ?? '', 'http://bucket');
      const isDelete = request.method === 'POST' && url.searchParams.has('delete');
      if (isDelete) told.push(...objectsOf(body));
      const { status = 200, headers = {}, xml = '' } = isDelete ? { xml: '<DeleteResult/>' } : answers(url, request);
      response.writeHead(status, { 'content-type': 'application/xml', ...headers }).end(xml);
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const endpointUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const store = await openS3({
    bucket: 'orders',
    endpointUrl,
    forcePathStyle: true,
    requestAttempts: 1,
    identity: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  return { store, told };
}

const enabled = { xml: '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>' };

test('in a versioned bucket every version and marker of exactly that key goes, over all pages', async () => {
  const pages: Record<string, string> = {
    '': '<IsTruncated>true</IsTruncated><NextKeyMarker>a/b</NextKeyMarker><NextVersionIdMarker>v2</NextVersionIdMarker><Version><Key>a/b</Key><VersionId>v2</VersionId></Version>',
    v2: '<IsTruncated>true</IsTruncated><NextKeyMarker>a/b2</NextKeyMarker><DeleteMarker><Key>a/b</Key><VersionId>m1</VersionId></DeleteMarker><Version><Key>a/b2</Key><VersionId>x</VersionId></Version>',
  };
  const { store, told } = await bucketThat((url) =>
    url.searchParams.has('versioning')
      ? enabled
      : { xml: `<ListVersionsResult>${pages[url.searchParams.get('version-id-marker') ?? '']}</ListVersionsResult>` },
  );
  await store.remove('a/b');
  expect(told).toEqual(['a/b v2', 'a/b m1']);
});

test('where asking for versioning is not allowed, each object tells its own version', async () => {
  const { store, told } = await bucketThat((url, request) =>
    url.searchParams.has('versioning')
      ? { status: 403, xml: '<Error><Code>AccessDenied</Code></Error>' }
      : request.method === 'HEAD' && url.pathname.endsWith('/gone')
        ? { status: 404 }
        : { headers: { 'x-amz-version-id': 'v7', 'last-modified': 'Sun, 01 Mar 2026 02:00:00 GMT' } },
  );
  expect(await store.removeMany(['kept', 'gone'])).toEqual([{ key: 'kept' }, { key: 'gone' }]);
  expect(told).toEqual(['kept v7']);
});

test('where nothing can be learnt about versioning, nothing is removed', async () => {
  const { store, told } = await bucketThat(() => ({ status: 503, xml: '<Error><Code>SlowDown</Code></Error>' }));
  await expect(store.remove('a')).rejects.toMatchObject({ reason: 'StorageUnreachable' });
  expect(told).toEqual([]);
});

test('a bucket without versions needs one request for its removals', async () => {
  const { store, told } = await bucketThat(() => ({ xml: '<VersioningConfiguration/>' }));
  await store.removeMany(['a', 'b']);
  expect(told).toEqual(['a', 'b']);
});

/** `key version` of each object in a `DeleteObjects` request. */
function objectsOf(body: string): string[] {
  return Array.from(body.matchAll(/<Object>(.*?)<\/Object>/g), ([, object = '']) =>
    object
      .replaceAll(/<[^>]+>/g, ' ')
      .trim()
      .replaceAll(/ +/g, ' '),
  );
}
