import { formatBytes } from '@holdfast/core';
import type { HistoryEntry } from '@holdfast/types';
import type { BellEvent } from './bells.ts';
import type { Held, Place } from './place.ts';
import type { Seen, SeenRun } from './seen.ts';

/** The stages of a run in their order; each is told once it was seen. */
export const stages = ['recorded', 'admitted', 'rung', 'job', 'pod', 'artifacts', 'verified', 'settled'] as const;
export type Stage = (typeof stages)[number];

/** One thing that was seen, and where to look for oneself. */
export interface StageFact {
  readonly stage: Stage;
  /** By the cluster's clock; absent where the source says none. */
  readonly at?: string;
  readonly text: string;
  readonly look: string;
}

/** What a run's stages are read from. */
export interface Sources {
  readonly seen: Seen;
  readonly run: SeenRun;
  readonly place: Place;
  /** Missing until the store was looked at. */
  readonly held: Held | undefined;
  readonly redisPort: number;
  /** Milliseconds the cluster's clock was ahead when the run began: queues speak in real time. */
  readonly offsetMs: number;
}

/** What was seen of one stage; undefined while nothing was. */
export function stageFact(stage: Stage, sources: Sources): StageFact | undefined {
  const told = readers[stage](sources);
  return told && { stage, ...told };
}

/** Every stage that was seen. */
export function stageFacts(sources: Sources): StageFact[] {
  return stages.flatMap((stage) => stageFact(stage, sources) ?? []);
}

/** How a run ended, as status tells it. */
export function entryOf(seen: Seen, run: SeenRun): HistoryEntry | undefined {
  return seen.backup(run.backup)?.status?.history?.find(({ runId }) => runId === run.id);
}

/** The ring that reached a worker for this run: the first on that queue since the run was recorded. */
function bellOf(queue: BellEvent['queue'], event: string, { seen, run, offsetMs }: Sources): BellEvent | undefined {
  const from = Date.parse(run.states[0].recordedAt) - offsetMs;
  const key = `${seen.namespace}/${run.backup}`;
  return seen.bells.find(
    (bell) => bell.queue === queue && bell.event === event && bell.backup === key && bell.at.getTime() >= from,
  );
}

type Told = Omit<StageFact, 'stage'> | undefined;

const readers: Readonly<Record<Stage, (sources: Sources) => Told>> = {
  recorded: ({ seen, run }) => {
    const { recordedAt, trigger, slot } = run.states[0];
    const why = `trigger ${trigger}${slot ? `, slot ${slot}` : ''}`;
    return {
      at: recordedAt,
      text: `run ${run.id} stands in status.activeRun (${why})`,
      look: `${get(seen)} neo4jbackup ${run.backup} -o yaml`,
    };
  },

  admitted: ({ seen, run }) => {
    const state = run.states.find(({ admittedAt }) => admittedAt !== undefined);
    if (!state?.admittedAt) return undefined;
    const waited = run.states.find(({ waitingFor }) => waitingFor)?.waitingFor;
    const text = `a place was free${waited ? `, after waiting: ${waited.message}` : ''}`;
    return {
      at: state.admittedAt,
      text,
      look: `${get(seen)} events --field-selector involvedObject.name=${run.backup}`,
    };
  },

  rung: (sources) => {
    const [added, taken] = [bellOf('backup', 'added', sources), bellOf('backup', 'active', sources)];
    if (!added || !taken) return undefined;
    const text = `queue "backup" holds ${added.backup}; a worker took it ${taken.at.getTime() - added.at.getTime()} ms later`;
    const look = `redis-cli -p ${sources.redisPort} XRANGE '{holdfast}:backup:events' - +`;
    return { at: new Date(added.at.getTime() + sources.offsetMs).toISOString(), text, look };
  },

  job: ({ seen, run: { job } }) => {
    if (!job) return undefined;
    const { name, creationTimestamp } = job.metadata;
    return { at: creationTimestamp, text: `Job ${name} was created`, look: `${get(seen)} job ${name} -o yaml` };
  },

  pod: ({ seen, run: { pod } }) => {
    const container = pod?.status?.containerStatuses?.find(({ name }) => name === 'backup');
    const at = container?.state?.running?.startedAt ?? container?.state?.terminated?.startedAt;
    if (!pod || !at) return undefined;
    const text = `pod ${pod.metadata.name} runs neo4j-admin of image ${container?.image ?? '?'} on ${pod.spec.nodeName ?? '?'}`;
    return { at, text, look: `kubectl logs -n ${seen.namespace} ${pod.metadata.name} -c backup` };
  },

  artifacts: ({ run, held, place }) => {
    const first = held?.manifests[0];
    if (!held || !first) return undefined;
    const bytes = held.manifests.reduce((sum, { manifest }) => sum + manifest.bytes, 0);
    const kinds = [...new Set(held.manifests.map(({ manifest }) => manifest.type))].join(' and ');
    const count = held.manifests.length;
    const text = `${count} artifact${count === 1 ? '' : 's'} (${kinds}, ${formatBytes(bytes)}), each named by a manifest`;
    return { at: first.modifiedAt.toISOString(), text, look: place.at(`manifests/${run.id}/`) };
  },

  verified: (sources) => {
    const { seen, run, held } = sources;
    const verification = entryOf(seen, run)?.verification;
    if (!verification || !held || held.findings.length > 0) return undefined;
    const objects = held.manifests.flatMap(({ manifest }) => manifest.objects).length;
    const by = sources.place.inDiary === undefined ? 'by its own pod' : 'by a worker';
    const text = `level "${verification.level}" ${by}; the demo finds ${objects} object${objects === 1 ? '' : 's'} as the manifests say`;
    return {
      at: verification.time,
      text,
      look: `${get(seen)} neo4jbackup ${run.backup} -o jsonpath='{.status.history[0].verification}'`,
    };
  },

  settled: ({ seen, run }) => {
    const entry = entryOf(seen, run);
    const backup = seen.backup(run.backup);
    if (!entry || !backup?.status?.phase || backup.status.activeRun?.id === run.id) return undefined;
    const text = `${entry.status}, phase ${backup.status.phase}: ${backup.status.message ?? ''}`;
    return {
      ...(entry.completionTime && { at: entry.completionTime }),
      text,
      look: `kubectl describe neo4jbackup ${run.backup} -n ${seen.namespace}`,
    };
  },
};

function get({ namespace }: Seen): string {
  return `kubectl get -n ${namespace}`;
}
