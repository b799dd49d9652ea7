import { awsKeys } from '@holdfast/core';
import { memoryKube, resources, type Job, type Kube, type MemoryKube } from '@holdfast/kube';
import type { ActiveRun, AgentResult, Neo4jBackup, Status } from '@holdfast/types';
import type { Hands } from './hands.ts';

/** For tests: a cluster in memory with one backup of one ready target, and a clock that stands until it is moved. */
export interface World {
  readonly kube: MemoryKube;
  readonly hands: Hands & { readonly clusterDomain: string };
  now(): Date;
  pass(ms: number): void;
  backup(name?: string): Neo4jBackup;
  status(name?: string): Status;
  setStatus(status: Status, name?: string): void;
  jobs(): Job[];
  /** Reasons of the Events so far, in no order. */
  events(): string[];
}

export const namespace = 'neo4j';
export const key = { namespace, name: 'nightly' };
export const uid = '1a2b3c4d-0000';
export const clusterId = 'the-cluster';

/** For tests: the world, told by what is special about it. */
export function aWorld(
  told: { at?: string; spec?: Record<string, unknown>; status?: Status; annotations?: Record<string, string> } = {},
): World {
  let nowMs = Date.parse(told.at ?? '2026-03-01T02:00:05Z');
  const now = () => new Date(nowMs);
  const kube = memoryKube(now);
  putBackup(kube, told);
  const image = { repo: 'neo4j', tag: '5.26-enterprise' };
  kube.put(resources.clusters, {
    metadata: { namespace, name: 'production' },
    spec: { image, topology: { primaries: 1 } },
    status: { phase: 'Ready' },
  });
  const data = Object.fromEntries(awsKeys.map((name) => [name, Buffer.from(`the ${name}`).toString('base64')]));
  kube.put(resources.secrets, { metadata: { namespace, name: 'keys' }, data });
  const backup = (name = key.name): Neo4jBackup => {
    const found = kube.all(resources.backups).find(({ metadata }) => metadata.name === name);
    if (!found) throw new Error(`no backup ${name}`);
    return found;
  };
  return {
    kube,
    hands: {
      kube,
      now,
      agentImage: 'holdfast-agent:1',
      storeDefaults: {},
      allowedEndpoints: [],
      clusterId: async () => clusterId,
      clusterDomain: 'cluster.local',
    },
    now,
    pass: (ms) => void (nowMs += ms),
    backup,
    status: (name) => backup(name).status ?? {},
    setStatus: (status, name) => void kube.put(resources.backups, { ...backup(name), status }),
    jobs: () => kube.all(resources.jobs),
    events: () => kube.all(resources.events).map(({ reason }) => reason ?? ''),
  };
}

/** For tests: adds a backup of the target `production`. */
export function putBackup(
  kube: MemoryKube,
  told: { name?: string; spec?: Record<string, unknown>; status?: Status; annotations?: Record<string, string> },
): void {
  const { name = key.name, spec, status, annotations } = told;
  const cloud = { region: 'eu-west-1', credentialsSecret: 'keys' };
  kube.put(resources.backups, {
    metadata: {
      namespace,
      name,
      uid: name === key.name ? uid : `${name}-uid`,
      creationTimestamp: '2026-03-01T00:00:00Z',
      ...(annotations && { annotations }),
    },
    spec: {
      target: { kind: 'Cluster', name: 'production' },
      storage: { type: 's3', bucket: 'backups', cloud },
      ...spec,
    },
    ...(status && { status }),
  });
}

/** For tests: a run that was admitted and has no Job yet. */
export function anAdmittedRun(told: Partial<ActiveRun> = {}): ActiveRun {
  return {
    id: 's20260301t020000z-1a2b3c4d',
    kind: 'backup',
    trigger: 'Schedule',
    slot: '2026-03-01T02:00:00Z',
    phase: 'Admitted',
    attempt: 1,
    recordedAt: '2026-03-01T02:00:00Z',
    admittedAt: '2026-03-01T02:00:00Z',
    ...told,
  };
}

/** For tests: what a pod that brought two databases says. */
export function aResult(told: Partial<AgentResult> = {}): AgentResult {
  return {
    v: 1,
    verb: 'backup',
    run: anAdmittedRun().id,
    attempt: 1,
    outcome: 'Succeeded',
    reason: 'Succeeded',
    message: '2 databases backed up',
    retry: 'no',
    startTime: '2026-03-01T02:00:10.123Z',
    completionTime: '2026-03-01T02:01:10.456Z',
    type: 'FULL',
    warnings: [],
    counts: { expected: 2, succeeded: 2, files: 2, bytes: 100, durationMs: 60_000 },
    databases: [],
    verified: 'objects',
    ...told,
  };
}

/** For tests: a Job's pod ran and left this message; without one it was killed. */
export function endJob(world: World, job: Job, result?: AgentResult, how: 'Complete' | 'Failed' = 'Complete'): void {
  const { name } = job.metadata;
  const time = world.now().toISOString();
  world.kube.put(resources.pods, {
    metadata: {
      namespace,
      name: `${name}-${job.metadata.uid.slice(0, 5)}`,
      labels: { 'job-name': name },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name, uid: job.metadata.uid }],
    },
    spec: { containers: [] },
    status: {
      containerStatuses: [
        {
          name: 'backup',
          state: {
            terminated: result
              ? { exitCode: 0, reason: 'Completed', message: JSON.stringify(result) }
              : { exitCode: 137, reason: 'OOMKilled' },
          },
        },
      ],
    },
  });
  const conditions = [{ type: how, status: 'True', lastTransitionTime: time }];
  world.kube.put(resources.jobs, { ...job, status: { startTime: time, completionTime: time, conditions } });
}

/** For tests: a process dies at its n-th call of the API, before or after the server has heard of it; from then on it calls no more. */
export function dying(kube: Kube, at: number, when: 'before' | 'after'): { kube: Kube; dead: () => boolean } {
  let calls = 0;
  let dead = false;
  const step = () => {
    calls += 1;
    return { before: dead || (calls === at && when === 'before'), after: calls === at && when === 'after' };
  };
  const die = () => {
    dead = true;
    throw new Error('died');
  };
  const mortal = new Proxy(kube, {
    get(target, name, receiver) {
      const call: unknown = Reflect.get(target, name, receiver);
      if (typeof call !== 'function') return call;
      if (name === 'list') {
        return async function* (...given: unknown[]) {
          const { before, after } = step();
          if (before) die();
          yield* Reflect.apply(call, target, given) as AsyncIterable<unknown>;
          if (after) die();
        };
      }
      return async (...given: unknown[]) => {
        const { before, after } = step();
        if (before) die();
        const answer: unknown = await Reflect.apply(call, target, given);
        return after ? die() : answer;
      };
    },
  });
  return { kube: mortal, dead: () => dead };
}
