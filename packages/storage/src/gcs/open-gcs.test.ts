import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openClusterClock } from '../../../../test/cluster/clock/clock.ts';
import type { ProxiedRequest } from '../../../../test/cluster/proxy/faults.ts';
import { refusal } from '../../../../test/cluster/store/gcs-gaps.ts';
import { makeAccount, startGcs, wantsGcs, type GcsStore } from '../../../../test/cluster/store/start-gcs.ts';
import { failureOf, givesTroubleItsName } from '../a-troubled-store.ts';
import { objectStoreContract } from '../contract.ts';
import { content, keys, mebibyte, stream, cut } from '../contract/contents.ts';
import type { ObjectStore } from '../object-store.ts';
import type { GcsConfig } from './gcs-client.ts';
import { openGcs } from './open-gcs.ts';

describe.skipIf(!wantsGcs('the contract of Google Cloud Storage'))('on a server that speaks its JSON API', () => {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-gcs-'));
  let server: GcsStore;
  let buckets = 0;

  beforeAll(async () => {
    server = await startGcs({ dir, clock: openClusterClock(join(dir, 'clock.json')) });
  }, 900_000);
  afterEach(() => server.faults.clear());
  afterAll(async () => {
    await server?.stop();
    rmSync(dir, { recursive: true });
  });

  const identityOf = ({ client_email: clientEmail, private_key: privateKey }: GcsStore['account']) =>
    ({ kind: 'serviceAccount', clientEmail, privateKey }) as const;

  async function open(config: Partial<GcsConfig> = {}, options: { versions?: boolean } = {}): Promise<ObjectStore> {
    const bucket = `bucket-${(buckets += 1)}`;
    await server.makeBucket(bucket, options);
    const identity = identityOf(server.account);
    return openGcs({ bucket, endpointUrl: server.endpoint, identity, requestAttempts: 1, ...config });
  }
  const opening = async (...given: Parameters<typeof open>) => ({
    store: await open(...given),
    close: async () => undefined,
  });

  objectStoreContract('Google Cloud Storage', () => opening());
  objectStoreContract('a bucket with versions', () => opening({}, { versions: true }), { many: 20 });

  givesTroubleItsName({
    faults: () => server.faults,
    open,
    secret: () => server.account.private_key,
    openWithWrongKeys: async () => {
      const stranger = await makeAccount();
      return { store: await open({ identity: identityOf(stranger) }), hush: [stranger.private_key, /Bearer|eyJ/] };
    },
    bucketWord: 'bucket',
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

  describe('uploads in a session', () => {
    test('of two writers of one key never mix: the one that ends first is there whole', async () => {
      const store = await open({ partBytes: mebibyte });
      const bodies = [randomBytes(4 * mebibyte), randomBytes(4 * mebibyte)];
      const answers = await Promise.all(bodies.map((body) => store.create('large', body)));
      const winner = answers.findIndex(({ created }) => created);
      expect(answers.filter(({ created }) => created)).toHaveLength(1);
      expect(bodies[winner]?.equals((await content(store, 'large')) ?? Buffer.alloc(0))).toBe(true);
    });

    test.each([
      ['whose answer got lost', { kind: 'cutAfter' }],
      ['that was cut', { kind: 'cut' }],
      ['that the service was too busy for', { kind: 'status', status: 503 }],
    ] as const)('go on with a piece %s, the last one too', async (_what, fault) => {
      const store = await open({ partBytes: mebibyte, requestAttempts: 3 });
      const body = randomBytes(3.5 * mebibyte);
      let asked = 0;
      // Each failure is followed by a question and, unless the piece had arrived, by the piece again.
      const failing = fault.kind === 'cutAfter' ? [2, 6] : [2, 6, 7];
      server.faults.always(fault, (request) => isPiece(request) && failing.includes((asked += 1)));
      const { created, entry } = await store.create('large', stream(cut(body, 700_000)), { sizeHint: body.length });
      expect(created).toBe(true);
      expect(entry.bytes).toBe(body.length);
      expect(body.equals((await content(store, 'large')) ?? Buffer.alloc(0))).toBe(true);
    });

    test('whose body fails leave nothing that anybody sees', async () => {
      const store = await open({ partBytes: mebibyte });
      async function* failing(): AsyncIterable<Uint8Array> {
        yield randomBytes(3 * mebibyte);
        throw new Error('the source is gone');
      }
      await expect(store.create('large', failing())).rejects.toThrow('the source is gone');
      expect(await keys(store, '')).toEqual([]);
      expect((await store.create('large', Buffer.from('next'))).created).toBe(true);
    });

    test('that arrived as something else are removed, and told', async () => {
      const store = await open({ partBytes: mebibyte });
      const bucket = `bucket-${buckets}`;
      const other = {
        name: 'large',
        size: String(2.5 * mebibyte),
        timeCreated: '2026-03-01T00:00:00Z',
        generation: '7',
      };
      const body = JSON.stringify({ ...other, md5Hash: 'AAAAAAAAAAAAAAAAAAAAAA==' });
      let pieces = 0;
      server.faults.next(
        1,
        { kind: 'status', status: 200, body },
        (request) => isPiece(request) && (pieces += 1) === 3,
      );
      const failure = await failureOf(() => store.create('large', randomBytes(2.5 * mebibyte)));
      expect(failure).toMatchObject({ reason: 'StorageUnreachable', fate: 'transient' });
      expect(failure.message).toContain('holds something else');
      const removed = (await server.eventLog()).filter(
        (event) => event.bucket === bucket && event.operation === 'remove',
      );
      expect(removed.map(({ key }) => key)).toEqual(['large']);
    });
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
    server.faults.next(2, { kind: 'truncate', bytes: 500_000 }, ({ query }) => query.get('alt') === 'media');
    expect(body.equals((await content(store, 'large')) ?? Buffer.alloc(0))).toBe(true);
  });

  test('the whole of an object is never taken for a part of it, nor a redirection for an object', async () => {
    const store = await open();
    await store.create('key', Buffer.from('0123456789'));
    server.faults.next(1, { kind: 'status', status: 200, body: '0123456789' }, ({ method }) => method === 'GET');
    const range = { offset: 5, length: 2 };
    expect(await failureOf(() => store.read('key', { range }))).toMatchObject({ reason: 'StorageUnreachable' });
    const headers = { location: 'http://169.254.169.254/' };
    server.faults.always({ kind: 'status', status: 308, headers, body: 'elsewhere' });
    expect(await failureOf(() => store.read('key'))).toMatchObject({ reason: 'UnexpectedError' });
    expect(await failureOf(() => store.head('key'))).toMatchObject({ reason: 'UnexpectedError' });
  });

  test('removing a key of a bucket with versions leaves not one of them', async () => {
    const store = await open({}, { versions: true });
    const bucket = `bucket-${buckets}`;
    for (const text of ['first', 'second']) {
      await server.overwrite(bucket, 'key', text);
      await store.create('key.1', Buffer.from(text));
    }
    expect((await server.generationsIn(bucket)).filter((key) => key === 'key')).toHaveLength(2);
    await store.remove('key');
    expect(await server.generationsIn(bucket)).toEqual(['key.1']);
  });

  test.each([
    ['objectUnderActiveHold', { temporaryHold: true }, 'by a hold; whoever set it may release it'],
    ['objectUnderActiveHold', { eventBasedHold: true }, 'by a hold; whoever set it may release it'],
    [
      'retentionPolicyNotMet',
      { retentionExpirationTime: '2999-01-01T00:00:00.000Z' },
      'until 2999-01-01T00:00:00.000Z',
    ],
    ['forbidden', { retention: { retainUntilTime: '2999-01-01T00:00:00.000Z' } }, 'until 2999-01-01T00:00:00.000Z'],
  ])('an object that %s keeps is told beside its key, and the others go', async (reason, kept, message) => {
    const store = await open();
    for (const key of ['free', 'kept', 'other']) await store.create(key, Buffer.from(key));
    const listed = { name: 'kept', size: '4', timeCreated: '2026-03-01T00:00:00Z', generation: '7', ...kept };
    const headers = { 'content-type': 'application/json' };
    server.faults.always(
      { kind: 'status', status: 200, headers, body: JSON.stringify({ items: [listed] }) },
      ({ query }) => query.get('prefix') === 'kept' && query.get('versions') === 'true',
    );
    const { status, body } = refusal(403, reason, 'kept');
    server.faults.always(
      { kind: 'status', status, headers, body },
      ({ method, path }) => method === 'DELETE' && path.endsWith('/kept'),
    );
    const removals = await store.removeMany(['free', 'kept', 'absent', 'other']);
    expect(removals.map(({ key, error }) => [key, error?.reason])).toEqual([
      ['free', undefined],
      ['kept', 'ObjectLocked'],
      ['absent', undefined],
      ['other', undefined],
    ]);
    expect(removals[1]?.error?.message).toContain(`keeps "kept" locked ${message}`);
    expect(await keys(store, '')).toEqual(['kept']);
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

  test('an upload goes to the endpoint that was judged, wherever the server says it should go', async () => {
    const store = await open({ partBytes: mebibyte });
    const elsewhere = 'http://169.254.169.254/upload/storage/v1/b/bucket/o?uploadType=resumable&upload_id=stolen';
    server.faults.next(
      1,
      { kind: 'status', status: 200, headers: { location: elsewhere } },
      ({ query }) => query.get('uploadType') === 'resumable',
    );
    const failure = await failureOf(() => store.create('large', randomBytes(2 * mebibyte)));
    expect(failure.message).toContain('lost the upload');
    const asked = (await server.eventLog()).filter(({ operation }) => operation === 'uploadPart');
    expect(asked.at(-1)).toMatchObject({ bucket: `bucket-${buckets}`, status: 404 });
  });
});

function isPiece({ method, query }: ProxiedRequest): boolean {
  return method === 'PUT' && query.has('upload_id');
}
