import { inspect } from 'node:util';
import { BackupError } from '@holdfast/types';
import { describe, expect, test } from 'vitest';
import type { ObjectStore } from '../object-store.ts';
import { text } from './contents.ts';

/** A store as it looks to those who have no business there, or look for it in the wrong place. */
export interface Strangers {
  /** Opens it with keys that are not the server's; answers what nobody may be told: the keys, and how a signature looks. */
  readonly wrongKeys: () => Promise<{ readonly store: ObjectStore; readonly hush: readonly (string | RegExp)[] }>;
  /** Opens one that nobody made. */
  readonly missing: () => Promise<ObjectStore>;
}

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

/** What is refused has its name, for every call, and tells no secret. */
export function beingAStranger({ wrongKeys, missing }: Strangers): void {
  describe('with wrong keys', () => {
    test.each(calls)('%s is denied, waits for a person, and tells neither a key nor a signature', async (_, call) => {
      const { store, hush } = await wrongKeys();
      const failure = await failureOf(call(store));
      expect(failure).toMatchObject({ reason: 'StorageDenied', fate: 'terminal' });
      expect(failure.message).toContain(store.place);
      for (const secret of hush) expect(inspect(failure, { depth: 9, showHidden: true })).not.toMatch(secret);
    });
  });

  describe('where nobody made a bucket', () => {
    test.each(calls)('%s says so, and finds neither emptiness nor mere absence', async (_, call) => {
      const store = await missing();
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
