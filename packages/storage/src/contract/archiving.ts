import { describe, expect, test } from 'vitest';
import { content, keys, text } from './contents.ts';
import type { Given } from './given.ts';
import { needing } from './needing.ts';

const options = { copyTo: 'thawed/to', days: 1 };

/** What is copied into an archive is kept, and can be read again: at once, or after a thaw. */
export function archiving(given: Given): void {
  const readable = async (): Promise<string | undefined> => {
    if (!given.store.thaw) return 'archive/to';
    const thawed = await given.store.thaw('archive/to', options);
    return thawed?.state === 'Readable' ? thawed.key : undefined;
  };

  describe('archiving', () => {
    test('keeps every byte, and who asks for it learns when and where it can be read', async () => {
      await given.store.create('from', text('content'));
      const copied = await given.store.copy('from', 'archive/to', { archive: true });
      expect(copied).toMatchObject({ created: true, entry: { bytes: 7 } });
      await expect.poll(readable, { timeout: 20_000, interval: 200 }).toBeDefined();
      expect(await content(given.store, (await readable()) ?? '')).toEqual(text('content'));
    });

    test('of an object without bytes is a copy, too', async () => {
      await given.store.create('from', new Uint8Array());
      const copied = await given.store.copy('from', 'archive/to', { archive: true });
      expect(copied).toMatchObject({ created: true, entry: { bytes: 0 } });
      expect(await keys(given.store, '')).toEqual(['archive/to', 'from']);
    });

    test('never overwrites', async () => {
      await given.store.create('from', text('new'));
      await given.store.create('archive/to', text('older'));
      const copied = await given.store.copy('from', 'archive/to', { archive: true });
      expect(copied).toMatchObject({ created: false, entry: { bytes: 5 } });
      expect(await content(given.store, 'archive/to')).toEqual(text('older'));
    });

    test('what is not there cannot be thawed, and nothing comes of the question', async () => {
      expect(await given.store.thaw?.('archive/absent', options)).toBeUndefined();
      expect(await keys(given.store, '')).toEqual([]);
    });

    test('what was never archived is readable in its own place', async () => {
      await given.store.create('awake', text('x'));
      const thawed = given.store.thaw ? await given.store.thaw('awake', options) : { state: 'Readable', key: 'awake' };
      expect(thawed).toEqual({ state: 'Readable', key: 'awake' });
      expect(await content(given.store, 'awake')).toEqual(text('x'));
    });

    test('what was archived can be removed unread, and its key is free again', async () => {
      await given.store.create('from', text('content'));
      await given.store.copy('from', 'archive/to', { archive: true });
      await given.store.remove('archive/to');
      expect(await keys(given.store, '')).toEqual(['from']);
      expect(await given.store.copy('from', 'archive/to', { archive: true })).toMatchObject({ created: true });
    });

    needing(given, 'archive')('the class of an archived object is told, and that of others is not', async () => {
      const { entry } = await given.store.create('from', text('content'));
      const copied = await given.store.copy('from', 'archive/to', { archive: true });
      expect(copied?.entry.storageClass, 'the class of the copy').toMatch(/^(GLACIER|ARCHIVE|Archive)$/);
      expect((await given.store.head('archive/to'))?.storageClass).toBe(copied?.entry.storageClass);
      expect(entry.storageClass).toBeUndefined();
    });

    needing(given, 'sleep')(
      'an archived object is not read before it was thawed, and the refusal has its name',
      async () => {
        await given.store.create('from', text('content'));
        await given.store.copy('from', 'archive/to', { archive: true });
        const read = content(given.store, 'archive/to').then(() => 'it was read');
        await expect(read).rejects.toMatchObject({ reason: 'ObjectArchived', fate: 'terminal' });
      },
    );
  });
}
