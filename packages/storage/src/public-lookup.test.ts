import type { lookup } from 'node:dns';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { lookupFor } from './allowed-endpoint.ts';
import { openAzure } from './azure/open-azure.ts';
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
afterEach(() => vi.unstubAllEnvs());
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

type Probe = (options: { host: string; lookup?: LookupFunction }) => Promise<void>;

const stores: [string, Probe][] = [
  [
    'S3',
    async ({ host, lookup }) => {
      const endpointUrl = `http://${host}:${port}`;
      const identity = { accessKeyId: 'tenant', secretAccessKey: 'secret' };
      const place = { bucket: 'b', endpointUrl, forcePathStyle: true, identity };
      return (await openS3({ ...place, lookup, requestAttempts: 1, timeoutMs: 2_000 })).probe();
    },
  ],
  [
    'Azure',
    async ({ host, lookup }) => {
      const endpointUrl = `http://${host}:${port}`;
      const identity = { kind: 'accountKey', accountKey: 'c2VjcmV0' } as const;
      const place = { bucket: 'b', account: 'orders', endpointUrl, identity };
      return (await openAzure({ ...place, lookup, requestAttempts: 1, timeoutMs: 2_000 })).probe();
    },
  ],
];

describe.each(stores)('an endpoint of %s', (_store, probe) => {
  test.each([
    ['this machine', ['127.0.0.1']],
    ['the metadata of a cloud', ['169.254.169.254']],
    ['a Service of the cluster', ['10.96.0.1']],
    ['this machine in IPv6', ['::1']],
    ['this machine, written as IPv6', ['::ffff:127.0.0.1']],
    ['a public address and a private one', ['192.0.2.1', '127.0.0.1']],
    ['nothing that is an address', ['not-an-address']],
  ])('with a public name that leads to %s is never connected to', async (_where, addresses) => {
    const probing = probe({ host: 'store.example', lookup: publicLookup(answering(addresses)) });
    await expect(probing).rejects.toMatchObject({
      reason: 'EndpointNotAllowed',
      fate: 'terminal',
      message: expect.stringMatching(/^store\.example leads to .*allowedEndpoints$/),
    });
    expect(caught).toEqual([]);
  });

  test('whose name turns to this machine after it was looked up once is not connected to either', async () => {
    const resolve = answering(['192.0.2.1'], ['127.0.0.1']);
    await new Promise((asked) => resolve('store.example', { all: true }, (_error, found) => asked(found)));
    const probing = probe({ host: 'store.example', lookup: publicLookup(resolve) });
    await expect(probing).rejects.toMatchObject({ reason: 'EndpointNotAllowed' });
    expect(caught).toEqual([]);
  });

  test('is not called through a proxy either, which would resolve the name for itself', async () => {
    for (const variable of ['HTTP_PROXY', 'http_proxy']) vi.stubEnv(variable, `http://127.0.0.1:${port}`);
    const probing = probe({ host: 'store.example', lookup: publicLookup(answering(['127.0.0.1'])) });
    await expect(probing).rejects.toMatchObject({ reason: 'EndpointNotAllowed' });
    expect(caught).toEqual([]);
  });

  test('is caught by the trap where nobody guards it', async () => {
    await probe({ host: '127.0.0.1' }).catch(() => undefined);
    expect(caught.length).toBeGreaterThan(0);
  });
});

test('what the administrator has listed is resolved as ever, everything else is guarded', () => {
  expect(lookupFor('https://minio.corp.example', ['*.corp.example'])).toBeUndefined();
  expect(lookupFor('https://store.example', ['*.corp.example'])).toBeTypeOf('function');
});
