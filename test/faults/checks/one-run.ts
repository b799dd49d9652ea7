import type { Neo4jBackup } from '@holdfast/types';
import type { Allowances, Breach, Evidence, SeenFolder } from '../evidence.ts';

/** I1: one trigger, one run: no slot or token yields two runs, no run two Jobs for one attempt, no database two artifacts in one run. */
export function oneTriggerOneRun(evidence: Evidence, allowed: Allowances): Breach[] {
  const objects = Map.groupBy(evidence.versions, ({ metadata }) => metadata.uid);
  return [
    ...[...objects.values()].flatMap((versions) => [
      ...settledTwice(versions),
      ...cameBack(versions),
      ...sharedTriggers(versions),
    ]),
    ...doubledJobs(evidence),
    ...evidence.folders.flatMap((folder) => unnamedArtifacts(folder, allowed)),
  ];
}

/** One result per run id, in one history and from one version to the next. */
function settledTwice(versions: readonly Neo4jBackup[]): Breach[] {
  const breaches = new Set<Breach>();
  const results = new Map<string, string>();
  for (const { metadata, status } of versions) {
    const seen = new Set<string>();
    for (const { runId, status: ended, completionTime, count } of status?.history ?? []) {
      if (count !== undefined) continue; // slots without a run share one entry
      if (seen.has(runId)) breaches.add(`I1: run ${runId} stands twice in the history of ${metadata.name}`);
      seen.add(runId);
      const result = `${ended} at ${completionTime}`;
      const before = results.get(runId) ?? result;
      if (before !== result)
        breaches.add(`I1: run ${runId} of ${metadata.name} was settled as ${before} and as ${result}`);
      results.set(runId, before);
    }
  }
  return [...breaches];
}

function cameBack(versions: readonly Neo4jBackup[]): Breach[] {
  const breaches = new Set<Breach>();
  const over = new Set<string>();
  let active: string | undefined;
  for (const { metadata, status } of versions) {
    const id = status?.activeRun?.id;
    if (active !== undefined && id !== active) over.add(active);
    if (id !== undefined && over.has(id)) breaches.add(`I1: run ${id} of ${metadata.name} began again after its end`);
    active = id;
  }
  return [...breaches];
}

function sharedTriggers(versions: readonly Neo4jBackup[]): Breach[] {
  const breaches = new Set<Breach>();
  const runs = new Map<string, string>();
  for (const { metadata, status } of versions) {
    const run = status?.activeRun;
    const cause = run?.slot ?? (run?.trigger === 'Request' ? run.token : undefined);
    if (!run || cause === undefined) continue;
    const before = runs.get(cause) ?? run.id;
    if (before !== run.id) breaches.add(`I1: ${cause} of ${metadata.name} started both ${before} and ${run.id}`);
    runs.set(cause, before);
  }
  return [...breaches];
}

function doubledJobs({ jobs }: Evidence): Breach[] {
  const backups = jobs.filter(({ verb }) => verb === 'backup');
  const attempts = Map.groupBy(backups, ({ backupUid, run, attempt }) => `${backupUid} ${run} ${attempt}`);
  return [...attempts.values()]
    .filter((same) => same.length > 1)
    .map(([job, ...others]) => `I1: attempt ${job?.attempt} of run ${job?.run} had ${others.length + 1} Jobs`);
}

/** Every artifact that was ever written is named by exactly one manifest. */
function unnamedArtifacts({ objects, manifests, diary }: SeenFolder, { orphans = [] }: Allowances): Breach[] {
  const written = diary ? diary.filter(isWritten).map(({ key }) => key) : [...objects.keys()];
  const names = Map.groupBy(manifests.values(), ({ objects: [first] }) => first?.key ?? '');
  const parts = new Set([...manifests.values()].flatMap(({ objects: each }) => each.map(({ key }) => key)));
  const doubled = [...names].filter(([, same]) => same.length > 1).map(([key]) => `I1: two manifests name ${key}`);
  const unnamed = [...new Set(written)]
    .filter((key) => key.startsWith('artifacts/') && !parts.has(key))
    .filter((key) => !orphans.some((part) => key.includes(part)))
    .map((key) => `I1: ${key} was written and no manifest names it`);
  return [...doubled, ...unnamed];
}

export function isWritten({ operation, status }: { operation: string; status: number }): boolean {
  return ['put', 'copy', 'complete'].includes(operation) && status < 300;
}
