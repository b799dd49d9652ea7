import { describe, expect, test } from 'vitest';
import { wantsGcs } from '../../../../test/cluster/store/start-gcs.ts';
import { openBuckets } from './a-google-bucket.ts';

describe.skipIf(!wantsGcs('rules of a bucket of Google'))('the rules of a bucket', () => {
  const google = openBuckets();
  const asksForBucket = ({ query }: { query: URLSearchParams }) => query.get('fields') === 'lifecycle';
  const rulesOf = async (bucket: object) => {
    const store = await google.open();
    google.server.faults.next(1, { kind: 'status', status: 200, body: JSON.stringify(bucket) }, asksForBucket);
    return store.lifecycleRules?.();
  };

  test('that remove live objects are told, with what they take', async () => {
    const rule = [
      { action: { type: 'Delete' }, condition: { age: 30 } },
      { action: { type: 'Delete' }, condition: { age: 30, isLive: true, matchesPrefix: ['prod/', 'dev/'] } },
    ];
    expect(await rulesOf({ lifecycle: { rule } })).toEqual([
      { name: 'number 1', prefixes: [''], does: 'removes' },
      { name: 'number 2', prefixes: ['prod/', 'dev/'], does: 'removes' },
    ]);
  });

  test.each([
    ['older versions', { type: 'Delete' }, { isLive: false }],
    ['versions that have newer ones', { type: 'Delete' }, { numNewerVersions: 3 }],
    ['versions that were replaced', { type: 'Delete' }, { daysSinceNoncurrentTime: 7 }],
    ['objects with a time of their own', { type: 'Delete' }, { daysSinceCustomTime: 7 }],
    ['a class that is read at once all the same', { type: 'SetStorageClass', storageClass: 'ARCHIVE' }, { age: 30 }],
    ['unfinished uploads', { type: 'AbortIncompleteMultipartUpload' }, { age: 7 }],
  ])('for %s are nobody’s trouble', async (_what, action, condition) => {
    expect(await rulesOf({ lifecycle: { rule: [{ action, condition }] } })).toEqual([]);
  });

  test('are none where it has none', async () => {
    expect(await rulesOf({})).toEqual([]);
  });

  test('stay unknown to whoever may not ask', async () => {
    const store = await google.open();
    google.server.faults.next(1, { kind: 'status', status: 403, body: '{}' }, asksForBucket);
    await expect(store.lifecycleRules?.()).rejects.toMatchObject({ reason: 'StorageDenied' });
  });
});
