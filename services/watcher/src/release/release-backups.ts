import { resources, type Kube } from '@holdfast/kube';
import type { Log } from '@holdfast/runtime';
import { eraseFinalizer, type Neo4jBackup } from '@holdfast/types';

export interface ReleaseOptions {
  /** Only backups of this namespace; else all. */
  readonly namespace?: string | undefined;
  readonly log: Log;
  /** Until a watcher that was told to stop has stopped: what it marks meanwhile is released by another look. */
  readonly pause: () => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Takes our finalizer off every backup, because nobody is left who would: their objects could never be deleted again. Data stays where it is, also
 * that of objects which were being deleted with it. Looks until a look finds none. Answers how many were released.
 */
export async function releaseBackups(kube: Kube, options: ReleaseOptions): Promise<number> {
  let released = 0;
  for (;;) {
    const held = await heldBackups(kube, options);
    if (held.length === 0) return released;
    for (const backup of held) released += (await release(kube, backup, options)) ? 1 : 0;
    await options.pause();
  }
}

async function heldBackups(kube: Kube, { namespace, signal }: ReleaseOptions): Promise<Neo4jBackup[]> {
  const held: Neo4jBackup[] = [];
  for await (const backup of kube.list(resources.backups, namespace === undefined ? {} : { namespace }, signal))
    if (backup.metadata.finalizers?.includes(eraseFinalizer)) held.push(backup);
  return held;
}

/** Finalizers of others stay. Whoever changed the object meanwhile is found by the next look. */
async function release(kube: Kube, { metadata }: Neo4jBackup, { log, signal }: ReleaseOptions): Promise<boolean> {
  const { namespace, name, resourceVersion, deletionTimestamp } = metadata;
  const finalizers = (metadata.finalizers ?? []).filter((one) => one !== eraseFinalizer);
  const patch = { metadata: { finalizers, resourceVersion } };
  const written = await kube.mergePatch(resources.backups, { namespace, name }, patch, {}, signal);
  if (written === 'conflict' || written === 'gone') return false;
  const backup = `${namespace}/${name}`;
  const reason = deletionTimestamp === undefined ? 'FinalizerChanged' : 'DataLeft';
  if (deletionTimestamp === undefined) log.info({ backup, reason }, 'the finalizer was taken off');
  else log.warn({ backup, reason }, 'the object is let go, and its data stays in the store');
  return true;
}
