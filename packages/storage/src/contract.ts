import { createHash, randomBytes } from 'node:crypto';
import { proveDigest } from '@holdfast/core';
import { BackupError } from '@holdfast/types';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { below } from './below.ts';
import { collect } from './bytes.ts';
import type { ObjectStore, StoredEntry } from './object-store.ts';
import { digested } from './parts.ts';

export interface OpenedStore {
  readonly store: ObjectStore;
  close(): Promise<void>;
}

/**
 * What every implementation of `ObjectStore` must do. `open` gives an empty store of its own to each test.
 * @param options.many objects of the largest listing; more than a page by default
 */
export function objectStoreContract(
  name: string,
  open: () => Promise<OpenedStore>,
  { many = 1_003 }: { many?: number } = {},
): void {
  describe(`${name} keeps the contract of a store:`, () => {
    let opened: OpenedStore;
    let store: ObjectStore;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.close());

    describe('writing once', () => {
      test('what was written is read back, and its digest and size are told', async () => {
        const body = randomBytes(100_000);
        const { created, entry, digest } = await store.create('folder/one', body);
        expect(created).toBe(true);
        expect(digest).toEqual({ algorithm: 'sha256', value: sha256(body).toString('hex') });
        expect(entry).toMatchObject({ key: 'folder/one', bytes: body.length });
        expect(await content(store, 'folder/one')).toEqual(body);
      });

      test('a stream of unknown length and odd pieces arrives whole', async () => {
        const pieces = [randomBytes(70_001), new Uint8Array(), randomBytes(1), randomBytes(200_000)];
        const { digest, entry } = await store.create('stream', stream(pieces));
        const whole = Buffer.concat(pieces);
        expect(digest).toEqual({ algorithm: 'sha256', value: sha256(whole).toString('hex') });
        expect(entry.bytes).toBe(whole.length);
        expect(await content(store, 'stream')).toEqual(whole);
      });

      test.each([
        ['a stream', (body: Buffer) => ({ body: stream(cut(body, 1_500_000)), sizeHint: body.length })],
        ['one piece', (body: Buffer) => ({ body })],
      ])('%s of several parts has the digest of the digests of its parts', async (_, given) => {
        const content = randomBytes(17 * mebibyte);
        const { body, ...options } = { sizeHint: undefined, ...given(content) };
        const { digest, entry } = await store.create('large', body, options);
        expect(entry.bytes).toBe(content.length);
        const parts = cut(content, 8 * mebibyte).map(sha256);
        const value = sha256(Buffer.concat(parts)).toString('hex');
        expect(digest).toEqual({ algorithm: 'sha256-parts', partBytes: 8 * mebibyte, value });
        if (entry.checksum?.startsWith('sha256:'))
          expect(proveDigest({ bytes: entry.bytes, digest }, entry.checksum)).toBe('proven');
        const back = (await store.read('large')) ?? stream([]);
        const read = digested(back, 8 * mebibyte);
        for await (const _piece of read.pieces);
        expect(read.digest()).toEqual(digest);
      });

      test.each([
        ['no bytes', new Uint8Array()],
        ['an empty stream', stream([])],
      ])('%s are an object too', async (_, body) => {
        expect((await store.create('empty', body)).entry.bytes).toBe(0);
        expect(await content(store, 'empty')).toHaveLength(0);
        expect(await keys(store, '')).toEqual(['empty']);
      });

      test('an existing key is never overwritten, and the answer describes what is there', async () => {
        await store.create('key', text('first'));
        for (const body of [text('second'), stream([text('third, longer')])]) {
          const again = await store.create('key', body);
          expect(again.created).toBe(false);
          expect(again.digest).toBeUndefined();
          expect(again.entry).toMatchObject({ key: 'key', bytes: 5 });
        }
        expect(await content(store, 'key')).toEqual(text('first'));
      });

      test('of many simultaneous writers of one key exactly one wins, and its content stays', async () => {
        const bodies = Array.from({ length: 8 }, (_, index) => text(`writer ${index}`));
        const answers = await Promise.all(bodies.map((body) => store.create('race', body)));
        const winners = answers.flatMap(({ created }, index) => (created ? [index] : []));
        expect(winners).toHaveLength(1);
        expect(await content(store, 'race')).toEqual(bodies[winners[0] ?? -1]);
      });

      test('a body that fails leaves nothing, and its own error comes out', async () => {
        async function* failing(): AsyncIterable<Uint8Array> {
          yield randomBytes(10);
          throw new Error('the disk of the source is gone');
        }
        await expect(store.create('half/written', failing())).rejects.toThrow('the disk of the source is gone');
        expect(await store.head('half/written')).toBeUndefined();
        expect(await keys(store, '')).toEqual([]);
      });

      test('a write that is aborted leaves nothing', async () => {
        const abort = new AbortController();
        async function* aborting(): AsyncIterable<Uint8Array> {
          yield randomBytes(10);
          abort.abort(new Error('told to stop'));
          yield randomBytes(10);
        }
        await expect(store.create('aborted', aborting(), { signal: abort.signal })).rejects.toThrow('told to stop');
        expect(await keys(store, '')).toEqual([]);
      });

      test('an object that was removed can be written again', async () => {
        await store.create('key', text('first'));
        await store.remove('key');
        expect((await store.create('key', text('second'))).created).toBe(true);
        expect(await content(store, 'key')).toEqual(text('second'));
      });
    });

    describe('looking', () => {
      test('what is missing is a value', async () => {
        expect(await store.head('missing')).toBeUndefined();
        expect(await store.head('missing/deep/down')).toBeUndefined();
        expect(await store.read('missing')).toBeUndefined();
        expect(await store.read('missing', { range: { offset: 0, length: 0 } })).toBeUndefined();
        expect(await keys(store, 'missing/')).toEqual([]);
        expect(await keys(store, '')).toEqual([]);
      });

      test('a folder is no object', async () => {
        await store.create('folder/file', text('x'));
        expect(await store.head('folder')).toBeUndefined();
        expect(await store.read('folder')).toBeUndefined();
      });

      test('head, list and create tell the same', async () => {
        const { entry } = await store.create('a/b', text('hello'));
        const head = await store.head('a/b');
        expect(head).toEqual(entry);
        const [listed] = await entries(store, '');
        expect(listed?.key).toBe('a/b');
        expect(listed?.bytes).toBe(5);
        expect(Math.abs(seconds(listed) - seconds(head))).toBeLessThanOrEqual(1);
        if (listed?.etag !== undefined) expect(listed.etag).toBe(head?.etag);
      });

      test('a prefix with its slash separates a folder from its longer namesakes', async () => {
        for (const key of ['run/1', 'run/2/3', 'run-2/1', 'run.json', 'other']) await store.create(key, text(key));
        expect(await keys(store, 'run/')).toEqual(['run/1', 'run/2/3']);
        expect(await keys(store, 'run/2/')).toEqual(['run/2/3']);
        expect(await keys(store, '')).toHaveLength(5);
      });

      test.each(['with space', 'plus+plus', 'per%20cent', 'ümläut ☃', 'a&b<c>"d\'', 'tilde~2e', 'equals=;,@!$()*'])(
        'the key %j survives the way there and back',
        async (key) => {
          await store.create(`odd/${key}`, text(key));
          expect(await keys(store, 'odd/')).toEqual([`odd/${key}`]);
          expect(await content(store, `odd/${key}`)).toEqual(text(key));
          expect((await store.head(`odd/${key}`))?.bytes).toBe(text(key).length);
          await store.remove(`odd/${key}`);
          expect(await keys(store, '')).toEqual([]);
        },
      );

      test.each([
        [0, 4],
        [3, 4],
        [8, 100],
        [10, 1],
        [50, 1],
        [2, 0],
      ])('a range from %d of %d bytes reads what is there of it', async (offset, length) => {
        await store.create('range', text('0123456789'));
        const body = await store.read('range', { range: { offset, length } });
        expect(body && (await collect(body))).toEqual(text('0123456789'.slice(offset, offset + length)));
      });

      test('a listing of more than a page is complete', async () => {
        const names = Array.from({ length: many }, (_, index) => `many/${String(index).padStart(5, '0')}`);
        await inGroups(names, 50, (key) => store.create(key, text(key)));
        expect(await keys(store, 'many/')).toEqual(names);
        const removals = await store.removeMany(names);
        expect(removals.map(({ key }) => key)).toEqual(names);
        expect(removals.filter(({ error }) => error)).toEqual([]);
        expect(await keys(store, '')).toEqual([]);
      });

      test('a reader that leaves early does no harm', async () => {
        await store.create('long', randomBytes(3_000_000));
        for await (const piece of (await store.read('long')) ?? []) {
          expect(piece.length).toBeGreaterThan(0);
          break;
        }
        for await (const entry of store.list('')) {
          expect(entry.key).toBe('long');
          break;
        }
        expect((await content(store, 'long'))?.length).toBe(3_000_000);
      });
    });

    describe('removing', () => {
      test('an absent key is fine, alone and among others', async () => {
        await store.create('here', text('x'));
        await store.remove('absent');
        await store.remove('absent/deep/down');
        expect(await store.removeMany(['absent', 'here', 'absent/too'])).toEqual([
          { key: 'absent' },
          { key: 'here' },
          { key: 'absent/too' },
        ]);
        expect(await store.removeMany([])).toEqual([]);
        expect(await keys(store, '')).toEqual([]);
      });

      test('only the keys that were named go', async () => {
        for (const key of ['a', 'a/b', 'a/bc', 'ab'].filter((key) => key !== 'a')) await store.create(key, text(key));
        await store.remove('a/b');
        expect(await keys(store, '')).toEqual(['a/bc', 'ab']);
      });
    });

    describe('refusing', () => {
      test.each(['', '/', '/absolute', 'a//b', 'a/', './a', '../a', 'a/../b', 'a/..', 'back\\slash', 'new\nline'])(
        'the key %j is refused by every call',
        async (key) => {
          const calls = [
            () => store.head(key),
            () => store.read(key),
            () => store.create(key, text('x')),
            () => store.remove(key),
            () => store.removeMany(['fine', key]),
          ];
          for (const call of calls) await expect(call().catch(isBackupError)).resolves.toBe(true);
          expect(await keys(store, '')).toEqual([]);
        },
      );

      test.each(['no-slash', '/', '../', 'a/../', 'a//'])('the prefix %j is refused', async (prefix) => {
        await expect(keys(store, prefix).catch(isBackupError)).resolves.toBe(true);
      });

      test('a call that was aborted beforehand throws the reason', async () => {
        const reason = new Error('not needed any more');
        const signal = AbortSignal.abort(reason);
        await store.create('key', text('x'));
        await expect(store.head('key', signal)).rejects.toBe(reason);
        await expect(store.read('key', { signal })).rejects.toBe(reason);
        await expect(store.create('other', text('x'), { signal })).rejects.toBe(reason);
        await expect(store.remove('key', signal)).rejects.toBe(reason);
        await expect(store.removeMany(['key'], signal)).rejects.toBe(reason);
        await expect(store.probe(signal)).rejects.toBe(reason);
        await expect(store.now(signal)).rejects.toBe(reason);
        await expect(entries(store, '', signal)).rejects.toBe(reason);
        expect(await keys(store, '')).toEqual(['key']);
      });
    });

    describe('probing', () => {
      test('a probe leaves nothing behind', async () => {
        await store.probe();
        await store.probe(undefined, 'team/backup/');
        expect(await keys(store, '')).toEqual([]);
        expect(await store.abortStaleUploads?.('', inAnHour())).toBeOneOf([0, undefined]);
      });

      test("the store's clock is near the time it dates objects with", async () => {
        const { entry } = await store.create('dated', text('x'));
        expect(Math.abs((await store.now()).getTime() - entry.modifiedAt.getTime())).toBeLessThan(60_000);
        expect(await keys(store, '')).toEqual(['dated']);
      });
    });

    describe('below a folder', () => {
      test('a store sees only what is in it, under its own names', async () => {
        const folder = below(store, 'team/orders');
        await store.create('team/orders-2/a', text('foreign'));
        await store.create('outside', text('foreign'));
        const { entry } = await folder.create('a/b', text('own'));
        expect(entry.key).toBe('a/b');
        expect(await folder.head('a/b')).toEqual(entry);
        expect(await keys(folder, '')).toEqual(['a/b']);
        expect(await content(folder, 'a/b')).toEqual(text('own'));
        expect(await folder.removeMany(['a/b', 'c'])).toEqual([{ key: 'a/b' }, { key: 'c' }]);
        await folder.probe();
        expect(await keys(store, '')).toEqual(['outside', 'team/orders-2/a']);
      });

      test('nothing outside can be named', async () => {
        const folder = below(store, 'team/orders');
        await store.create('team/secret', text('foreign'));
        await expect(folder.remove('../secret').catch(isBackupError)).resolves.toBe(true);
        await expect(folder.read('../secret').catch(isBackupError)).resolves.toBe(true);
        expect(() => below(store, 'team/../..')).toThrow('no usable prefix');
        expect(await keys(store, '')).toEqual(['team/secret']);
      });
    });
  });
}

const mebibyte = 1024 * 1024;

function text(value: string): Buffer {
  return Buffer.from(value, 'utf8');
}

async function* stream(pieces: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* pieces;
}

function cut(body: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(body.length / size) }, (_, at) => body.subarray(at * size, (at + 1) * size));
}

function sha256(body: Uint8Array): Buffer {
  return createHash('sha256').update(body).digest();
}

async function content(store: ObjectStore, key: string): Promise<Uint8Array | undefined> {
  const body = await store.read(key);
  return body && collect(body);
}

async function entries(store: ObjectStore, prefix: string, signal?: AbortSignal): Promise<StoredEntry[]> {
  return Array.fromAsync(store.list(prefix, signal));
}

async function keys(store: ObjectStore, prefix: string): Promise<string[]> {
  return (await entries(store, prefix)).map(({ key }) => key).toSorted();
}

async function inGroups<T>(items: readonly T[], size: number, work: (item: T) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < items.length; at += size) await Promise.all(items.slice(at, at + size).map(work));
}

function seconds(entry: StoredEntry | undefined): number {
  return Math.floor((entry?.modifiedAt.getTime() ?? Number.NaN) / 1000);
}

function inAnHour(): Date {
  return new Date(Date.now() + 3_600_000);
}

function isBackupError(error: unknown): boolean {
  return error instanceof BackupError;
}
