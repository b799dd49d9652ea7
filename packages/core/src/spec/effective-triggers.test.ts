import { expect, test } from 'vitest';
import { aBackup, bucket, read, sentencesOf, target } from './a-spec.ts';
import { effectiveSpec } from './effective-spec.ts';

test('triggers are taken with their type, and none is the same as no field', () => {
  const triggers = [{ on: 'TargetUpgrade', backupType: 'FULL' }, { on: 'SpecChanged' }];
  expect(read({ triggers }).spec?.triggers).toEqual(triggers);
  expect(read({ triggers: [] }).spec).not.toHaveProperty('triggers');
});

test('an event that is named twice is refused', () => {
  const triggers = [{ on: 'SpecChanged' }, { on: 'TargetCreated' }, { on: 'SpecChanged', backupType: 'FULL' }];
  expect(sentencesOf({ triggers })).toEqual(['spec.triggers[2].on names SpecChanged a second time; keep one of them']);
});

test.each([
  [
    'statefulset/graph',
    'DatabaseCreated',
    /^spec\.triggers\[0\]\.on is DatabaseCreated, and no Neo4jDatabase belongs to a plain StatefulSet; remove it/,
  ],
  [
    'service/graph',
    'TargetUpgrade',
    /^spec\.triggers\[0\]\.on is TargetUpgrade, and a Service does not say .*; remove it, or name the StatefulSet/,
  ],
])('what %s can never show is refused: %s', (workload, on, sentence) => {
  const backup = aBackup({ target, storage: bucket, triggers: [{ on }] });
  const annotations = { 'neo4j.neo4j.com/target': workload };
  const { refusals } = effectiveSpec({ ...backup, metadata: { ...backup.metadata, annotations } });
  expect(refusals.map(({ message }) => message)).toEqual([expect.stringMatching(sentence)]);
});
