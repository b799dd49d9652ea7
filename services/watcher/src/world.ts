import {
  backupFacts,
  jobFacts,
  jobName,
  slimFacts,
  targetFacts,
  type BackupFacts,
  type JobFacts,
  type KnownTargets,
  type Observed,
} from '@holdfast/core';
import { reflect, resources, type Kube, type Reflector } from '@holdfast/kube';
import type { Clock, Log } from '@holdfast/runtime';
import { labels, managedBy } from '@holdfast/types';
import { watchTargets } from './targets.ts';
import { looksAtTarget, watchWorkloads } from './workloads.ts';

/** What the watcher knows of the cluster: projections kept up to date by watches. */
export interface World {
  observe(key: string): Observed | undefined;
  backups(): Iterable<BackupFacts>;
  readonly synced: Promise<void>;
  /** Watches started over because a connection broke, by resource. */
  restarts(): Readonly<Record<string, number>>;
}

/** Something about a backup changed: look at it again. What the event said is not passed on. */
export interface Changes {
  onBackup(key: string, current: BackupFacts | undefined, previous: BackupFacts | undefined): void;
  onJob(backupKey: string): void;
  /** A possible target in this namespace changed. */
  onTarget(namespace: string): void;
}

export function watchWorld(
  kube: Kube,
  given: { namespace?: string | undefined; signal: AbortSignal; clock: Clock; log: Log; changes: Changes },
): World {
  const { signal, clock, log, changes } = given;
  // Who may read one namespace only is told of targets there; for others the run looks again by itself.
  const scope = given.namespace ? { namespace: given.namespace } : {};
  const common = { kube, signal, clock, log };
  const told = { ...scope, signal, clock, log, onChange: (namespace: string) => changes.onTarget(namespace) };
  const workloads = watchWorkloads(kube, told);
  const backups = reflect({
    ...common,
    ...scope,
    type: resources.backups,
    project: (backup, known: BackupFacts | undefined) => slimFacts(backupFacts(backup, known)),
    onChange: (key, current, previous) => {
      workloads.follow(key, current);
      changes.onBackup(key, current, previous);
    },
  });
  const jobs = reflect({
    ...common,
    ...scope,
    type: resources.jobs,
    labelSelector: `${labels.managedBy}=${managedBy},${labels.backup}`,
    project: (job) => ({
      facts: jobFacts({ ...job, metadata: { namespace: '', ...job.metadata } }),
      backup: `${job.metadata.namespace ?? ''}/${job.metadata.labels?.[labels.backup] ?? ''}`,
    }),
    onChange: (_key, current, previous) => changes.onJob((current ?? previous)?.backup ?? ''),
  });
  const targets = watchTargets(kube, { ...told, workloads });
  const all: readonly (readonly [string, Reflector<unknown>])[] = [
    ['neo4jbackups', backups],
    ['jobs', jobs],
    ...targets.reflectors,
  ];
  return {
    observe: (key) => observed(key, backups, (name) => jobs.get(name)?.facts, targets),
    backups: () => backups.values(),
    synced: Promise.all(all.map(([, { synced }]) => synced)).then(() => undefined),
    restarts: () => Object.fromEntries(all.map(([plural, { stats }]) => [plural, stats.watchRestarts])),
  };
}

function observed(
  key: string,
  backups: Reflector<BackupFacts>,
  jobOf: (name: string) => JobFacts | undefined,
  targets: KnownTargets,
): Observed | undefined {
  const backup = backups.get(key);
  if (!backup) return undefined;
  const job = jobOf(`${backup.key.namespace}/${jobName(backup.key.name, 'backup')}`);
  const looks = backup.spec && looksAtTarget(backup) ? backup.spec.target : undefined;
  const target = looks && targetFacts(looks, backup.key.namespace, targets);
  return { backup, ...(job && { job }), ...(target && { target }) };
}
