import { randomUUID } from 'node:crypto';
import { requireKey, requirePrefix } from '../keys.ts';
import type { ObjectStore } from '../object-store.ts';
import { openBucket, type Gcs, type GcsConfig } from './gcs-client.ts';
import { copyObject } from './gcs-copy.ts';
import { createObject } from './gcs-create.ts';
import { isTaken } from './gcs-error.ts';
import { headObject } from './gcs-head.ts';
import { readJson } from './gcs-http.ts';
import { lifecycleRules } from './gcs-lifecycle.ts';
import { listObjects, storeNow } from './gcs-list.ts';
import { objectIn } from './gcs-object.ts';
import { readObject } from './gcs-read.ts';
import { removeGeneration, removeObjects } from './gcs-remove.ts';

/**
 * A bucket of Google Cloud Storage, by its JSON API. What an upload that died leaves behind is a session that nobody sees and that the
 * service drops after a week, so there is nothing to abort.
 */
export function openGcs(config: GcsConfig): ObjectStore {
  const gcs = openBucket(config);
  const { place } = gcs;
  return {
    place,
    list: (prefix, signal) => listObjects(gcs, requirePrefix(prefix, place), signal),
    head: async (key, signal) => headObject(gcs, requireKey(key, place), signal),
    read: async (key, options = {}) => readObject(gcs, requireKey(key, place), options),
    create: async (key, body, options = {}) => createObject(gcs, requireKey(key, place), body, options),
    copy: async (from, to, options = {}) =>
      copyObject(gcs, { from: requireKey(from, place), to: requireKey(to, place) }, options),
    async remove(key, signal) {
      const [removal] = await removeObjects(gcs, [requireKey(key, place)], signal);
      if (removal?.error) throw removal.error;
    },
    removeMany: async (keys, signal) =>
      removeObjects(
        gcs,
        keys.map((key) => requireKey(key, place)),
        signal,
      ),
    probe: (signal, prefix = '') => probe(gcs, requirePrefix(prefix, place), signal),
    now: async (signal, prefix = '') => storeNow(gcs, requirePrefix(prefix, place), signal),
    lifecycleRules: (signal) => lifecycleRules(gcs, signal),
  };
}

/** A write under a condition that nothing fulfils: who may not write is refused before the condition is looked at. */
async function probe(gcs: Gcs, prefix: string, signal: AbortSignal | undefined): Promise<void> {
  await storeNow(gcs, prefix, signal);
  const written = await gcs.call('PutObject', { signal }, async (callSignal) => {
    const query = { uploadType: 'media', name: `${prefix}.probe-${randomUUID()}`, ifGenerationMatch: '1' };
    try {
      return objectIn(await readJson(await gcs.ask({ door: 'upload', method: 'POST', path: '/o', query }, callSignal)));
    } catch (error) {
      if (isTaken(error)) return undefined;
      throw error;
    }
  });
  if (written) await removeGeneration(gcs, written, signal); // a store that does not look at conditions
}
