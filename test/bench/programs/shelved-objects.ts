import { createHash } from 'node:crypto';
import { attemptKey, runKey, runLogKey } from '@holdfast/core';
import { longHistory } from '../../../packages/core/src/chains/a-long-history.ts';

/** One object of the shelf; its bytes are only made when somebody reads them. */
export interface ShelvedObject {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
  readonly etag: string;
  readonly body?: string;
}

/** Runs of so many objects. */
export function runsOf(count: number): number {
  return Math.max(1, Math.floor(count / 8));
}

/** So long ago that a million objects are all of the past. */
const begin = new Date('2005-01-01T02:00:00Z');
const pod = '5ad7c0de-0000-4000-8000-000000000001';

/** About as many objects as told, eight of each run: two databases with an artifact and a manifest each, and the run's documents. Sorted by key. */
export function shelvedObjects(count: number): ShelvedObject[] {
  const objects: ShelvedObject[] = [];
  const add = (key: string, modifiedAt: Date, of: { bytes: number } | { body: string }): void => {
    const bytes = 'body' in of ? Buffer.byteLength(of.body) : of.bytes;
    const etag = createHash('md5').update(key).digest('hex');
    objects.push({ key, modifiedAt, etag, bytes, ...('body' in of && { body: of.body }) });
  };
  let before = '';
  for (const { key, manifest, modifiedAt } of longHistory({ runs: runsOf(count), begin })) {
    for (const object of manifest.objects) add(object.key, modifiedAt, object);
    add(key, modifiedAt, { body: JSON.stringify(manifest) });
    const { run } = manifest;
    if (run === before) continue;
    before = run;
    const begun = attemptKey(run, 1, pod).replace('attempt-', 'begun-');
    for (const document of [begun, attemptKey(run, 1, pod), runKey(run), runLogKey(run)])
      add(document, modifiedAt, { bytes: 1_000 });
  }
  return objects.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}
