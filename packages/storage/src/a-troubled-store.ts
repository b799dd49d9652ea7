import { randomBytes } from 'node:crypto';
import { BackupError } from '@holdfast/types';
import { describe, expect, test } from 'vitest';
import type { Faults, RequestPredicate } from '../../../test/cluster/proxy/faults.ts';
import { freePort } from '../../../test/cluster/proxy/free-port.ts';
import { content, mebibyte } from './contract/contents.ts';
import type { ObjectStore } from './object-store.ts';

/** What the test of an adapter to a cloud says of its store, which stands behind a proxy with faults. */
export interface TroubledStore {
  /** Asked in the tests, when the server has been started. */
  readonly faults: () => Faults;
  /** Opens a store that tries each request once. */
  readonly open: (config?: { readonly timeoutMs: number } | { readonly endpointUrl: string }) => Promise<ObjectStore>;
  /** The right key, which no error tells. */
  readonly secret: () => string;
  /** Errors that the store answers with, as status and code, and what they mean. */
  readonly answers: readonly (readonly [status: number, code: string, reason: string, fate: string])[];
  /** Header that carries the code beside the body. */
  readonly codeHeader?: string;
  /** The body that tells a code; the XML of S3 and Azure by default. */
  readonly bodyOf?: (status: number, code: string, message: string) => string;
  /** Calls that cannot be told the code, because their answers have no body, or that go on without the answer. */
  readonly deaf?: { readonly calls: readonly Call[]; readonly requests: RequestPredicate };
  /** The most keys of one batch that removes, and how its request looks; absent where keys are removed one by one. */
  readonly batch?: { readonly keys: number; readonly request: RequestPredicate };
}

const calls = {
  list: (store: ObjectStore) => Array.fromAsync(store.list('')),
  head: (store: ObjectStore) => store.head('key'),
  read: (store: ObjectStore) => store.read('key'),
  create: (store: ObjectStore) => store.create('key', Buffer.from('x')),
  remove: (store: ObjectStore) => store.remove('key'),
  probe: (store: ObjectStore) => store.probe(),
  now: (store: ObjectStore) => store.now(),
};
type Call = keyof typeof calls;

/** The troubles that every store in a cloud has, and that each adapter gives the same names. */
export function givesTroubleItsName({ faults, open, deaf, batch, ...told }: TroubledStore): void {
  const unreachable = { reason: 'StorageUnreachable', fate: 'transient' };

  async function everyCall(store: ObjectStore, named: object): Promise<void> {
    for (const call of Object.values(calls)) expect(await failureOf(() => call(store))).toMatchObject(named);
  }

  describe('trouble gets a name:', () => {
    test.each(told.answers)(
      '%d %s is %s, %s, for every call, and no body is repeated',
      async (status, code, reason, fate) => {
        const store = await open();
        const body = (told.bodyOf ?? xmlOf)(status, code, 'do not repeat me');
        const headers = { 'content-type': 'application/xml', ...(told.codeHeader && { [told.codeHeader]: code }) };
        faults().always({ kind: 'status', status, body, headers }, (request) => !deaf?.requests(request));
        const hearing = (Object.keys(calls) as Call[]).filter((call) => !deaf?.calls.includes(call));
        for (const call of hearing) {
          const failure = await failureOf(() => calls[call](store));
          expect(failure).toMatchObject({ reason, fate });
          for (const secret of ['do not repeat me', told.secret()]) expect(failure.message).not.toContain(secret);
        }
      },
    );

    test('a connection that is cut is unreachable, for every call', async () => {
      const store = await open();
      faults().always({ kind: 'cut' });
      await everyCall(store, unreachable);
    });

    test('a server that accepts and never answers ends with the time limit', async () => {
      const store = await open({ timeoutMs: 150 });
      faults().always({ kind: 'silence' });
      await everyCall(store, unreachable);
    });

    test('a body that stops in the middle, however often it is asked for, is trouble and not the end', async () => {
      const store = await open();
      await store.create('large', randomBytes(2 * mebibyte));
      faults().always({ kind: 'truncate', bytes: 100_000 }, ({ method }) => method === 'GET');
      expect(await failureOf(() => content(store, 'large'))).toMatchObject(unreachable);
    });

    test('a port where nobody listens is unreachable', async () => {
      const store = await open({ endpointUrl: `http://127.0.0.1:${await freePort()}` });
      expect(await failureOf(() => store.probe())).toMatchObject(unreachable);
    });

    test('an abort in the middle of a call throws its reason', async () => {
      const store = await open();
      faults().always({ kind: 'silence' });
      const abort = new AbortController();
      const call = store.probe(abort.signal);
      abort.abort(new Error('shutting down'));
      await expect(call).rejects.toThrow('shutting down');
    });

    test.runIf(batch)('a batch that fails does not hide the batch that worked', async () => {
      const store = await open();
      const keys = Array.from({ length: (batch?.keys ?? 0) + 1 }, (_, index) => `key-${index}`);
      await store.removeMany(['settles whether there are versions']);
      let batches = 0;
      faults().always(
        { kind: 'status', status: 503 },
        (request) => batch?.request(request) === true && (batches += 1) >= 2,
      );
      const removals = await store.removeMany(keys);
      expect(removals.filter(({ error }) => error).map(({ key }) => key)).toEqual([keys.at(-1)]);
      expect(batches).toBeGreaterThan(1);
    });
  });
}

function xmlOf(_status: number, code: string, message: string): string {
  return `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
}

/** The BackupError that a call ends with. */
export async function failureOf(call: () => Promise<unknown>): Promise<BackupError> {
  const outcome = await call().then(
    (value) => new Error(`answered ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (outcome instanceof BackupError) return outcome;
  throw new Error('the call did not end with a BackupError', { cause: outcome });
}
