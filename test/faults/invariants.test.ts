import type { Manifest, Neo4jBackup, Status } from '@holdfast/types';
import { expect, test } from 'vitest';
import type { StoreEvent } from '../cluster/store/store-events.ts';
import type { Evidence, SeenFolder } from './evidence.ts';
import { breaches } from './invariants.ts';

/** Each invariant is broken once, so that we know it would be noticed. */

const now = new Date('2026-03-01T12:00:00.000Z');
const at = (minute: number) => new Date(now.getTime() + minute * 60_000).toISOString();

test('a quiet cluster keeps every invariant', () => {
  expect(breaches(anEvidence({}))).toEqual([]);
});

test('I1: two Jobs for one attempt are noticed', () => {
  const job = { name: 'b-backup', namespace: 'n', backupUid: 'u', run: 'r', attempt: '1', verb: 'backup' };
  const jobs = [
    { ...job, uid: 'one' },
    { ...job, uid: 'two' },
  ];
  expect(breaches(anEvidence({ jobs }))).toEqual(['I1: attempt 1 of run r had 2 Jobs']);
});

test('I1: a run that begins again after its end is noticed', () => {
  const active = aBackup({
    activeRun: { id: 'r', kind: 'backup', trigger: 'OneShot', phase: 'Admitted', attempt: 1, recordedAt: at(0) },
  });
  const versions = [active, aBackup({}), active];
  expect(breaches(anEvidence({ versions }))).toEqual(['I1: run r of b began again after its end']);
});

test('I1: an artifact that no manifest names is noticed, and allowed where a test says so', () => {
  const folders = [aFolder([], [written('artifacts/x.backup')])];
  expect(breaches(anEvidence({ folders }))).toEqual(['I1: artifacts/x.backup was written and no manifest names it']);
  expect(breaches(anEvidence({ folders }), { orphans: ['x.backup'] })).toEqual([]);
});

test('I2: a run long past its deadline is noticed', () => {
  const recordedAt = at(-25 * 60);
  const status: Status = {
    activeRun: { id: 'r', kind: 'backup', trigger: 'OneShot', phase: 'Recorded', attempt: 1, recordedAt },
  };
  expect(breaches(anEvidence({ backups: [aBackup(status)] }))).toEqual([
    expect.stringMatching(/^I2: run r of b is Recorded/),
  ]);
});

test('I3: a success without manifest, or with a changed object, is noticed', () => {
  const succeeded = aBackup({
    history: [
      {
        runId: 'full',
        trigger: 'OneShot',
        status: 'Succeeded',
        reason: 'Succeeded',
        verification: { level: 'objects', time: at(0) },
        databases: [{ name: 'neo4j', artifact: 'full.backup' }],
      },
    ],
  });
  const versions = [succeeded];
  expect(breaches(anEvidence({ versions, folders: [aFolder([], [])] }))).toEqual([
    'I3: run full of b is Succeeded, and manifests/full/neo4j.json was never in the store',
  ]);
  const folder = aFolder([full], [written('artifacts/full.backup'), written('manifests/full/neo4j.json')]);
  const shorter = new Map([...folder.objects, ['artifacts/full.backup', { bytes: 7 }] as const]);
  expect(breaches(anEvidence({ versions, folders: [folder] }))).toEqual([]);
  expect(breaches(anEvidence({ versions, folders: [{ ...folder, objects: shorter }] }))).toEqual([
    'I3: artifacts/full.backup of run full of b has 7 bytes instead of 10',
  ]);
});

test('I4: a chain that loses its FULL before its DIFF is noticed at that instant', () => {
  const diary = [
    ...[full, diff, newest].flatMap(({ run }) => [
      written(`artifacts/${run}.backup`),
      written(`manifests/${run}/neo4j.json`),
    ]),
    removed('manifests/full/neo4j.json'),
    removed('artifacts/full.backup'),
    removed('manifests/diff/neo4j.json'),
    removed('artifacts/diff.backup'),
  ];
  const found = breaches(anEvidence({ folders: [aFolder([full, diff, newest], diary)] }));
  expect(found).toContain('I4: diff.backup counted while its parent full.backup did not (b)');
});

test('I4: an artifact that goes before its manifest is noticed', () => {
  const diary = [
    written('artifacts/full.backup'),
    written('manifests/full/neo4j.json'),
    removed('artifacts/full.backup'),
  ];
  expect(breaches(anEvidence({ folders: [aFolder([full], diary)] }))).toEqual([
    'I4: full.backup counted while artifacts/full.backup was gone (b)',
  ]);
});

test('I5: the newest chain must not be touched', () => {
  const diary = [
    written('artifacts/full.backup'),
    written('manifests/full/neo4j.json'),
    removed('manifests/full/neo4j.json'),
    removed('artifacts/full.backup'),
  ];
  const found = breaches(anEvidence({ folders: [aFolder([full], diary)] }));
  expect(found).toEqual([expect.stringMatching(/^I5: .* belonged to the newest chain of neo4j \(b\)$/)]);
});

test('I6: a failure that stands only in status is noticed', () => {
  const failed = aBackup({
    history: [{ runId: 'r', trigger: 'OneShot', status: 'Failed', reason: 'EngineFailed', error: 'why' }],
  });
  expect(breaches(anEvidence({ backups: [failed] }))).toEqual([
    'I6: no Event tells of Failed run r of b',
    'I6: no metric counts Failed run r of b (EngineFailed)',
  ]);
});

test('I7: a slot that nobody answers, and a service that stays unwell, are noticed', () => {
  const backup = { ...aBackup({ nextRunTime: at(60) }, { schedule: '30 * * * *' }) };
  expect(breaches(anEvidence({ backups: [backup], health: { worker: 'degraded' } }))).toEqual([
    'I7: worker is degraded',
    'I7: slot 2026-03-01T11:30:00.000Z of b was not answered',
  ]);
});

test('I8: a secret is found plain and in base64', () => {
  const texts = [
    { where: 'a log', text: 'key=very-secret' },
    { where: 'a plan', text: Buffer.from('very-secret').toString('base64') },
    { where: 'a poem', text: 'nothing' },
  ];
  expect(breaches(anEvidence({ texts, secrets: ['very-secret'] }))).toEqual([
    'I8: a secret value stands in a log',
    'I8: a secret value stands in a plan',
  ]);
});

const full = aManifest('full', { startTime: at(-30) });
const diff = aManifest('diff', { startTime: at(-20), type: 'DIFF', parent: 'full.backup', chain: 'full' });
const newest = aManifest('newest', { startTime: at(-10) });

function anEvidence(different: Partial<Evidence>): Evidence {
  return {
    now,
    backups: [aBackup({})],
    versions: [],
    jobs: [],
    events: [],
    metrics: new Map(),
    health: { watcher: 'ok' },
    folders: [],
    texts: [],
    secrets: [],
    ...different,
  };
}

function aBackup(status: Status, spec: object = {}): Neo4jBackup {
  return {
    apiVersion: 'neo4j.neo4j.com/v1alpha1',
    kind: 'Neo4jBackup',
    metadata: { name: 'b', namespace: 'n', uid: 'u', creationTimestamp: at(-60) },
    spec: {
      target: { kind: 'Cluster', name: 'c' },
      storage: { type: 's3', bucket: 'bucket' },
      ...spec,
    },
    status,
  };
}

/** A folder after its diary. */
function aFolder(manifests: readonly Manifest[], diary: readonly StoreEvent[]): SeenFolder {
  const objects = new Map<string, { bytes: number }>();
  for (const { key, operation } of diary) {
    if (operation === 'put') objects.set(key, { bytes: 10 });
    else objects.delete(key);
  }
  return {
    backupUid: 'u',
    objects,
    manifests: new Map(manifests.map((manifest) => [`manifests/${manifest.run}/neo4j.json`, manifest])),
    diary,
  };
}

function written(key: string): StoreEvent {
  return { at: at(0), operation: 'put', method: 'PUT', bucket: 'bucket', key, status: 200 };
}

function removed(key: string): StoreEvent {
  return { at: at(1), operation: 'remove', method: 'DELETE', bucket: 'bucket', key, status: 204 };
}

function aManifest(run: string, different: Partial<Manifest>): Manifest {
  return {
    formatVersion: 1,
    kind: 'ArtifactManifest',
    run,
    attempt: 1,
    backupUid: 'u',
    database: 'neo4j',
    databaseId: 'id',
    artifact: `${run}.backup`,
    objects: [{ key: `artifacts/${run}.backup`, bytes: 10 }],
    bytes: 10,
    type: 'FULL',
    lowestTx: 1,
    highestTx: 2,
    empty: false,
    compressed: true,
    recovered: true,
    chain: run,
    artifactTime: now.toISOString(),
    startTime: now.toISOString(),
    completionTime: now.toISOString(),
    origin: 'written',
    verified: { level: 'objects', time: now.toISOString() },
    engineVersion: '5.26.0',
    toolVersion: 'test',
    ...different,
  };
}
