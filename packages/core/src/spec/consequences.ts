import { conclude } from '../run/conclude.ts';
import { backupFacts } from '../run/backup-facts.ts';
import { decide } from '../run/decide.ts';
import { aJob, aRun } from '../run/an-observed.ts';
import type { BackupFacts } from '../run/observed.ts';
import { claimObject, identityObjects } from '../job/belongings.ts';
import { jobManifest } from '../job/job-manifest.ts';
import { planBackup, planRetentionJob } from '../job/plan-run.ts';
import { storeAccess, type StoreAccess } from '../job/store-access.ts';
import { enter } from '../status/history.ts';
import { hostOf } from '../target/host.ts';
import { resolveTarget, type ResolvedTarget } from '../target/resolve-target.ts';
import type { EffectiveSpec, EffectiveStorage } from '@holdfast/types';
import { aBackup, bucket, target } from './a-spec.ts';

/** For tests: where a field of the spec may show that somebody reads it. */
export type Place =
  | 'target'
  | 'watcher'
  | 'event'
  | 'claim'
  | 'account'
  | 'job'
  | 'retention'
  | 'history'
  | 'attempts'
  | 'refusal';

/** What the shortest spec with this difference comes to, place by place. What is refused comes to nothing but its refusals. */
export function consequences(difference: object): Partial<Record<Place, unknown>> {
  const backup = backupFacts(aBackup({ target, storage: bucket, ...difference }));
  const { spec } = backup;
  if (!spec) return { refusal: backup.refusals };
  const identity = spec.storage.type === 'pvc' ? undefined : spec.storage.identity;
  return {
    target: resolved(spec),
    watcher: decide({ backup }, new Date('2026-03-02T12:34:56Z')),
    event: edited(backup),
    claim: claimOf(backup, spec.storage),
    account: [identityObjects(backup, identity?.annotations), identity?.serviceAccount],
    job: jobOf(backup, spec),
    retention: planRetentionJob(backup, spec, {
      run: aRun(),
      access: accessOf(spec.storage),
      clusterId: 'here',
      verb: 'list',
      now: new Date('2026-03-02T12:34:56Z'),
    }),
    history: enter(
      { runId: 'new', trigger: 'Schedule', status: 'Succeeded', reason: 'Succeeded' },
      earlier,
      spec.historyLimit,
    ),
    attempts: conclude(
      { attempt: 3, retries: spec.options.retries, job: aJob({ state: 'Failed' }) },
      new Date('2026-03-02T12:34:56Z'),
    ),
  };
}

/** The run that an edit of the spec starts. */
function edited(backup: BackupFacts): unknown {
  const triggers = { specChanged: { generation: 1, digest: 'of another spec' } };
  const status = { lastRunTime: '2026-03-01T02:00:00Z', ...(backup.spec?.triggers && { triggers }) };
  const intent = decide({ backup: { ...backup, generation: 2, status } }, new Date('2026-03-01T02:10:00Z'));
  return intent.kind === 'record' ? intent.run : undefined;
}

const earlier = Array.from(
  { length: 50 },
  (_, index) => ({ runId: `old-${index}`, trigger: 'Schedule', status: 'Succeeded', reason: 'Succeeded' }) as const,
);

const anyTarget: ResolvedTarget = {
  namespace: 'neo4j',
  image: 'neo4j:5.26-enterprise',
  from: ['production-server-0:6362'],
  hasSecondaries: false,
  databases: ['*'],
  expected: [],
  pullSecrets: [],
  tolerations: [],
};

/** Clusters `production` and `orders`, and a database of the same name as the second in both. */
function resolved(spec: EffectiveSpec): unknown {
  const databases = ['production', 'orders'].map((clusterRef) => ({
    metadata: { name: `orders-of-${clusterRef}`, namespace: 'neo4j' },
    spec: { clusterRef, name: 'orders' },
  }));
  const host = hostOf(spec.target, databases, 'neo4j');
  if (host.kind !== 'host') return host;
  const cluster = {
    metadata: { name: host.name, namespace: spec.target.namespace },
    spec: { image: { repo: 'neo4j', tag: '5.26-enterprise' }, topology: { primaries: 1 } },
    status: { phase: 'Ready' },
  };
  const found = { databases, cluster, pods: [], backupNamespace: 'neo4j', clusterDomain: 'cluster.local' };
  return resolveTarget(spec.target, host, found);
}

function claimOf(backup: BackupFacts, storage: EffectiveStorage): unknown {
  return storage.type === 'pvc' && storage.create ? claimObject(backup, storage, storage.create) : undefined;
}

function jobOf(backup: BackupFacts, spec: EffectiveSpec): unknown {
  const access = accessOf(spec.storage);
  const { options } = spec;
  const { written: _whole, ...facts } = backup; // the spec as it was written stands on the Job and would show every field
  return jobManifest(facts, {
    plan: planBackup(facts, spec, { run: aRun(), access, clusterId: 'here', target: anyTarget }),
    access,
    options,
    agentImage: 'agent',
    engineImage: anyTarget.image,
    pullSecrets: [],
    tolerations: [],
    ...(options.encryption && {
      keys: { secret: options.encryption.keySecret, entries: [options.encryption.keySecretKey] },
    }),
  });
}

/** As after a look into the Secret. */
function accessOf(storage: EffectiveStorage): StoreAccess {
  const access = storeAccess(storage, {});
  if (access.type === 'gcs') return { secretEntry: 'service-account.json', ...access };
  return access.type === 'azure' ? { credential: 'accountKey', account: 'of-the-secret', ...access } : access;
}
