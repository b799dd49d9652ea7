import { expect, test } from 'vitest';
import type { FaultTest } from './collect-faults.ts';
import { complaints, faultRows, faultsPage } from './faults-page.ts';

const killed: FaultTest = {
  scenario: ['P1', 'P3'],
  done: 'everything is killed',
  outcome: 'nothing | happens',
  name: 'a sentence',
  file: 'test/faults/process.test.ts',
};

test('a test stands in the row of each of its scenarios', () => {
  const known = { P1: { trouble: 'a kill' }, P2: { trouble: 'a stop', notYet: 'why' }, P3: { trouble: 'another' } };
  expect(faultRows(known, [killed]).map(({ scenario, test }) => [scenario, test])).toEqual([
    ['P1', 'process.test.ts: a sentence'],
    ['P3', 'process.test.ts: a sentence'],
  ]);
  const page = faultsPage(known, [killed]);
  expect(page).toContain(String.raw`| **P3** another | everything is killed | nothing \| happens | I1–I8 |`);
  expect(page).toContain('| **P2** a stop | why |');
  expect(complaints(known, [killed])).toEqual([]);
});

test('what the invariants do not ask is said', () => {
  const [row] = faultRows({ P1: { trouble: 'a kill' } }, [{ ...killed, allowed: { orphans: ['x'], spoiled: ['y'] } }]);
  expect(row?.invariants).toMatch(/^I1–I8; artifacts without manifest .*; I3–I5 not for/);
});

test('a test without a cluster says what it asks and where it is played', () => {
  const own = { invariants: 'I4', playedOn: 'processes of its own' };
  expect(faultRows({ P1: { trouble: 'a kill' } }, [{ ...killed, own }])).toMatchObject([own]);
});

test('a scenario without a test and a reason is complained about, and one with both', () => {
  expect(complaints({ P1: { trouble: 'a kill', notYet: 'why' }, K1: { trouble: 'silence' } }, [killed])).toEqual([
    expect.stringMatching(/^scenario P1 has a fault test; remove its notYet/),
    expect.stringMatching(/^scenario K1 has no fault test/),
  ]);
});

test('the kinds of cluster that play it are said', () => {
  const playedOn = (change: Partial<FaultTest>) =>
    faultRows({ P1: { trouble: 'a kill' } }, [{ ...killed, ...change }])[0]?.playedOn;
  expect(playedOn({})).toBe('embedded, control-plane');
  expect(playedOn({ file: 'test/faults/redis.test.ts' })).toBe('embedded');
});
