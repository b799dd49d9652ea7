import { expect, test } from 'vitest';
import { bulletsOf, cellsOf } from '../packages/storage/src/contract/table.ts';
import { operations, type TestedStore } from '../packages/storage/src/contract/tested-stores.ts';
import { complaints, storesPage } from './stores-page.ts';

const rest = Object.fromEntries(operations.slice(2).map((operation) => [operation, 'there is none']));
const stores: Record<string, TestedStore> = {
  tape: {
    what: 'a tape | rewound',
    file: 'tape.test.ts',
    lacks: { archive: { why: 'it is one', seen: /x/ } },
    without: rest,
  },
  'tape in a drawer': { what: 'the same', file: 'tape.test.ts', plays: ['writing'] },
};
const checks = [
  { store: 'tape', operation: 'writing', name: 'a *key* is written' },
  { store: 'tape', operation: 'writing', name: 'a class is told', lacks: 'archive' },
  { store: 'tape', operation: 'creating once', name: 'one wins' },
  { store: 'tape in a drawer', operation: 'writing', name: 'a *key* is written' },
] as const;

test('what the page says can be read from it again', () => {
  const page = storesPage(stores, checks);
  expect(Object.fromEntries(cellsOf(page, 'tape'))).toEqual({ writing: '1, lacks 1', 'creating once': '1' });
  expect(Object.fromEntries(cellsOf(page, 'tape in a drawer'))).toEqual({ writing: '1' });
  expect(cellsOf(page, 'nobody').size).toBe(0);
  expect(bulletsOf(page, 'writing')).toEqual([String.raw`- a \*key\* is written`, '- a class is told']);
  expect(page).toContain(String.raw`| tape | a tape \| rewound | 3 | `);
});

test('what is lacking stands there with its reason, once for all that share it', () => {
  const drawer: TestedStore = { what: 'the same', file: 'x', plays: ['writing'], lacks: stores['tape']?.lacks ?? {} };
  const page = storesPage({ ...stores, 'tape in a drawer': drawer }, checks);
  expect(page).toContain('| a class of its own that is cheap to keep | tape, tape in a drawer | it is one |');
});

test('an operation without check and reason is complained about, one with both, and a lack that nobody sees', () => {
  expect(complaints(stores, checks)).toEqual([]);
  const tape = { what: 'a tape', file: 'x', without: { ...rest, writing: 'why' }, lacks: { sleep: { why: 'never' } } };
  expect(complaints({ tape }, checks.slice(0, 1))).toEqual([
    expect.stringMatching(/^tape is not asked about "creating once"; play it/),
    expect.stringMatching(/^tape is asked about "writing"; remove its reason/),
    expect.stringMatching(/^no check sees that tape lacks sleep/),
  ]);
});
