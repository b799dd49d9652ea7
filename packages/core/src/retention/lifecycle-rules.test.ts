import { expect, test } from 'vitest';
import { rulesBelow, warnOfLifecycleRules, type LifecycleRule } from './lifecycle-rules.ts';

const rule = (given: Partial<LifecycleRule>): LifecycleRule => ({
  name: 'thirty-days',
  prefixes: [''],
  does: 'removes',
  ...given,
});

test.each([
  ['the whole bucket', '', ['']],
  ['a folder above', 'prod/', ['']],
  ['the beginning of a name above', 'pro', ['']],
  ['the folder itself', 'prod/neo4j/nightly/', ['']],
  ['a part of the folder', 'prod/neo4j/nightly/archive/', ['archive/']],
  ['the beginning of a name inside', 'prod/neo4j/nightly/art', ['art']],
])('a rule for %s touches a backup below it', (_where, prefix, seen) => {
  expect(rulesBelow([rule({ prefixes: [prefix] })], 'prod/neo4j/nightly/')).toEqual([rule({ prefixes: seen })]);
});

test.each(['prod/neo4j/weekly/', 'prod/neo4j/nightly2/', 'staging/'])(
  'a rule for %s does not touch a backup elsewhere',
  (prefix) => {
    expect(rulesBelow([rule({ prefixes: [prefix] })], 'prod/neo4j/nightly/')).toEqual([]);
  },
);

test('of several prefixes of a rule those count that touch the folder', () => {
  const prefixes = ['staging/', 'prod/neo4j/nightly/archive/', 'prod/'];
  expect(rulesBelow([rule({ prefixes })], 'prod/neo4j/nightly/')).toEqual([rule({ prefixes: ['archive/', ''] })]);
});

test('a rule that removes is told of with its name and the remedy', () => {
  expect(warnOfLifecycleRules([rule({})])).toEqual([
    {
      reason: 'LifecycleRule',
      message:
        'the bucket\'s lifecycle rule "thirty-days" removes objects of this folder by their age alone and may break chains; take the folder out of the rule, and let spec.retention say what goes',
      count: 1,
    },
  ]);
});

test('a rule that freezes is told of, unless it freezes the archive alone', () => {
  const [told] = warnOfLifecycleRules([rule({ name: 'cold', does: 'freezes' })]);
  expect(told?.message).toMatch(
    /^the bucket's lifecycle rule "cold" moves objects of this folder into a class that must be thawed/,
  );
  expect(warnOfLifecycleRules([rule({ does: 'freezes', prefixes: ['archive/'] })])).toEqual([]);
  expect(warnOfLifecycleRules([rule({ does: 'removes', prefixes: ['archive/'] })])).toHaveLength(1);
});

test('several rules are told of once, with their number', () => {
  const [told, ...more] = warnOfLifecycleRules([rule({}), rule({ name: 'b' }), rule({ name: 'c' })]);
  expect(more).toEqual([]);
  expect(told).toMatchObject({ count: 3, message: expect.stringContaining('as 2 more of its rules do,') as string });
});

test('where no rule touches, nothing is told', () => {
  expect(warnOfLifecycleRules([])).toEqual([]);
});
