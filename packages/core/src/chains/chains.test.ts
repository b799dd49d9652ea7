import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anEntry } from './an-entry.ts';
import type { CatalogueEntry } from './catalogue-entry.ts';
import { chains, type Chain } from './chains.ts';
import { aHistory } from './generated-history.ts';

const full = anEntry({ artifact: 'f', tx: [1, 10], hour: 0 });
const first = anEntry({ artifact: 'd1', chain: 'f', parent: 'f', tx: [11, 20], hour: 1 });
const nothing = anEntry({ artifact: 'e', chain: 'f', parent: 'd1', tx: [0, 0], hour: 2 });
const second = anEntry({ artifact: 'd2', chain: 'f', parent: 'd1', tx: [21, 30], hour: 3 });
const overlap = (engineVersion: string) =>
  anEntry({ artifact: 'd1', chain: 'f', parent: 'f', tx: [8, 20], hour: 1, engineVersion });

describe('a whole chain', () => {
  test('is a FULL and its DIFFs, oldest first, whatever order the listing had', () => {
    const [chain, ...others] = chains([second, nothing, full, first]);
    expect(others).toEqual([]);
    expect(chain).toMatchObject({
      id: 'f',
      full,
      entries: [full, first, nothing, second],
      runs: ['run-0', 'run-1', 'run-2', 'run-3'],
      lowestTx: 1,
      highestTx: 30,
      length: 4,
      bytes: 400,
      state: 'Whole',
      findings: [],
      verified: true,
    });
  });

  test('keeps each parent before its child when a clock jumped back', () => {
    const late = anEntry({ artifact: 'd1', chain: 'f', parent: 'f', tx: [11, 20], hour: 50 });
    expect(names(only([second, late, full]))).toEqual(['f', 'd1', 'd2']);
    expect(only([second, late, full]).state).toBe('Whole');
  });

  test('may start with a DIFF that overlaps its FULL from 2026.02 on, and not before', () => {
    expect(only([full, overlap('2026.02.0')]).state).toBe('Whole');
    expect(only([full, overlap('2026.01.3')]).findings).toEqual([
      'd1.backup starts at transaction 8, and its parent f.backup ends at 10',
    ]);
  });

  test('never has an overlap after its first DIFF', () => {
    const late = anEntry({
      artifact: 'd2',
      chain: 'f',
      parent: 'd1',
      tx: [15, 30],
      hour: 3,
      engineVersion: '2026.09',
    });
    expect(only([full, first, late]).state).toBe('Broken');
  });

  test('goes on beside a newer FULL when DIFFs are preferred as parents', () => {
    const newer = anEntry({ artifact: 'f2', tx: [1, 40], hour: 4 });
    const onOld = anEntry({ artifact: 'd3', chain: 'f', parent: 'd2', tx: [31, 50], hour: 5 });
    const found = chains([full, first, second, newer, onOld]);
    expect(found.map(({ id, state, highestTx }) => [id, state, highestTx])).toEqual([
      ['f', 'Whole', 50],
      ['f2', 'Whole', 40],
    ]);
  });

  test('counts two attempts of one run once', () => {
    const again = anEntry({ artifact: 'd2', chain: 'f', parent: 'd1', tx: [21, 30], hour: 3, run: 'run-1' });
    expect(only([full, first, again]).length).toBe(2);
  });

  test('counts the bytes of an object once that two manifests name', () => {
    const adopted = { ...first, key: 'manifests/run-9/orders.json' };
    expect(only([full, first, adopted])).toMatchObject({ state: 'Whole', bytes: 200 });
  });
});

describe('a broken chain', () => {
  test('has lost its FULL', () => {
    const chain = only([first, second]);
    expect(chain).toMatchObject({ id: 'f', state: 'Broken', verified: false });
    expect(chain.full).toBeUndefined();
    expect(chain.lost).toEqual(new Set([first, second]));
  });

  test('has lost a link, and knows what a restore still reaches', () => {
    const chain = only([full, second, nothing]);
    expect(chain.findings).toEqual([
      'e.backup hangs on d1.backup, which is not there',
      'd2.backup hangs on d1.backup, which is not there',
    ]);
    expect(chain.lost).toEqual(new Set([second, nothing]));
  });

  test('has a gap between two transactions', () => {
    const gap = anEntry({ artifact: 'd1', chain: 'f', parent: 'f', tx: [12, 20], hour: 1 });
    expect(only([full, gap]).state).toBe('Broken');
  });

  test('hangs a DIFF on an empty one', () => {
    const onEmpty = anEntry({ artifact: 'd2', chain: 'f', parent: 'e', tx: [21, 30], hour: 3 });
    expect(only([full, first, nothing, onEmpty]).findings).toEqual([
      'd2.backup hangs on e.backup, which is empty and cannot be a parent',
    ]);
  });

  test('runs in a circle, and is still found', () => {
    const one = anEntry({ artifact: 'a', chain: 'x', parent: 'b', tx: [11, 20], hour: 1 });
    const two = anEntry({ artifact: 'b', chain: 'x', parent: 'a', tx: [1, 10], hour: 2 });
    expect(only([one, two])).toMatchObject({ state: 'Broken', lost: new Set([one, two]) });
  });

  test('is one chain with the one its parent stands in, because removing that would break it', () => {
    const stray = anEntry({ artifact: 'd2', chain: 'elsewhere', parent: 'd1', tx: [21, 30], hour: 3 });
    const chain = only([full, first, stray]);
    expect(chain).toMatchObject({ id: 'f', state: 'Broken', entries: [full, first, stray] });
    expect(chain.findings).toContain('the manifests of elsewhere, f contradict');
  });
});

test('a database that was dropped and created again has chains of its own', () => {
  const recreated = anEntry({ artifact: 'f2', databaseId: 'another', tx: [1, 3], hour: 4 });
  expect(chains([full, recreated]).map(({ databaseId }) => databaseId)).toEqual(['another', 'id-of-orders']);
});

test('a chain of ten thousand links is followed without a deep stack', () => {
  const long = [full];
  for (let n = 1; n <= 10_000; n++) {
    const [tx, parent] = [[10 + n, 10 + n] as const, n === 1 ? 'f' : `d${n - 1}`];
    long.push(anEntry({ artifact: `d${n}`, chain: 'f', parent, tx, hour: -n }));
  }
  expect(only(long)).toMatchObject({ state: 'Whole', highestTx: 10_010 });
});

test('any part of a sound listing gives chains that hold each entry once and are whole exactly when nothing is missing', () => {
  const partOf = aHistory().chain((history) => fc.tuple(fc.constant(history), fc.subarray([...history])));
  fc.assert(
    fc.property(partOf, ([history, part]) => {
      expect(chains(history).every(({ state }) => state === 'Whole')).toBe(true);
      const found = chains(part);
      expect(found.flatMap(({ entries }) => entries).length).toBe(part.length);
      expect(new Set(found.flatMap(({ entries }) => entries))).toEqual(new Set(part));
      expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
      for (const chain of found) expectHonest(chain, new Set(part.map(({ manifest }) => manifest.artifact)));
    }),
  );
});

function expectHonest(chain: Chain, present: ReadonlySet<string>): void {
  const needs = chain.entries.flatMap(({ manifest }) => (manifest.parent === undefined ? [] : [manifest.parent]));
  expect(chain.state).toBe(needs.every((parent) => present.has(parent)) ? 'Whole' : 'Broken');
  expect(chain.findings.length === 0).toBe(chain.state === 'Whole');
  const placed = new Set<string>();
  for (const { manifest } of chain.entries) {
    const stands = manifest.parent === undefined || !present.has(manifest.parent) || placed.has(manifest.parent);
    expect(stands, `${manifest.artifact} stands after its parent`).toBe(true);
    placed.add(manifest.artifact);
  }
}

function only(entries: readonly CatalogueEntry[]): Chain {
  const [chain, ...others] = chains(entries);
  expect(others).toEqual([]);
  if (!chain) throw new Error('no chain was found');
  return chain;
}

function names(chain: Chain): string[] {
  return chain.entries.map(({ manifest }) => manifest.artifact.replace('.backup', ''));
}
