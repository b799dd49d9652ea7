import { resources, type Job, type Kube, type ResourceType } from '@holdfast/kube';
import { openLog } from '@holdfast/runtime';
import { below, openMemory, writeDocument, writeManifest, type ObjectStore } from '@holdfast/storage';
import type { AgentResult } from '@holdfast/types';
import { anAdmittedRun, aWorld, key, namespace, type World } from '../../../packages/access/src/a-world.ts';
import { aManifest } from '../../../packages/storage/src/folder/a-manifest.ts';
import { handle } from './handle.ts';
import type { Hands } from './hands.ts';

/** For tests: the bucket that every worker opens. */
export const bucket: { store: ObjectStore } = { store: openMemory() };

export const run = anAdmittedRun();
export const schedule = { schedule: '0 2 * * *' };
export const onClaim = { ...schedule, storage: { type: 'pvc', pvc: { name: 'backups', size: '10Gi' } } };

export function aRunningWorld(told: Parameters<typeof aWorld>[0] = {}): World {
  return aWorld({ spec: schedule, status: { activeRun: run }, ...told });
}

/** For tests: one ring is answered. */
export function work(
  world: World,
  kube: Kube = world.kube,
  { seenAtMs, ...more }: Pick<Hands, 'onJobCreated'> & { seenAtMs?: number } = {},
): ReturnType<typeof handle> {
  const log = openLog('worker', { now: world.now }, { destination: { write() {} } });
  const ring = { v: 1, ...key, ...(seenAtMs !== undefined && { seenAtMs }) } as const;
  return handle(ring, { ...world.hands, ...more, kube, log }, new AbortController().signal);
}

/** For tests: a world in which the run's Job was created. */
export async function started(told?: Parameters<typeof aWorld>[0]): Promise<World> {
  const world = aRunningWorld(told);
  await work(world);
  return world;
}

/** For tests: the same with a store on a bound claim. */
export async function startedOnClaim(): Promise<World> {
  const world = aRunningWorld({ spec: onClaim });
  const metadata = { namespace, name: 'backups' };
  world.kube.put(resources.persistentVolumeClaims, { metadata, spec: {}, status: { phase: 'Bound' } });
  await work(world);
  return world;
}

export function onlyJob(world: World): Job {
  const [job, second] = world.jobs();
  if (!job || second) throw new Error(`${world.jobs().length} Jobs instead of one`);
  return job;
}

export async function removed(world: World, type: ResourceType, name: string): Promise<void> {
  await world.kube.remove(type, { namespace, name }, { propagation: 'Background' });
}

/** For tests: the backup's folder in the bucket. */
export function folder(): ObjectStore {
  return below(bucket.store, `${namespace}/${key.name}`);
}

/** For tests: what a pod leaves in the store when it brought these databases. */
export async function leaveArtifacts(...databases: string[]): Promise<void> {
  for (const database of databases) {
    const manifest = aManifest({ run: run.id, database });
    for (const { key: object, bytes } of manifest.objects) await folder().create(object, new Uint8Array(bytes));
    await writeManifest(folder(), manifest);
  }
}

export async function leaveResult(result: AgentResult): Promise<void> {
  await writeDocument(folder(), `runs/${result.run}/attempt-${result.attempt}-12345678.json`, result);
}
