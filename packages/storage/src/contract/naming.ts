import { describe, expect, test } from 'vitest';
import { content, keys, text } from './contents.ts';
import type { Given } from './given.ts';
import { needing } from './needing.ts';

/** Names that some protocol, shell or file system would read as something else. */
export const oddNames = [
  'with space',
  ' around ',
  'plus+plus',
  'per%20cent',
  'a%2Fb',
  'ends with %',
  'ümläut ☃',
  '漢字 🦖',
  'a&b<c>"d\'',
  'query?x=1#part',
  'tilde~2e',
  'equals=;,@!$()*',
  '[brackets]{}^`|',
  'a:b',
  '.hidden',
  '...',
  '-dash',
] as const;

/** A key comes back as it was given. */
export function naming(given: Given): void {
  const survives = async (key: string): Promise<void> => {
    await given.store.create(key, text(key));
    expect(await keys(given.store, `${key.split('/')[0]}/`)).toEqual([key]);
    expect(await content(given.store, key)).toEqual(text(key));
    expect((await given.store.head(key))?.bytes).toBe(text(key).length);
    await given.store.remove(key);
    expect(await keys(given.store, '')).toEqual([]);
  };

  describe('naming', () => {
    test.each(oddNames)('the key %j survives the way there and back', (name) => survives(`odd/${name}`));

    test.each(oddNames.slice(0, 10))('the folder %j is listed by itself', async (name) => {
      for (const folder of [name, `${name}2`, 'other']) await given.store.create(`${folder}/file`, text(folder));
      expect(await keys(given.store, `${name}/`)).toEqual([`${name}/file`]);
    });

    test('a key of twenty steps survives', () =>
      survives(Array.from({ length: 20 }, (_, at) => `step-${at}`).join('/')));

    test('a key of 900 bytes survives', () => survives(Array.from({ length: 9 }, () => 'x'.repeat(99)).join('/')));

    needing(given, 'longSteps')('a key with a step of 300 bytes survives', () => survives(`long/${'x'.repeat(300)}`));

    needing(given, 'keyAbove')('a key may be the folder of others', async () => {
      for (const key of ['run', 'run/1', 'run/1/2']) await given.store.create(key, text(key));
      expect(await keys(given.store, '')).toEqual(['run', 'run/1', 'run/1/2']);
      await given.store.remove('run/1');
      expect(await keys(given.store, '')).toEqual(['run', 'run/1/2']);
      expect(await content(given.store, 'run')).toEqual(text('run'));
    });
  });
}
