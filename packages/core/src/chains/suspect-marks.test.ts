import { expect, test } from 'vitest';
import { anEntry, atHour } from './an-entry.ts';
import { chains } from './chains.ts';
import { folderState, notToExtend, rejectedMarks, withMarks, type FoundMark } from './suspect-marks.ts';

const full = anEntry({ artifact: 'f', tx: [1, 10], hour: 0 });
const first = anEntry({ artifact: 'd1', chain: 'f', parent: 'f', tx: [11, 20], hour: 1 });
const second = anEntry({ artifact: 'd2', chain: 'f', parent: 'd1', tx: [21, 30], hour: 2 });
const older = anEntry({ artifact: 'f0', tx: [1, 5], hour: -10 });
const history = [older, full, first, second];

const aMark = (artifact: string, hour: number, told: Partial<FoundMark> = {}): FoundMark => ({
  key: `suspect/look/run-${hour}~${artifact}.backup.json`,
  artifactRun: `run-${hour}`,
  artifact: `${artifact}.backup`,
  keys: [`artifacts/${artifact}.backup`],
  database: 'orders',
  artifactAt: atHour(hour),
  reason: 'ArtifactChanged',
  message: `${artifact}.backup has another content`,
  foundBy: 'looking',
  foundAt: atHour(20),
  ...told,
});

test('a chain is broken from its marked link on, in the words of the mark', () => {
  const [chain] = chains(withMarks(history, [aMark('d1', 1)]));
  expect(chain).toMatchObject({ id: 'f', state: 'Broken', verified: false });
  expect(chain?.findings).toEqual(['d1.backup has another content']);
  expect([...(chain?.lost ?? [])].map(({ manifest }) => manifest.artifact)).toEqual(['d1.backup', 'd2.backup']);
});

test('a second manifest of a marked object is marked as well', () => {
  const adopted = anEntry({ artifact: 'd1', chain: 'f', parent: 'f', tx: [11, 20], hour: 1, run: 'run-7' });
  expect(withMarks([adopted], [aMark('d1', 1)])[0]?.suspect?.message).toBe('d1.backup has another content');
});

test('what a restore brings back ends before the damage, and older chains take over from a lost FULL', () => {
  const pointAfter = (mark: FoundMark) => folderState(chains(withMarks(history, [mark]))).restorePoint;
  expect(folderState(chains(history)).restorePoint).toMatchObject({ chain: 'f', transaction: 30 });
  expect(pointAfter(aMark('d2', 2))).toMatchObject({ chain: 'f', transaction: 20, time: '2026-01-01T01:00:00Z' });
  expect(pointAfter(aMark('f', 0))).toMatchObject({ chain: 'f0', transaction: 5 });
});

test('data is what people ask for: system speaks only where nothing else can be restored', () => {
  const system = anEntry({ artifact: 's', database: 'system', hour: 2, run: 'run-2' });
  const marked = withMarks([full, system], [aMark('f', 0)]);
  expect(folderState(chains([full, system])).restorePoint?.chain).toBe('f');
  expect(folderState(chains(marked)).restorePoint?.chain).toBe('s');
});

test('the state counts chains and names what is damaged', () => {
  expect(folderState(chains(withMarks(history, [aMark('d1', 1)])))).toMatchObject({
    whole: 1,
    broken: 1,
    damagedCount: 1,
    damaged: [{ chain: 'f', database: 'orders', artifact: 'd1.backup', reason: 'ArtifactChanged' }],
  });
  expect(folderState([])).toEqual({ whole: 0, broken: 0, damaged: [], damagedCount: 0 });
});

test('an artifact that was rejected before it counted keeps its chain, which only must not be extended', () => {
  const spoiled = aMark('d3', 3);
  expect(rejectedMarks(history, [spoiled, aMark('d1', 1)])).toEqual([spoiled]);
  const found = chains(withMarks(history, [spoiled]));
  expect(found.map(({ state }) => state)).toEqual(['Whole', 'Whole']);
  expect(notToExtend(found, [spoiled])).toEqual(new Set(['f', 'f0']));
  const next = anEntry({ artifact: 'f4', hour: 4 });
  expect(notToExtend(chains([...history, next]), [spoiled])).toEqual(new Set(['f', 'f0']));
});

test('a rejected FULL, and a mark that names no database, keep every older chain from being extended', () => {
  const other = anEntry({ artifact: 'c', database: 'customers', hour: 0 });
  const found = chains([...history, other]);
  expect(notToExtend(found, [aMark('f3', 3)])).toEqual(new Set(['f', 'f0']));
  const { database: _unknown, ...unread } = aMark('x', 3);
  expect(notToExtend(found, [unread])).toEqual(new Set(['f', 'f0', 'c']));
});
