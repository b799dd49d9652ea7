import { expect, test } from 'vitest';
import { aSpec } from '../run/an-observed.ts';
import { memoryOf } from './memory.ts';

const memory = (resources?: Record<string, unknown>, pageCache?: string) =>
  memoryOf({ ...aSpec().options, pod: { ...(resources && { resources }) }, ...(pageCache && { pageCache }) });

test('half of the limit is heap, a quarter page cache', () => {
  expect(memory()).toEqual({ limit: '2048Mi', request: '1024Mi', heap: '1024M', pageCache: '512M' });
  expect(memory({ limits: { memory: '8Gi' } })).toEqual({
    limit: '8Gi',
    request: '4096Mi',
    heap: '4096M',
    pageCache: '2048M',
  });
});

test('a large pod gets no larger heap than helps, a tiny one no smaller than works', () => {
  expect(memory({ limits: { memory: '64Gi' } }).heap).toBe('4096M');
  expect(memory({ limits: { memory: '64Mi' } })).toMatchObject({ heap: '64M', pageCache: '16M' });
});

test('the page cache that was asked for is kept', () => {
  expect(memory(undefined, '4G').pageCache).toBe('4G');
});

test('a request above the usual limit raises it', () => {
  expect(memory({ requests: { memory: '8Gi' } })).toMatchObject({ limit: '8Gi', request: '8Gi', heap: '4096M' });
  expect(memory({ requests: { memory: '512Mi' } })).toMatchObject({ limit: '2048Mi', request: '512Mi' });
});
