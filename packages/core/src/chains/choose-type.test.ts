import { describe, expect, test } from 'vitest';
import { anEntry, atHour } from './an-entry.ts';
import { chains } from './chains.ts';
import { chooseType, type TypeChoice, type TypeQuestion } from './choose-type.ts';

const week = { fullIntervalMs: 7 * 24 * 3_600_000 };
const orders = [
  anEntry({ artifact: 'f', tx: [1, 10], hour: 0 }),
  anEntry({ artifact: 'd1', chain: 'f', parent: 'f', tx: [11, 20], hour: 24 }),
];
const stock = [anEntry({ artifact: 's', database: 'stock', hour: 24 })];

describe('what was asked is taken', () => {
  test.each(['FULL', 'DIFF', 'AUTO'] as const)('as %s when every expected database has a sound chain', (asked) => {
    expect(chosen({ asked })).toMatchObject({ type: asked, reason: 'AsAsked' });
  });

  test('when the trouble is in the chain of a database that nobody expects any more', () => {
    const dropped = anEntry({ artifact: 'x', database: 'old', chain: 'gone', parent: 'y', hour: 30 });
    expect(chosen({ chains: chains([...orders, dropped]) })).toMatchObject({ type: 'DIFF', reason: 'AsAsked' });
  });

  test('when only an older chain is broken', () => {
    const older = anEntry({ artifact: 'x', chain: 'gone', parent: 'y', tx: [90, 91], hour: -50 });
    expect(chosen({ chains: chains([...orders, older]) }).reason).toBe('AsAsked');
  });
});

describe('a FULL is taken for all databases', () => {
  test('when the chain of one is broken', () => {
    const torn = anEntry({ artifact: 'd3', chain: 'f', parent: 'd2', tx: [31, 40], hour: 48 });
    expect(chosen({ expected: ['stock', 'orders'], chains: chains([...orders, ...stock, torn]) })).toEqual({
      type: 'FULL',
      reason: 'ChainBroken',
      message: 'chain f of orders cannot be built on: d3.backup hangs on d2.backup, which is not there',
    });
  });

  test('when the chain of one is under suspicion', () => {
    expect(chosen({ suspect: new Set(['f']) })).toMatchObject({ type: 'FULL', reason: 'ChainBroken' });
  });

  test('when a chain is as old as its limit, from the start of its FULL', () => {
    expect(chosen({ now: atHour(7 * 24 - 1) }).reason).toBe('AsAsked');
    expect(chosen({ now: atHour(7 * 24) })).toMatchObject({ type: 'FULL', reason: 'NewChainDue' });
  });

  test('when a chain has as many runs as its limit, the FULL counted', () => {
    expect(chosen({ limits: { ...week, maxChainLength: 3 } }).reason).toBe('AsAsked');
    expect(chosen({ limits: { ...week, maxChainLength: 2 } })).toMatchObject({ type: 'FULL', reason: 'NewChainDue' });
    expect(chosen({ limits: { ...week, maxChainLength: 1 }, chains: chains(stock), expected: ['stock'] }).type).toBe(
      'FULL',
    );
  });

  test('when the chain of one is not where the engine works, unless there is a weightier reason', () => {
    const outOfReach = new Map([['f', 'is only in the store']]);
    expect(chosen({ outOfReach })).toEqual({
      type: 'FULL',
      reason: 'NoWorkVolume',
      message: 'chain f of orders is only in the store',
    });
    expect(chosen({ outOfReach, now: atHour(7 * 24) }).reason).toBe('NewChainDue');
    expect(chosen({ outOfReach: new Map([['s', 'is only in the store']]) }).reason).toBe('AsAsked');
  });

  test('when the plan forces it, with the word it gives', () => {
    expect(chosen({ forceFull: 'UnexplainedArtifact' })).toMatchObject({ type: 'FULL', reason: 'UnexplainedArtifact' });
    expect(chosen({ forceFull: 'WordOfTheFuture' })).toMatchObject({ type: 'FULL', reason: 'ChainBroken' });
  });

  test.each(['AUTO', 'DIFF'] as const)('when %s is asked and no database has a parent', (asked) => {
    expect(chosen({ asked, chains: [] })).toMatchObject({ type: 'FULL', reason: 'NoParent' });
    expect(chosen({ asked, chains: [], expected: [] })).toMatchObject({ type: 'FULL', reason: 'NoParent' });
  });
});

test('a DIFF becomes AUTO when only some databases have a parent', () => {
  const expected = ['orders', 'stock'];
  expect(chosen({ asked: 'DIFF', expected })).toMatchObject({ type: 'AUTO', reason: 'NoParent' });
  expect(chosen({ asked: 'AUTO', expected })).toMatchObject({ type: 'AUTO', reason: 'AsAsked' });
});

test('without expected databases those of the newest run are looked at', () => {
  const dropped = anEntry({ artifact: 'o', database: 'old', hour: -500 });
  const question = { expected: [], chains: chains([...orders, ...stock, dropped]) };
  expect(chosen(question).reason).toBe('AsAsked');
  expect(chosen({ ...question, suspect: new Set(['s']) }).reason).toBe('ChainBroken');
});

function chosen(different: Partial<TypeQuestion>): TypeChoice {
  return chooseType({
    asked: 'DIFF',
    expected: ['orders'],
    chains: chains(orders),
    limits: week,
    now: atHour(48),
    ...different,
  });
}
