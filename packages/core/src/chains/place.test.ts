import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { InspectRow } from '../engine/inspect-table.ts';
import { anEntry } from './an-entry.ts';
import { aRow, rowOf } from './a-row.ts';
import type { CatalogueEntry } from './catalogue-entry.ts';
import { chains } from './chains.ts';
import { aHistory } from './generated-history.ts';
import { placeArtifacts, type ParentRule, type Placement } from './place.ts';

const byDefault: ParentRule = { engineVersion: '5.26.0', preferDiffAsParent: false };
const preferDiff: ParentRule = { engineVersion: '2025.04.0', preferDiffAsParent: true };

/** FULL 1-10, DIFF 11-20, DIFF 21-30, an empty one, FULL 1-40. */
const worked = [
  anEntry({ artifact: 'f1', tx: [1, 10], hour: 0 }),
  anEntry({ artifact: 'd1', chain: 'f1', parent: 'f1', tx: [11, 20], hour: 1 }),
  anEntry({ artifact: 'd2', chain: 'f1', parent: 'd1', tx: [21, 30], hour: 2 }),
  anEntry({ artifact: 'e', chain: 'f1', parent: 'd2', tx: [0, 0], hour: 3 }),
  anEntry({ artifact: 'f2', tx: [1, 40], hour: 4 }),
];

describe('an artifact', () => {
  test('that is a FULL begins a chain of its own name', () => {
    expect(placed(worked, aRow({ artifact: 'f3', full: true, tx: [1, 50] }))).toEqual({ kind: 'first', chain: 'f3' });
  });

  test('that is a DIFF hangs on the latest one that carries something', () => {
    const row = aRow({ artifact: 'd3', tx: [41, 50] });
    expect(placed(worked, row)).toEqual({ kind: 'link', chain: 'f2', parent: 'f2.backup' });
  });

  test('made with DIFFs preferred as parents goes on beside the newer FULL', () => {
    const row = aRow({ artifact: 'd3', tx: [31, 50] });
    expect(placed(worked, row, preferDiff)).toEqual({ kind: 'link', chain: 'f1', parent: 'd2.backup' });
  });

  test('hangs where its transactions say, whatever the rule says', () => {
    const row = aRow({ artifact: 'd3', tx: [31, 50] });
    expect(placed(worked, row, byDefault)).toMatchObject({ parent: 'd2.backup' });
  });

  test('that fits a FULL and a DIFF hangs on the one that the rule names', () => {
    const entries = [...worked.slice(0, 3), anEntry({ artifact: 'f2', tx: [1, 30], hour: 4 })];
    const row = aRow({ artifact: 'd3', tx: [31, 50] });
    expect(placed(entries, row, byDefault)).toMatchObject({ parent: 'f2.backup' });
    expect(placed(entries, row, preferDiff)).toMatchObject({ parent: 'd2.backup' });
  });

  test('may overlap the latest FULL from 2026.02 on, and is an orphan before', () => {
    const row = aRow({ artifact: 'd3', tx: [38, 50] });
    expect(placed(worked, row, { ...byDefault, engineVersion: '2026.02.0' })).toMatchObject({ parent: 'f2.backup' });
    expect(placed(worked, row, byDefault)).toEqual({ kind: 'orphan', chain: 'd3' });
  });

  test('that is empty hangs on the latest one that carries something', () => {
    expect(placed(worked, aRow({ artifact: 'e2', tx: [0, 0] }))).toMatchObject({ parent: 'f2.backup' });
    expect(placed([], aRow({ artifact: 'e2', tx: [0, 0] }))).toEqual({ kind: 'orphan', chain: 'e2' });
  });

  test('of another identity of its database finds no parent', () => {
    expect(placed(worked, aRow({ artifact: 'd3', tx: [41, 50], databaseId: 'another' })).kind).toBe('orphan');
  });

  test('may hang on one that is placed in the same breath', () => {
    const [second, first] = [
      aRow({ artifact: 'd4', tx: [51, 60], hour: 11 }),
      aRow({ artifact: 'd3', tx: [41, 50], hour: 10 }),
    ];
    const placements = placeArtifacts([second, first], chains(worked), byDefault);
    expect(placements.get('d4.backup')).toEqual({ kind: 'link', chain: 'f2', parent: 'd3.backup' });
  });
});

test('artifacts that are placed one after another give the chains that the engine made', () => {
  fc.assert(
    fc.property(aHistory(), fc.nat(), (history, cut) => {
      const known = history.slice(0, cut % (history.length + 1));
      const placements = placeArtifacts(history.slice(known.length).map(rowOf), chains(known), byDefault);
      for (const { manifest } of history.slice(known.length)) {
        const placement = placements.get(manifest.artifact);
        expect(placement?.chain).toBe(manifest.chain);
        expect(placement?.kind === 'link' ? placement.parent : undefined).toBe(manifest.parent);
      }
    }),
  );
});

function placed(entries: readonly CatalogueEntry[], row: InspectRow, rule = byDefault): Placement {
  const placement = placeArtifacts([row], chains(entries), rule).get(row.file);
  if (!placement) throw new Error(`${row.file} was not placed`);
  return placement;
}
