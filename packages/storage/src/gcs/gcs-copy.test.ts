import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { openGcs } from './open-gcs.ts';
import type { ObjectStore } from '../object-store.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

interface Asked {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

/** A bucket that answers rewrites with these, one after the other, and everything else with what it is asked about. */
async function scripted(answers: readonly object[]): Promise<{ store: ObjectStore; asked: Asked[] }> {
  const asked: Asked[] = [];
  const left = [...answers];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://store');
    const body = Buffer.concat(await Array.fromAsync(request)).toString();
    if (pathname.endsWith('/token')) return void response.end(JSON.stringify({ access_token: 't', expires_in: 3600 }));
    asked.push({ path: pathname, query: searchParams, body: body === '' ? undefined : JSON.parse(body) });
    response.end(JSON.stringify(left.shift()));
  };
  server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpointUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const store = openGcs({ bucket: 'backups', endpointUrl, identity: { kind: 'pod', metadataUrl: endpointUrl } });
  return { store, asked };
}

test('a large copy goes on with the token of its last step, and asks for the archive class in each', async () => {
  const resource = { name: 'archive/b', size: '7', timeCreated: '2026-03-01T00:00:00Z', generation: '12' };
  const { store, asked } = await scripted([
    { done: false, rewriteToken: 'further' },
    { done: true, resource: { ...resource, storageClass: 'ARCHIVE', crc32c: 'abc=' } },
  ]);
  expect(await store.copy('artifacts/a b', 'archive/b', { archive: true })).toEqual({
    created: true,
    entry: {
      key: 'archive/b',
      bytes: 7,
      modifiedAt: new Date('2026-03-01T00:00:00Z'),
      versionId: '12',
      checksum: 'crc32c:abc=',
      storageClass: 'ARCHIVE',
    },
  });
  expect(asked.map(({ query }) => query.get('rewriteToken'))).toEqual([null, 'further']);
  for (const { path, query, body } of asked) {
    expect(path).toBe('/storage/v1/b/backups/o/artifacts%2Fa%20b/rewriteTo/b/backups/o/archive%2Fb');
    expect(query.get('ifGenerationMatch')).toBe('0');
    expect(body).toMatchObject({ storageClass: 'ARCHIVE' });
  }
});

test('a copy that nobody wants archived asks for no class', async () => {
  const resource = { name: 'to', size: '7', timeCreated: '2026-03-01T00:00:00Z', generation: '12' };
  const { store, asked } = await scripted([{ done: true, resource: { ...resource, storageClass: 'STANDARD' } }]);
  expect((await store.copy('from', 'to'))?.entry).not.toHaveProperty('storageClass');
  expect(asked[0]?.body).not.toHaveProperty('storageClass');
});
