import { expect, test } from 'vitest';
import { parseFieldSelector, parseLabelSelector } from './selectors.ts';

const labels = { app: 'neo4j', tier: 'db', 'neo4j.com/cluster': 'c1' };

test.each([
  ['', true],
  ['app=neo4j', true],
  ['app==neo4j,tier=db', true],
  ['app!=neo4j', false],
  ['other!=x', true],
  ['neo4j.com/cluster', true],
  ['!neo4j.com/cluster', false],
  ['app in (a, neo4j),tier notin (web)', true],
  ['other in (a)', false],
  ['other notin (a)', true],
])('label selector "%s" matches: %s', (selector, expected) => {
  expect(parseLabelSelector(selector)(labels)).toBe(expected);
});

test('a label selector that says nothing sensible is refused', () => {
  expect(() => parseLabelSelector('a=b=c')).toThrow('unable to parse requirement');
});

test('field selectors know their fields only', () => {
  const known = ['metadata.name', 'status.phase'];
  const fields = { 'metadata.name': 'a', 'status.phase': 'Running' };
  expect(parseFieldSelector('metadata.name=a,status.phase!=Failed', known)(fields)).toBe(true);
  expect(parseFieldSelector('metadata.name=b', known)(fields)).toBe(false);
  expect(() => parseFieldSelector('spec.x=1', known)).toThrow('field label not supported: spec.x');
});
