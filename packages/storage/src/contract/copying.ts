import { describe, expect, test } from 'vitest';
import { content, keys, text } from './contents.ts';
import type { Given } from './given.ts';

/** Inside the store, whole, and never over something else. */
export function copying(given: Given): void {
  describe('copying', () => {
    test('gives the same bytes under another key, and leaves the original as it was', async () => {
      const { entry } = await given.store.create('artifacts/a file.backup', text('content'));
      const copied = await given.store.copy('artifacts/a file.backup', 'archive/chain/a file.backup');
      expect(copied).toMatchObject({ created: true, entry: { key: 'archive/chain/a file.backup', bytes: 7 } });
      expect(copied?.entry.checksum).toBe(entry.checksum);
      expect(await given.store.head('archive/chain/a file.backup')).toEqual(copied?.entry);
      expect(await content(given.store, 'archive/chain/a file.backup')).toEqual(text('content'));
      expect(await content(given.store, 'artifacts/a file.backup')).toEqual(text('content'));
    });

    test('never overwrites, and the answer describes what is there', async () => {
      await given.store.create('from', text('new'));
      await given.store.create('to', text('older'));
      expect(await given.store.copy('from', 'to')).toMatchObject({ created: false, entry: { key: 'to', bytes: 5 } });
      expect(await content(given.store, 'to')).toEqual(text('older'));
    });

    test('has nothing to copy where nothing is, and leaves nothing', async () => {
      await given.store.create('to', text('there'));
      for (const to of ['to', 'elsewhere/to']) expect(await given.store.copy('absent', to)).toBeUndefined();
      expect(await keys(given.store, '')).toEqual(['to']);
    });

    test('an object without bytes is an object, and its copy outlives it', async () => {
      await given.store.create('empty', new Uint8Array());
      await given.store.copy('empty', 'copy/of/empty');
      await given.store.remove('empty');
      expect(await keys(given.store, '')).toEqual(['copy/of/empty']);
      expect(await content(given.store, 'copy/of/empty')).toHaveLength(0);
    });

    test('into an archive keeps every byte, and who asks for it learns when it can be read', async () => {
      await given.store.create('from', text('content'));
      const copied = await given.store.copy('from', 'archive/to', { archive: true });
      expect(copied).toMatchObject({ created: true, entry: { bytes: 7 } });
      expect((await given.store.head('archive/to'))?.storageClass).toBe(copied?.entry.storageClass);
      const options = { copyTo: 'thawed/to', days: 1 };
      const readable = async () => {
        const thawed = given.store.thaw ? await given.store.thaw('archive/to', options) : { key: 'archive/to' };
        return thawed && 'key' in thawed ? thawed.key : undefined;
      };
      await expect.poll(readable, { timeout: 20_000, interval: 200 }).toBeDefined();
      expect(await content(given.store, (await readable()) ?? '')).toEqual(text('content'));
      expect(await given.store.thaw?.('archive/absent', options)).toBeUndefined();
    });
  });
}
