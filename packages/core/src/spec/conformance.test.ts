import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Neo4jBackup } from '@holdfast/types';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { effectiveSpec } from './effective-spec.ts';

/*
 * Manifests in circulation, and the examples of the API reference, which users have copied for years. They stand beside the
 * repository, not in it. Each is accepted, or refused with exactly the sentences of the table.
 */
const shared = resolve(import.meta.dirname, '../../../../../shared');
const present = existsSync(join(shared, 'examples'));
if (!present)
  process.stderr.write(`skipped: manifests in circulation are not beside the repository (${shared}/examples)\n`);

const cronObject =
  'spec.schedule is an object with fields; write the cron expression itself, such as schedule: "0 2 * * *"';
const topClusterRef =
  'spec.clusterRef is not a field of a Neo4jBackup; write the name of the cluster in spec.target.name, or in spec.target.clusterRef for kind Database';
const noTargetName = 'spec.target.name is missing; name the cluster or standalone, or for kind Database the database';
const noTarget = 'spec.target is missing; say what to back up, such as target: {kind: Cluster, name: my-cluster}';
const noStorage =
  'spec.storage is missing; say where backups go, such as storage: {type: s3, bucket: my-backups, cloud: {region: eu-west-1}}';

/** Never valid: file, object, sentences. */
const refused: readonly [file: string, name: string, sentences: readonly string[]][] = [
  ['backup/backup-with-type.yaml', 'full-backup', [noTargetName, cronObject, topClusterRef]],
  [
    'backup/backup-incremental.yaml',
    'incremental-backup',
    [
      'spec.storage.s3 is not a field of a Neo4jBackup; write bucket and path directly below spec.storage, and region and credentialsSecret below spec.storage.cloud',
      cronObject,
      topClusterRef,
    ],
  ],
  ['end-to-end/complete-deployment.yaml', 'daily-backup', [cronObject]],
  ['end-to-end/complete-deployment.yaml', 'weekly-full-backup', [cronObject]],
  [
    'end-to-end/disaster-recovery.yaml',
    'pre-maintenance-backup',
    ["spec.metadata is not a field of a Neo4jBackup; write labels and annotations in the object's own metadata"],
  ],
  [
    'end-to-end/disaster-recovery.yaml',
    'cross-region-backup',
    [
      cronObject,
      'spec.options.encryption.kmsKeyId is not a field of a Neo4jBackup; put the key into a Secret and name it in spec.options.encryption.keySecret',
    ],
  ],
  ['end-to-end/multi-tenancy.yaml', 'tenant-a-backup', [cronObject]],
  ['end-to-end/multi-tenancy.yaml', 'tenant-b-backup', [cronObject]],
  ['end-to-end/multi-tenancy.yaml', 'tenant-c-backup', [cronObject]],
  ['from-docs/backup-disk-management_md_L0108.yaml', 'hourly-diff', [noTarget, noStorage]],
  ['from-docs/backup-disk-management_md_L0160.yaml', 's3-backup', [noTarget]],
  ['from-docs/backup-restore_md_L0015.yaml', 'daily-backup', [noTargetName, cronObject, topClusterRef]],
];

const accepted: readonly [file: string, name: string][] = [
  ['backup-restore/backup-pvc-simple.yaml', 'simple-backup'],
  ['backup-restore/backup-scheduled-daily.yaml', 'daily-backup'],
  ['backup-restore/backup-scheduled-daily.yaml', 'weekly-backup'],
  ['from-docs/backup_restore_md_L0302.yaml', 'weekly-backup'],
  ['from-docs/backup_restore_md_L0129.yaml', 'simple-backup'],
  ['from-docs/backup_restore_md_L0157.yaml', 'cluster-backup-s3'],
  ['from-docs/backup_restore_md_L0269.yaml', 'daily-backup'],
  ['from-docs/backup_restore_md_L0244.yaml', 'backup-pvc'],
  ['from-docs/backup_restore_md_L0340.yaml', 'maintenance-backup'],
  ['backup-restore/backup-s3-basic.yaml', 's3-backup'],
  ['backup-restore/pitr-setup-complete.yaml', 'pitr-base-backup'],
  ['from-docs/neo4jbackup_md_L0257.yaml', 'production-backup'],
  ['from-docs/backup_restore_md_L0187.yaml', 'database-backup-gcs'],
  ['from-docs/backup_restore_md_L0217.yaml', 'backup-azure'],
];

describe.skipIf(!present)('manifests in circulation', () => {
  test('the tables name every backup there is', () => {
    const files = readdirSync(join(shared, 'examples'), { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.yaml'),
    );
    const found = files.flatMap((file) => backupsIn(file).map(({ metadata }) => `${file} ${metadata.name}`));
    const named = [...refused, ...accepted].map(([file, name]) => `${file} ${name}`);
    expect(found.toSorted()).toEqual(named.toSorted());
  });

  test.each(refused)('%s: %s is refused with what to write instead', (file, name, sentences) => {
    expect(effectiveSpec(backupIn(file, name)).refusals.map(({ message }) => message)).toEqual(sentences);
  });

  test.each(accepted)('%s: %s is accepted as it is', (file, name) => {
    const { spec, refusals } = effectiveSpec(backupIn(file, name));
    expect(refusals).toEqual([]);
    expect(spec).toBeDefined();
  });
});

describe.skipIf(!present)('the API reference', () => {
  test('every example is valid, whatever this version leaves out', () => {
    const specs = referenceSpecs();
    expect(specs.length).toBeGreaterThanOrEqual(11);
    const whole = specs.map((spec) => ({ target: { kind: 'Cluster', name: 'c' }, storage: { type: 'pvc' }, ...spec }));
    const invalid = whole
      .flatMap((spec) => effectiveSpec(aBackup(spec)).refusals)
      .filter(({ reason }) => reason === 'SpecInvalid');
    expect(invalid).toEqual([]);
  });
});

function backupsIn(file: string): Neo4jBackup[] {
  const text = readFileSync(join(shared, 'examples', file), 'utf8');
  return parseAllDocuments(text, { uniqueKeys: false })
    .map((document) => document.toJSON() as Neo4jBackup | null)
    .filter((object) => object?.kind === 'Neo4jBackup')
    .map((object) => ({ ...aBackup({}), ...object, metadata: { ...aBackup({}).metadata, ...object?.metadata } }));
}

function backupIn(file: string, name: string): Neo4jBackup {
  const found = backupsIn(file).find(({ metadata }) => metadata.name === name);
  if (!found) throw new Error(`${file} has no backup ${name}`);
  return found;
}

function aBackup(spec: unknown): Neo4jBackup {
  return {
    apiVersion: 'neo4j.neo4j.com/v1alpha1',
    kind: 'Neo4jBackup',
    metadata: { name: 'b', namespace: 'default', uid: '1a2b3c4d', creationTimestamp: '2026-03-01T00:00:00Z' },
    spec: spec as Neo4jBackup['spec'],
  };
}

/** Blocks of the reference show a part of a spec each, two or three to a block, or a whole object. */
function referenceSpecs(): Record<string, unknown>[] {
  const text = readFileSync(join(shared, 'api-reference.md'), 'utf8');
  const blocks = [...text.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
  return blocks
    .flatMap((block) => block.split(/\n(?=# )/))
    .map((part) => parseAllDocuments(part)[0]?.toJSON() as Record<string, unknown> | null)
    .filter((part) => part !== null)
    .map((part) => (part['kind'] === 'Neo4jBackup' ? (part['spec'] as Record<string, unknown>) : part));
}
