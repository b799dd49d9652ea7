import { backupFacts, type BackupFacts } from '@holdfast/core';
import type { ActiveRun } from '@holdfast/types';
import { expect, test } from 'vitest';
import { anAdmittedRun, aWorld, putBackup } from '../../../packages/access/src/a-world.ts';
import { openPlaces } from './places.ts';

const one = { global: 1, perTarget: 1, perLocation: 1 };
const now = () => new Date('2026-03-01T03:00:00Z');

function facts(name: string, activeRun?: ActiveRun): BackupFacts {
  const world = aWorld();
  putBackup(world.kube, { name, spec: { schedule: '0 2 * * *' }, ...(activeRun && { status: { activeRun } }) });
  return backupFacts(world.backup(name));
}

const recorded = (minute = 0) => {
  const { admittedAt: _not, ...run } = anAdmittedRun({ phase: 'Recorded' });
  return { ...run, recordedAt: `2026-03-01T02:${String(minute).padStart(2, '0')}:00Z` };
};
const admitted = anAdmittedRun();
const parked = anAdmittedRun({ waitingFor: { reason: 'TargetNotReady', message: '', since: '2026-03-01T02:00:00Z' } });

test('an event from before the write does not take the place away again', () => {
  const places = openPlaces(one, now);
  const [a, b] = [recorded(5), recorded(1)];
  places.follow('neo4j/a', facts('a', a));
  expect(places.ask(facts('a', a), a)).toEqual({ kind: 'admit' });
  places.follow('neo4j/a', facts('a', a));
  expect(places.ask(facts('b', b), b)).toMatchObject({ kind: 'wait' });
  places.keep('neo4j/a');
  places.follow('neo4j/a', facts('a', admitted));
  expect(places.ask(facts('b', b), b)).toMatchObject({ kind: 'wait' });
});

test('what is given back is free, and a place that the watch shows stays held', () => {
  const places = openPlaces(one, now);
  places.ask(facts('a', recorded()), recorded());
  places.giveBack('neo4j/a');
  expect(places.ask(facts('b', recorded()), recorded())).toEqual({ kind: 'admit' });
  places.keep('neo4j/b');
  places.follow('neo4j/b', facts('b', admitted));
  places.giveBack('neo4j/b');
  expect(places.ask(facts('a', recorded()), recorded())).toMatchObject({ kind: 'wait' });
});

test('a run that ends wakes who may start now, and nobody else', () => {
  const places = openPlaces(one, now);
  places.follow('neo4j/a', facts('a', admitted));
  for (const [name, minute] of [
    ['young', 5],
    ['old', 1],
    ['middle', 3],
  ] as const)
    expect(places.follow(`neo4j/${name}`, facts(name, recorded(minute)))).toEqual([]);
  expect(places.follow('neo4j/a', facts('a'))).toEqual(['neo4j/old']);
});

test('a run that made room by being replaced wakes others too', () => {
  const places = openPlaces(one, now);
  places.follow('neo4j/a', facts('a', admitted));
  places.follow('neo4j/old', facts('old', recorded(1)));
  const next = { ...recorded(9), id: 'the-next' };
  expect(places.follow('neo4j/a', facts('a', next))).toEqual(['neo4j/old']);
});

test('who waits for something else holds no place', () => {
  const places = openPlaces(one, now);
  places.follow('neo4j/a', facts('a', admitted));
  places.follow('neo4j/b', facts('b', recorded()));
  expect(places.follow('neo4j/a', facts('a', parked))).toEqual(['neo4j/b']);
  expect([...places.waiting()]).toEqual([['TargetNotReady', 1]]);
});

test('a deleted backup leaves its place', () => {
  const places = openPlaces(one, now);
  places.follow('neo4j/a', facts('a', admitted));
  places.follow('neo4j/b', facts('b', recorded()));
  expect(places.follow('neo4j/a', undefined)).toEqual(['neo4j/b']);
});

test('the oldest goes first, also when a younger one asks first', () => {
  const places = openPlaces(one, now);
  places.follow('neo4j/old', facts('old', recorded(1)));
  expect(places.ask(facts('young', recorded(5)), recorded(5))).toMatchObject({ kind: 'wait' });
  expect(places.ask(facts('old', recorded(1)), recorded(1))).toEqual({ kind: 'admit' });
});

test('ten thousand runs of one slot are answered in seconds', () => {
  const places = openPlaces({ global: 20, perTarget: 1, perLocation: 10 }, now);
  const some = facts('x');
  const all = Array.from({ length: 10_000 }, (_, index) => {
    const name = `b${index}`;
    const run = recorded(index % 60);
    return { name, run, facts: { ...some, key: { namespace: 'neo4j', name }, status: { activeRun: run } } };
  });
  const startedAt = performance.now();
  for (const { name, facts: each } of all) places.follow(`neo4j/${name}`, each);
  const answers = all.map(({ facts: each, run }) => places.ask(each, run).kind);
  expect(answers.filter((kind) => kind === 'admit')).toHaveLength(1);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});
