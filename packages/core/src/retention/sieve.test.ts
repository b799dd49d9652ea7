import { expect, test } from 'vitest';
import { Sieve } from './sieve.ts';

test('a sieve never takes a member for a stranger, and seldom a stranger for a member', () => {
  const sieve = new Sieve(20_000);
  const members = Array.from({ length: 20_000 }, (_, index) => `artifacts/orders-${index}.backup`);
  for (const name of members) sieve.add(name);
  expect(members.every((name) => sieve.mayHave(name))).toBe(true);
  const strangers = members.filter((_, index) => sieve.mayHave(`artifacts/stock-${index}.backup`));
  expect(strangers.length).toBeLessThan(600);
});
