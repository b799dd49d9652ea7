import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { refusal } from '../../../../test/cluster/store/gcs-gaps.ts';
import { makeAccount, wantsGcs } from '../../../../test/cluster/store/start-gcs.ts';
import { failureOf, givesTroubleItsName } from '../a-troubled-store.ts';
import { objectStoreContract } from '../contract.ts';
import { content, mebibyte } from '../contract/contents.ts';
import { identityOf, openBuckets, type GoogleBuckets } from './a-google-bucket.ts';

describe.skipIf(!wantsGcs('the contract of Google Cloud Storage'))('on a server that speaks its JSON API', () => {
  const google = openBuckets();
  const open: GoogleBuckets['open'] = (...given) => google.open(...given);
  const opening = async (...given: Parameters<typeof open>) => ({
    store: await open(...given),
    close: async () => undefined,
  });

  objectStoreContract('fake-gcs-server', () => opening(), {
    strangers: {
      wrongKeys: async () => {
        const stranger = await makeAccount();
        const store = await open({ identity: identityOf(stranger) });
        return { store, hush: [stranger.private_key, /Bearer|eyJ/] };
      },
      missing: () => open({ bucket: 'nobody-made-this', requestAttempts: 3 }),
    },
  });
  objectStoreContract('fake-gcs-server with versions', () => opening({}, { versions: true }));

  givesTroubleItsName({
    faults: () => google.server.faults,
    open,
    secret: () => google.server.account.private_key,
    answers: [
      [401, 'authError', 'StorageDenied', 'terminal'],
      [403, 'forbidden', 'StorageDenied', 'terminal'],
      [403, 'insufficientPermissions', 'StorageDenied', 'terminal'],
      [403, 'rateLimitExceeded', 'StorageUnreachable', 'transient'],
      [429, 'rateLimitExceeded', 'StorageUnreachable', 'transient'],
      [503, 'backendError', 'StorageUnreachable', 'transient'],
      [500, 'internalError', 'StorageUnreachable', 'transient'],
      [400, 'SomethingNew', 'UnexpectedError', 'transient'],
    ],
    bodyOf: (status, code, message) => refusal(status, code, message).body,
  });

  test('the checksum of an object is the MD5 of its content, however it was sent', async () => {
    const store = await open({ partBytes: mebibyte });
    for (const body of [Buffer.from('small'), randomBytes(2.5 * mebibyte)]) {
      const { entry } = await store.create(`of-${body.length}`, body);
      expect(entry.checksum).toBe(`md5:${createHash('md5').update(body).digest('base64')}`);
      expect(await Array.fromAsync(store.list(''))).toContainEqual(entry);
    }
  });

  test('a body that stops in the middle goes on where it stopped', async () => {
    const store = await open({ requestAttempts: 3 });
    const body = randomBytes(2 * mebibyte);
    await store.create('large', body);
    google.server.faults.next(2, { kind: 'truncate', bytes: 500_000 }, ({ query }) => query.get('alt') === 'media');
    expect(body.equals((await content(store, 'large')) ?? Buffer.alloc(0))).toBe(true);
  });

  test('the whole of an object is never taken for a part of it, nor a redirection for an object', async () => {
    const store = await open();
    await store.create('key', Buffer.from('0123456789'));
    google.server.faults.next(1, { kind: 'status', status: 200, body: '0123456789' }, ({ method }) => method === 'GET');
    const range = { offset: 5, length: 2 };
    expect(await failureOf(() => store.read('key', { range }))).toMatchObject({ reason: 'StorageUnreachable' });
    const headers = { location: 'http://169.254.169.254/' };
    google.server.faults.always({ kind: 'status', status: 308, headers, body: 'elsewhere' });
    expect(await failureOf(() => store.read('key'))).toMatchObject({ reason: 'UnexpectedError' });
    expect(await failureOf(() => store.head('key'))).toMatchObject({ reason: 'UnexpectedError' });
  });

  test('a token is not sent in the clear to an address of the world', async () => {
    const failure = await failureOf(async () => open({ endpointUrl: 'http://store.example' }));
    expect(failure).toMatchObject({ reason: 'StorageDenied', fate: 'terminal' });
    expect(failure.message).toContain('use an https endpoint');
  });

  test('a pod asks its metadata server for a token, and one without says so', async () => {
    const metadata = createServer((request, response) => {
      const asked = request.headers['metadata-flavor'] === 'Google' && request.url?.endsWith('/default/token');
      response.writeHead(asked ? 200 : 404).end(JSON.stringify({ access_token: 'of-the-pod', expires_in: 3600 }));
    }).listen(0, '127.0.0.1');
    await once(metadata, 'listening');
    const metadataUrl = `http://127.0.0.1:${(metadata.address() as AddressInfo).port}`;
    const asPod = await open({ identity: { kind: 'pod', metadataUrl } });
    // This server only lets the account with the key in: that it says so shows that a token was asked for and sent.
    expect(await failureOf(() => asPod.probe())).toMatchObject({ reason: 'StorageDenied' });
    metadata.close();
    metadata.closeAllConnections();
    const alone = await open({ identity: { kind: 'pod', metadataUrl } });
    expect(await failureOf(() => alone.probe())).toMatchObject({ reason: 'CredentialsMissing', fate: 'terminal' });
  });

  test('a key that is none is told without repeating it', async () => {
    const identity = { kind: 'serviceAccount', clientEmail: 'a@b', privateKey: 'not a key' } as const;
    const failure = await failureOf(async () => open({ identity }));
    expect(failure).toMatchObject({ reason: 'CredentialsMissing', fate: 'terminal' });
    expect(inspect(failure)).not.toContain('not a key');
  });
});
