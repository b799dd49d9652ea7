import { createHash } from 'node:crypto';
import type { HistoryEntry, Neo4jBackup } from '@holdfast/types';

type Stored = Neo4jBackup & { metadata: { managedFields?: unknown } };

const namespaces = 100;
const historyLength = 10;
const dayMs = 86_400_000;
const newestSlot = Date.UTC(2026, 2, 1, 2);

/** Backups as an API server keeps them after some weeks: a schedule, a status with its history, and who manages which field. */
export function storedBackups(count: number): Neo4jBackup[] {
  return Array.from({ length: count }, (_, index) => storedBackup(index));
}

function storedBackup(index: number): Neo4jBackup {
  const [name, namespace] = [`orders-${index}-nightly`, `team-${index % namespaces}`];
  const uid = createHash('md5')
    .update(name)
    .digest('hex')
    .replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  const spec: Neo4jBackup['spec'] = {
    target: { kind: 'Cluster', name: `orders-${index}` },
    storage: {
      type: 's3',
      bucket: `backups-of-team-${index % namespaces}`,
      path: `production/orders-${index}`,
      cloud: { provider: 'aws', region: 'eu-west-1', credentialsSecret: 'backup-keys' },
    },
    schedule: `${index % 60} 2 * * *`,
    retention: { maxAge: '30d', maxCount: 30 },
    options: { compress: true, verify: true, backupType: 'AUTO' },
  };
  const status = statusOf(uid);
  const backup: Stored = {
    apiVersion: 'neo4j.neo4j.com/v1alpha1',
    kind: 'Neo4jBackup',
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion: String(index + 1),
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: {
        'app.kubernetes.io/name': `orders-${index}`,
        'app.kubernetes.io/managed-by': 'argocd',
        team: namespace,
      },
    },
    spec,
    status,
  };
  backup.metadata.managedFields = [managed('argocd-controller', { spec }), managed('holdfast', { status }, 'status')];
  return backup;
}

function statusOf(uid: string): NonNullable<Neo4jBackup['status']> {
  const history = Array.from({ length: historyLength }, (_, age) => entryOf(uid, newestSlot - age * dayMs));
  const [newest] = history;
  const { slot = '', runId = '', completionTime = '', stats = {} } = newest ?? {};
  const condition = (type: string, reason: string, message: string) => ({
    type,
    status: 'True' as const,
    reason,
    message,
    lastTransitionTime: '2026-01-01T00:00:05Z',
    observedGeneration: 1,
  });
  return {
    phase: 'Scheduled',
    message: `the last run, ${runId}, succeeded; the next slot is known`,
    conditions: [
      condition('Ready', 'WaitingForSlot', 'waits for its next slot'),
      condition('StorageReady', 'Verified', 'the last run reached the store'),
      condition('LastRunSucceeded', 'BackupCompleted', `run ${runId} succeeded`),
      condition('RetentionHealthy', 'RetentionDone', 'the last retention run ended well'),
    ],
    lastRunTime: slot,
    lastSuccessTime: completionTime,
    lastSlotTime: slot,
    nextRunTime: timeOf(newestSlot + dayMs),
    stats,
    history,
    totals: [{ status: 'Succeeded', reason: 'BackupCompleted', count: 59 }],
    observedGeneration: 1,
    consecutiveFailures: 0,
    restorePoint: { time: completionTime, transaction: 123_456, chain: `chain-${runId}`, verifiedTime: completionTime },
    retention: { lastRunTime: completionTime, cause: `${runId} 30d 30`, kept: 30, removed: 2 },
  };
}

function entryOf(uid: string, slotMs: number): HistoryEntry {
  const slot = timeOf(slotMs);
  return {
    runId: `s${slot.replaceAll(/[-:]/g, '').toLowerCase()}-${uid.slice(0, 8)}`,
    trigger: 'Schedule',
    slot,
    type: 'DIFF',
    startTime: slot,
    completionTime: timeOf(slotMs + 200_000),
    status: 'Succeeded',
    reason: 'BackupCompleted',
    stats: {
      size: '1.2 GiB',
      duration: '3m12s',
      throughput: '6.4 MiB/s',
      fileCount: 6,
      sizeBytes: 1_288_490_188,
      durationSeconds: 192,
    },
    databases: ['neo4j', 'system'].map((name) => ({ name, status: 'Succeeded' as const, type: 'DIFF' as const })),
    databaseCount: 2,
    failedDatabaseCount: 0,
  };
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

/** An entry of `managedFields` in the form in which every API server keeps and sends it. */
function managed(manager: string, of: object, subresource?: string): object {
  const told = { apiVersion: 'neo4j.neo4j.com/v1alpha1', fieldsType: 'FieldsV1', time: '2026-03-01T02:03:20Z' };
  return { manager, operation: 'Update', ...told, fieldsV1: fieldsOf(of), ...(subresource && { subresource }) };
}

function fieldsOf(value: unknown): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [`f:${name}`, fieldsOf(field)]));
}
