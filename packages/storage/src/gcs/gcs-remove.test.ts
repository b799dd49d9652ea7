import { describe, expect, test } from 'vitest';
import { refusal } from '../../../../test/cluster/store/gcs-gaps.ts';
import { wantsGcs } from '../../../../test/cluster/store/start-gcs.ts';
import { keys } from '../contract/contents.ts';
import { openBuckets } from './a-google-bucket.ts';

describe.skipIf(!wantsGcs('removals from Google Cloud Storage'))('in a bucket of Google', () => {
  const google = openBuckets();

  test('removing a key of a bucket with versions leaves not one of them', async () => {
    const store = await google.open({}, { versions: true });
    const { bucket } = google;
    for (const text of ['first', 'second']) {
      await google.server.overwrite(bucket, 'key', text);
      await store.create('key.1', Buffer.from(text));
    }
    expect((await google.server.generationsIn(bucket)).filter((key) => key === 'key')).toHaveLength(2);
    await store.remove('key');
    expect(await google.server.generationsIn(bucket)).toEqual(['key.1']);
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
    const store = await google.open();
    for (const key of ['free', 'kept', 'other']) await store.create(key, Buffer.from(key));
    const listed = { name: 'kept', size: '4', timeCreated: '2026-03-01T00:00:00Z', generation: '7', ...kept };
    const headers = { 'content-type': 'application/json' };
    google.server.faults.always(
      { kind: 'status', status: 200, headers, body: JSON.stringify({ items: [listed] }) },
      ({ query }) => query.get('prefix') === 'kept' && query.get('versions') === 'true',
    );
    const { status, body } = refusal(403, reason, 'kept');
    google.server.faults.always(
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
});
