import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ProxiedRequest } from '../../../../test/cluster/proxy/faults.ts';
import { wantsGcs } from '../../../../test/cluster/store/start-gcs.ts';
import { failureOf } from '../a-troubled-store.ts';
import { content, cut, keys, mebibyte, stream } from '../contract/contents.ts';
import { openBuckets } from './a-google-bucket.ts';

describe.skipIf(!wantsGcs('long uploads to Google Cloud Storage'))('uploads in a session', () => {
  const google = openBuckets();

  test('of two writers of one key never mix: the one that ends first is there whole', async () => {
    const store = await google.open({ partBytes: mebibyte });
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
    const store = await google.open({ partBytes: mebibyte, requestAttempts: 3 });
    const body = randomBytes(3.5 * mebibyte);
    let asked = 0;
    // Each failure is followed by a question and, unless the piece had arrived, by the piece again.
    const failing = fault.kind === 'cutAfter' ? [2, 5] : [2, 6, 7];
    google.server.faults.always(fault, (request) => isPiece(request) && failing.includes((asked += 1)));
    const { created, entry } = await store.create('large', stream(cut(body, 700_000)), { sizeHint: body.length });
    expect(created).toBe(true);
    expect(entry.bytes).toBe(body.length);
    expect(body.equals((await content(store, 'large')) ?? Buffer.alloc(0))).toBe(true);
  });

  test('whose body fails leave nothing that anybody sees', async () => {
    const store = await google.open({ partBytes: mebibyte });
    async function* failing(): AsyncIterable<Uint8Array> {
      yield randomBytes(3 * mebibyte);
      throw new Error('the source is gone');
    }
    await expect(store.create('large', failing())).rejects.toThrow('the source is gone');
    expect(await keys(store, '')).toEqual([]);
    expect((await store.create('large', Buffer.from('next'))).created).toBe(true);
  });

  test('that arrived as something else are removed, and told', async () => {
    const store = await google.open({ partBytes: mebibyte });
    const { bucket } = google;
    const other = {
      name: 'large',
      size: String(2.5 * mebibyte),
      timeCreated: '2026-03-01T00:00:00Z',
      generation: '7',
    };
    const body = JSON.stringify({ ...other, md5Hash: 'AAAAAAAAAAAAAAAAAAAAAA==' });
    let pieces = 0;
    google.server.faults.next(
      1,
      { kind: 'status', status: 200, body },
      (request) => isPiece(request) && (pieces += 1) === 3,
    );
    const failure = await failureOf(() => store.create('large', randomBytes(2.5 * mebibyte)));
    expect(failure).toMatchObject({ reason: 'StorageUnreachable', fate: 'transient' });
    expect(failure.message).toContain('holds something else');
    const removed = (await google.server.eventLog()).filter(
      (event) => event.bucket === bucket && event.operation === 'remove',
    );
    expect(removed.map(({ key }) => key)).toEqual(['large']);
  });

  test('go to the endpoint that was judged, wherever the server says it should go', async () => {
    const store = await google.open({ partBytes: mebibyte });
    const elsewhere = 'http://169.254.169.254/upload/storage/v1/b/bucket/o?uploadType=resumable&upload_id=stolen';
    google.server.faults.next(
      1,
      { kind: 'status', status: 200, headers: { location: elsewhere } },
      ({ query }) => query.get('uploadType') === 'resumable',
    );
    const failure = await failureOf(() => store.create('large', randomBytes(2 * mebibyte)));
    expect(failure.message).toContain('lost the upload');
    expect(failure.message).not.toContain('stolen'); // a name with which anybody may write
    const asked = (await google.server.eventLog()).filter(({ operation }) => operation === 'uploadPart');
    expect(asked.at(-1)).toMatchObject({ bucket: google.bucket, status: 404 });
  });
});

function isPiece({ method, query }: ProxiedRequest): boolean {
  return method === 'PUT' && query.has('upload_id');
}
