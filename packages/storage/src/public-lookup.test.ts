import type { lookup } from 'node:dns';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { lookupFor } from './allowed-endpoint.ts';
import { publicLookup } from './public-lookup.ts';
import { openS3 } from './s3/open-s3.ts';

let trap: Server;
let port: number;
let caught: string[];

beforeAll(async () => {
  trap = createServer((request, response) => {
    caught.push(request.url ?? '');
    response.end();
  });
  await new Promise<void>((listening) => trap.listen(0, '127.0.0.1', listening));
  ({ port } = trap.address() as AddressInfo);
});
beforeEach(() => void (caught = []));
afterAll(() => new Promise((closed) => trap.close(closed)));

/** A name server that answers with these addresses, one list for each question. */
function answering(...answers: string[][]): typeof lookup {
  return ((_name: string, _options: object, callback: (error: null, found: object[]) => void) => {
    const found = (answers.length > 1 ? answers.shift() : answers[0]) ?? [];
    callback(
      null,
      found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  }) as unknown as typeof lookup;
}

function probing(resolve: typeof lookup): Promise<void> {
  const identity = { accessKeyId: 'tenant', secretAccessKey: 'secret' };
  const endpointUrl = `http://store.example:${port}`;
  const asked = {
    bucket: 'b',
    endpointUrl,
    forcePathStyle: true,
    identity,
    lookup: publicLookup(resolve),
    requestAttempts: 1,
  };
  return openS3({ ...asked, timeoutMs: 2_000 }).then((store) => store.probe());
}

test.each([
  ['this machine', ['127.0.0.1']],
  ['the metadata of a cloud', ['169.254.169.254']],
  ['a Service of the cluster', ['10.96.0.1']],
  ['this machine in IPv6', ['::1']],
  ['this machine, written as IPv6', ['::ffff:127.0.0.1']],
  ['a public address and a private one', ['192.0.2.1', '127.0.0.1']],
  ['nothing that is an address', ['not-an-address']],
])('a public name that leads to %s is never connected to', async (_where, addresses) => {
  await expect(probing(answering(addresses))).rejects.toMatchObject({ reason: 'EndpointNotAllowed', fate: 'terminal' });
  expect(caught).toEqual([]);
});

test('a name that turns to this machine after it was looked up once is not connected to either', async () => {
  const resolve = answering(['192.0.2.1'], ['127.0.0.1']);
  await new Promise((asked) => resolve('store.example', { all: true }, (_error, found) => asked(found)));
  await expect(probing(resolve)).rejects.toMatchObject({ reason: 'EndpointNotAllowed' });
  expect(caught).toEqual([]);
});

test('what the administrator has listed is resolved as ever, everything else is guarded', () => {
  expect(lookupFor('https://minio.corp.example', ['*.corp.example'])).toBeUndefined();
  expect(lookupFor('https://store.example', ['*.corp.example'])).toBeTypeOf('function');
});

test('the trap catches what is not guarded', async () => {
  const identity = { accessKeyId: 'tenant', secretAccessKey: 'secret' };
  const endpointUrl = `http://127.0.0.1:${port}`;
  const store = await openS3({ bucket: 'b', endpointUrl, forcePathStyle: true, identity, requestAttempts: 1 });
  await store.probe().catch(() => undefined);
  expect(caught.length).toBeGreaterThan(0);
});
