import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** Manifests that users have today; they lie beside the repository, not in it. */
const folder = join(import.meta.dirname, '../../../../shared/examples');

/** Whether they are there; their absence is said aloud. */
export function inCirculation(): boolean {
  if (existsSync(folder)) return true;
  process.stderr.write(`left out: manifests in circulation, which are not at ${folder}\n`);
  return false;
}

/** Every file of manifests. */
export function filesInCirculation(): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'));
}

/** The documents of one kind in a file, each to the letter, with the names that they give themselves. */
export function documentsOf(file: string, kind: string): { name: string; namespace?: string; text: string }[] {
  const text = readFileSync(join(folder, file), 'utf8');
  return parseAllDocuments(text, { uniqueKeys: false }).flatMap((document) => {
    const object = document.toJS() as { kind?: string; metadata: { name: string; namespace?: string } } | null;
    if (object?.kind !== kind) return [];
    const [start, , end] = document.range;
    return [{ ...object.metadata, text: text.slice(start, end).replace(/^---$/gm, '') }];
  });
}

/** Where the artifacts lie. */
export interface Place {
  readonly bucket?: string;
  readonly googleBucket?: string;
  readonly container?: string;
  readonly claim?: string;
}

/** What is to become of one backup. */
export type Fate =
  /** Once, to its end: which databases have artifacts, and where they lie. */
  | {
      readonly runs: Place;
      /** Not once, but at that hour of each Sunday. */
      readonly weekly?: number;
      readonly encrypted?: true;
      /** Default: both of the stand-in servers. */
      readonly databases?: readonly string[];
    }
  /** At the hour of its schedule. */
  | { readonly scheduled: number; readonly bucket: string }
  | { readonly suspended: true }
  /** Not taken: the words of the API server, with strict validation and without. */
  | { readonly refused: readonly string[]; readonly loosely?: readonly string[] };

const cronObject = 'unknown field "spec.schedule.cron"';
const scheduleType = 'spec.schedule in body must be of type string: "object"';

/** Every file and each backup in it. Files without one are named with nothing. */
export const circulation: Readonly<Record<string, Readonly<Record<string, Fate>>>> = {
  'backup-restore/backup-pvc-simple.yaml': { 'simple-backup': { runs: { claim: 'backup-storage' } } },
  'backup-restore/backup-s3-basic.yaml': { 's3-backup': { runs: { bucket: 'my-neo4j-backups' }, encrypted: true } },
  'backup-restore/backup-scheduled-daily.yaml': {
    'daily-backup': { scheduled: 2, bucket: 'production-neo4j-backups' },
    'weekly-backup': { weekly: 1, runs: { bucket: 'production-neo4j-backups' } },
  },
  'backup-restore/pitr-setup-complete.yaml': { 'pitr-base-backup': { scheduled: 0, bucket: 'pitr-base-backups' } },
  'backup-restore/restore-from-backup.yaml': {},
  'backup-restore/restore-pitr-basic.yaml': {},
  'backup/backup-incremental.yaml': {
    'incremental-backup': {
      refused: ['unknown field "spec.clusterRef"', cronObject, 'unknown field "spec.storage.s3"'],
      loosely: [scheduleType],
    },
  },
  'backup/backup-with-type.yaml': {
    'full-backup': {
      refused: ['unknown field "spec.clusterRef"', cronObject],
      loosely: [scheduleType, 'spec.target.name: Required value'],
    },
  },
  'clusters/cluster-with-read-replicas.yaml': {},
  'clusters/minimal-cluster.yaml': {},
  'clusters/tls-cluster-basic.yaml': {},
  'database/database-with-topology.yaml': {},
  'end-to-end/complete-deployment.yaml': {
    'daily-backup': { refused: [cronObject], loosely: [scheduleType] },
    'weekly-full-backup': { refused: [cronObject], loosely: [scheduleType] },
  },
  'end-to-end/disaster-recovery.yaml': {
    'pre-maintenance-backup': { refused: ['unknown field "spec.metadata"'] },
    'cross-region-backup': {
      refused: [cronObject, 'unknown field "spec.options.encryption.kmsKeyId"'],
      loosely: [scheduleType],
    },
  },
  'end-to-end/multi-tenancy.yaml': {
    'tenant-a-backup': { refused: [cronObject], loosely: [scheduleType] },
    'tenant-b-backup': { refused: [cronObject], loosely: [scheduleType] },
    'tenant-c-backup': { refused: [cronObject], loosely: [scheduleType] },
  },
  'from-docs/backup-disk-management_md_L0108.yaml': {
    // Two objects without a line between them, of which kubectl sees the second.
    'hourly-diff': { refused: ['spec.target: Required value', 'spec.storage: Required value'] },
  },
  'from-docs/backup-disk-management_md_L0160.yaml': { 's3-backup': { refused: ['spec.target: Required value'] } },
  'from-docs/backup-restore_md_L0015.yaml': {
    'daily-backup': {
      refused: ['unknown field "spec.clusterRef"', cronObject],
      loosely: [scheduleType, 'spec.target.name: Required value'],
    },
  },
  'from-docs/backup-restore_md_L0139.yaml': {},
  'from-docs/backup_restore_md_L0129.yaml': { 'simple-backup': { runs: { claim: 'backup-storage' } } },
  'from-docs/backup_restore_md_L0157.yaml': { 'cluster-backup-s3': { runs: { bucket: 'my-backup-bucket' } } },
  'from-docs/backup_restore_md_L0187.yaml': {
    'database-backup-gcs': {
      runs: { googleBucket: 'my-gcs-backup-bucket' },
      encrypted: true,
      databases: ['myapp-db'],
    },
  },
  'from-docs/backup_restore_md_L0217.yaml': { 'backup-azure': { runs: { container: 'backups' } } },
  'from-docs/backup_restore_md_L0244.yaml': { 'backup-pvc': { runs: { claim: 'backup-storage' } } },
  'from-docs/backup_restore_md_L0269.yaml': { 'daily-backup': { scheduled: 2, bucket: 'production-backups' } },
  'from-docs/backup_restore_md_L0302.yaml': {
    'weekly-backup': { weekly: 1, runs: { googleBucket: 'long-term-backups' } },
  },
  'from-docs/backup_restore_md_L0340.yaml': { 'maintenance-backup': { suspended: true } },
  'from-docs/backup_restore_md_L0371.yaml': {},
  'from-docs/backup_restore_md_L0395.yaml': {},
  'from-docs/backup_restore_md_L0427.yaml': {},
  'from-docs/backup_restore_md_L0474.yaml': {},
  'from-docs/backup_restore_md_L0514.yaml': {},
  'from-docs/backup_restore_md_L0543.yaml': {},
  'from-docs/neo4jbackup_md_L0257.yaml': { 'production-backup': { scheduled: 2, bucket: 'neo4j-production-backups' } },
  'restore/restore-overwrite.yaml': {},
  'standalone/single-node-standalone.yaml': {},
  'standalone/tls-standalone.yaml': {},
};
