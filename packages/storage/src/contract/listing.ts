import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { entries, keys, text } from './contents.ts';
import type { Given, OpenedStore } from './given.ts';

/** A listing is complete, and of its prefix alone. */
export function listing(given: Given): void {
  describe('listing', () => {
    test('a prefix with its slash separates a folder from its longer namesakes', async () => {
      for (const key of ['run/1', 'run/2/3', 'run-2/1', 'run.json', 'other']) await given.store.create(key, text(key));
      expect(await keys(given.store, 'run/')).toEqual(['run/1', 'run/2/3']);
      expect(await keys(given.store, 'run/2/')).toEqual(['run/2/3']);
      expect(await keys(given.store, '')).toHaveLength(5);
    });

    test('each object is told with its size and the time of its writing', async () => {
      const began = Date.now();
      for (const length of [0, 1, 5_000]) await given.store.create(`of/${length}`, Buffer.alloc(length));
      const told = (await entries(given.store, '')).toSorted((a, b) => a.bytes - b.bytes);
      expect(told.map(({ key, bytes }) => [key, bytes])).toEqual([
        ['of/0', 0],
        ['of/1', 1],
        ['of/5000', 5_000],
      ]);
      for (const { modifiedAt } of told) expect(Math.abs(modifiedAt.getTime() - began)).toBeLessThan(60_000);
    });

    test('what is written meanwhile hides nothing that was there', async () => {
      const before = Array.from({ length: 20 }, (_, at) => `before/${at}`).toSorted();
      for (const key of before) await given.store.create(key, text(key));
      const seen: string[] = [];
      for await (const { key } of given.store.list('')) {
        seen.push(key);
        if (seen.length < 5) await given.store.create(`a/${seen.length}`, text('new'));
      }
      expect(seen.filter((key) => key.startsWith('before/')).toSorted()).toEqual(before);
    });

    test('two listings at once do not disturb each other', async () => {
      const names = Array.from({ length: 10 }, (_, at) => `both/${at}`);
      for (const key of names) await given.store.create(key, text(key));
      const [first, second] = [given.store.list(''), given.store.list('')].map((each) => each[Symbol.asyncIterator]());
      const seen: [string, string][] = [];
      for (;;) {
        const [one, other] = [await first?.next(), await second?.next()];
        if (!one || !other || one.done || other.done) break;
        seen.push([one.value.key, other.value.key]);
      }
      for (const which of [0, 1]) expect(seen.map((pair) => pair[which]).toSorted()).toEqual(names);
    });
  });
}

/** More than a page, and more than a batch of those that remove many at once. */
const many = 1_003;

export function listingMany(given: Given): void {
  describe('listing many', () => {
    const names = Array.from({ length: many }, (_, index) => `many/${String(index).padStart(5, '0')}`);
    let opened: OpenedStore;
    beforeAll(async () => {
      opened = await given.open();
      for (let at = 0; at < many; at += 50)
        await Promise.all(names.slice(at, at + 50).map((key) => opened.store.create(key, text(key))));
    });
    afterAll(() => opened?.close());

    test('a listing of more than a page is complete, and names nothing twice', async () => {
      expect(await keys(opened.store, 'many/')).toEqual(names);
    });

    test('what is removed behind a listing does not make it miss what lies ahead', async () => {
      const seen: string[] = [];
      let behind: string[] = [];
      for await (const { key } of opened.store.list('')) {
        seen.push(key);
        behind.push(key);
        if (behind.length < many / 4) continue;
        expect((await opened.store.removeMany(behind)).filter(({ error }) => error)).toEqual([]);
        behind = [];
      }
      expect(seen.toSorted()).toEqual(names);
      expect(await keys(opened.store, '')).toEqual(behind.toSorted());
    });

    test('more than a batch is removed at once, whether it is there or not, with an answer for each in its order', async () => {
      await opened.store.create('many/00000', text('again'));
      expect(await opened.store.removeMany(names)).toEqual(names.map((key) => ({ key })));
      expect(await keys(opened.store, '')).toEqual([]);
    });
  });
}
