import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { aBackup, bucket, read, sentencesOf, target } from './a-spec.ts';
import { effectiveSpec } from './effective-spec.ts';

test('the shortest spec gets every default', () => {
  expect(effectiveSpec(aBackup({ target, storage: bucket })).spec).toEqual({
    target: { kind: 'Cluster', name: 'production', namespace: 'neo4j' },
    storage: { type: 's3', bucket: 'backups', path: '', region: 'eu-west-1' },
    suspend: false,
    options: {
      backupType: 'AUTO',
      fullIntervalMs: 7 * 86_400_000,
      compress: true,
      additionalArgs: [],
      deadlineMs: 86_400_000,
      stallTimeoutMs: 1_800_000,
      retries: 2,
      verify: false,
      transfer: 'Auto',
      pod: {},
    },
    historyLimit: 20,
  });
});

test('a schedule is read with its zone, and H belongs to the object', () => {
  const schedule = read({ schedule: 'H 2 * * *', timeZone: 'Europe/Stockholm', startingDeadlineSeconds: 60 }).spec
    ?.schedule;
  expect(schedule).toMatchObject({ timeZone: 'Europe/Stockholm', startingDeadlineMs: 60_000 });
  expect(schedule?.expression).toMatch(/^\d+ 2 \* \* \*$/);
  expect(read({ schedule: 'H 2 * * *' }).spec?.schedule?.expression).toBe(schedule?.expression);
});

test.each<[string, Record<string, unknown>]>([
  [
    'spec.target.clusterRef belongs to kind Database; remove it, and name the cluster in spec.target.name',
    { target: { ...target, clusterRef: 'x' } },
  ],
  [
    'spec.timeZone has no meaning without spec.schedule or spec.retention.keep; remove it or add a schedule',
    { timeZone: 'UTC' },
  ],
  [
    'spec.timeZone is "Mars", which is no known time zone; write an IANA name such as Europe/Stockholm',
    { schedule: '@daily', timeZone: 'Mars' },
  ],
  [
    'spec.startingDeadlineSeconds has no meaning without spec.schedule; remove it or add a schedule',
    { startingDeadlineSeconds: 5 },
  ],
  ['spec.retention.maxAge is "0d"; write a duration above zero, such as 30d', { retention: { maxAge: '0d' } }],
  [
    'spec.schedule is an object with fields; write the cron expression itself, such as schedule: "0 2 * * *"',
    { schedule: { cron: '0 2 * * *' } },
  ],
  ['spec.suspend is a text in quotes; write true or false', { suspend: 'true' }],
  ['spec.historyLimit is 99; write at most 50', { historyLimit: 99 }],
  ['spec.retention.maxCount is 0; write at least 1', { retention: { maxCount: 0 } }],
  ['spec.options.pageCache is "2Gi"; write a number with K, M or G, such as 2G', { options: { pageCache: '2Gi' } }],
  ['spec.storage.type is "S3"; write one of s3, gcs, azure, pvc', { storage: { type: 'S3', bucket: 'b' } }],
  [
    'spec.options.additionalArg is not a field of a Neo4jBackup; remove it or correct its name',
    { options: { additionalArg: [] } },
  ],
])('%s', (sentence, difference) => {
  expect(sentencesOf(difference)).toContain(sentence);
});

test('a name too long for its Job is refused', () => {
  const { refusals } = effectiveSpec(aBackup({ target, storage: bucket }, 'n'.repeat(57)));
  expect(refusals).toMatchObject([{ reason: 'SpecInvalid', field: 'metadata.name' }]);
  expect(effectiveSpec(aBackup({ target, storage: bucket }, 'n'.repeat(56))).refusals).toEqual([]);
});

test('every mistake is told at once', () => {
  expect(
    sentencesOf({ schedule: '0 0 0 * * *', retention: { maxAge: '0d' }, options: { tempPath: '/etc' } }),
  ).toHaveLength(3);
});

test('whatever stands below spec, it is read or refused', () => {
  const value = fc.jsonValue({ maxDepth: 2 });
  const parts = { target: value, storage: value, cloud: value, schedule: value, retention: value, options: value };
  const some = fc.record(parts, { requiredKeys: [] }).map((difference) => ({ target, storage: bucket, ...difference }));
  const texts = fc
    .record({
      path: fc.string(),
      schedule: fc.string(),
      maxAge: fc.string(),
      tempPath: fc.string(),
      endpointURL: fc.string(),
    })
    .map(({ path, schedule, maxAge, tempPath, endpointURL }) => ({
      target,
      storage: { ...bucket, path, cloud: { endpointURL } },
      schedule,
      retention: { maxAge },
      options: { tempPath },
    }));
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), some, texts), (written) => {
      const { spec, refusals } = effectiveSpec(aBackup(written));
      expect(spec === undefined).toBe(refusals.length > 0);
      expect(refusals.filter(({ message }) => !/; ./.test(message))).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
