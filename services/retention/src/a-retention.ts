import type { Job } from '@holdfast/kube';
import { openLog } from '@holdfast/runtime';
import { below, ManifestMemory, openMemory, readCatalogue, writeManifest, type ObjectStore } from '@holdfast/storage';
import type { ActiveRun, RetentionResult } from '@holdfast/types';
import { aResult, aWorld, key, namespace, type World } from '../../../packages/access/src/a-world.ts';
import { anEntry } from '../../../packages/core/src/chains/an-entry.ts';
import { handle } from './handle.ts';

/** For tests: the bucket that every service opens, and the backup's folder in it. */
export const bucket: { store: ObjectStore; folder: ObjectStore } = { store: openMemory(), folder: openMemory() };

/** For tests: the run that is answered. */
export const run: ActiveRun = {
  id: 'p0123456789-1a2b3c4d',
  kind: 'retention',
  trigger: 'Retention',
  token: 'the occasion',
  phase: 'Admitted',
  attempt: 1,
  recordedAt: '2026-01-01T04:00:00Z',
  admittedAt: '2026-01-01T04:00:00Z',
};
export const at = '2026-01-01T04:00:05.500Z';
/** For tests: one chain is kept, of the three that `fill` makes. */
export const spec = { schedule: '0 * * * *', retention: { maxCount: 1, maxDeletePercent: 100 } };
export const history = [
  { runId: 'run-3', trigger: 'Schedule' as const, status: 'Succeeded' as const, reason: 'Succeeded' },
];

/** For tests: a bucket with three backups, each a chain of its own. */
export async function fill(): Promise<void> {
  bucket.store = openMemory({ place: 'bucket "backups"', now: () => new Date(at) });
  bucket.folder = below(bucket.store, `${namespace}/${key.name}`);
  await fillWith([1, 2, 3]);
}

export async function fillWith(hours: readonly number[]): Promise<void> {
  for (const hour of hours) {
    const { manifest } = anEntry({ artifact: `full-${hour}`, hour });
    for (const object of manifest.objects) await bucket.folder.create(object.key, new Uint8Array(object.bytes));
    await writeManifest(bucket.folder, manifest);
  }
}

export function aRetaining(told: Parameters<typeof aWorld>[0] = {}): World {
  return aWorld({ at, spec, status: { activeRun: run, history }, ...told });
}

/** For tests: one ring is answered, by a service that remembers nothing unless it is told. */
export function work(world: World, memory: ManifestMemory = new ManifestMemory()): ReturnType<typeof handle> {
  const log = openLog('retention', { now: world.now }, { destination: { write() {} } });
  return handle({ v: 1, ...key }, { ...world.hands, log, memory }, new AbortController().signal);
}

/** For tests: the runs whose manifests are still there. */
export async function left(): Promise<string[]> {
  const { entries } = await readCatalogue(bucket.folder);
  return entries.map(({ manifest }) => manifest.run).toSorted();
}

export const onClaim = { spec: { ...spec, storage: { type: 'pvc', pvc: { name: 'backups' } } } };

/** For tests: what a pod of the run answers. */
export function answerOf(verb: 'list' | 'sweep', retention: Partial<RetentionResult>) {
  const planned = { kept: 1, removed: 0, reclaimedBytes: 0, held: [], remove: [], removeCount: 2, reclaimBytes: 200 };
  return aResult({ verb, run: run.id, retention: { ...planned, ...retention } });
}

export function onlyJob(world: World, name: string): Job {
  const [job] = world.jobs();
  if (job?.metadata.name !== name || world.jobs().length !== 1) throw new Error(`no ${name} alone`);
  return job;
}

/** For tests: calls back before each removal. */
export function onRemove(before: () => void | Promise<void>): void {
  const { store } = bucket;
  bucket.store = {
    ...store,
    remove: async (...given) => {
      await before();
      return store.remove(...given);
    },
    removeMany: async (...given) => {
      await before();
      return store.removeMany(...given);
    },
  };
}
