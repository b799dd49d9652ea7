import { inspect } from 'node:util';
import { BackupError } from '@holdfast/types';
import { describe, expect, test } from 'vitest';
import type { ObjectStore } from '../object-store.ts';
import { text } from './contents.ts';
import type { Given } from './given.ts';

const calls = [
  ['list', (store) => Array.fromAsync(store.list(''))],
  ['head', (store) => store.head('key')],
  ['read', (store) => store.read('key')],
  ['create', (store) => store.create('key', text('x'))],
  ['copy', (store) => store.copy('key', 'other')],
  ['remove', (store) => store.remove('key')],
  ['probe', (store) => store.probe()],
  ['now', (store) => store.now()],
] as const satisfies readonly (readonly [string, (store: ObjectStore) => Promise<unknown>])[];

/** What is denied has its name, for every call, and tells no secret. */
export function wrongKeys(given: Given): void {
  describe('with wrong keys', () => {
    test.each(calls)('%s is denied, waits for a person, and tells neither a key nor a signature', async (_, call) => {
      const { store, hush } = await given.strangers.wrongKeys();
      const failure = await failureOf(call(store));
      expect(failure).toMatchObject({ reason: 'StorageDenied', fate: 'terminal' });
      expect(failure.message).toContain(store.place);
      for (const secret of hush) expect(inspect(failure, { depth: 9, showHidden: true })).not.toMatch(secret);
    });
  });
}

/** A missing bucket is never an empty one, nor are its objects just missing. */
export function missingBucket(given: Given): void {
  describe('where nobody made a bucket', () => {
    test.each(calls)('%s says so', async (_, call) => {
      const store = await given.strangers.missing();
      const failure = await failureOf(call(store));
      expect(failure).toMatchObject({ reason: 'BucketMissing', fate: 'terminal' });
      expect(failure.message).toContain(store.place);
    });
  });
}

async function failureOf(call: Promise<unknown>): Promise<BackupError> {
  const outcome: unknown = await call.then(
    (value) => new Error(`answered ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (outcome instanceof BackupError) return outcome;
  throw new Error('the call did not end with a BackupError', { cause: outcome });
}
