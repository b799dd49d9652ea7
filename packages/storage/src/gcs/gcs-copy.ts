import type { Copied, CopyOptions } from '../object-store.ts';
import { objectPath, type Gcs } from './gcs-client.ts';
import { isMissing, isTaken } from './gcs-error.ts';
import { describedBy, headObject, requireBucket } from './gcs-head.ts';
import { readJson } from './gcs-http.ts';
import { contentType, entryFields, entryOf, type GcsObject } from './gcs-object.ts';

/** Read at once like every other class, cheap to keep for a year and more, and dear to read. */
const archiveClass = 'ARCHIVE';

/**
 * Copies inside the bucket; a large object, or one that changes its class, takes several rewrites:
 * https://cloud.google.com/storage/docs/json_api/v1/objects/rewrite
 */
export async function copyObject(
  gcs: Gcs,
  { from, to }: { readonly from: string; readonly to: string },
  { signal, archive }: CopyOptions,
): Promise<Copied | undefined> {
  const asked = { from, to, metadata: { contentType, ...(archive && { storageClass: archiveClass }) } };
  for (let rewriteToken: string | undefined; ;) {
    const step = await rewrite(gcs, { ...asked, rewriteToken }, signal);
    if (step.kind === 'done') return { created: true, entry: entryOf(step.object) };
    if (step.kind === 'goesOn') {
      ({ rewriteToken } = step);
      continue;
    }
    // Also a source that is missing is refused with its own word only where the condition holds.
    const source = await headObject(gcs, from, signal);
    const there = source && (await headObject(gcs, to, signal));
    if (there) return { created: false, entry: there };
    if (source) continue; // it was removed just now
    await requireBucket(gcs, from, signal);
    return undefined;
  }
}

type Step =
  | { readonly kind: 'done'; readonly object: GcsObject }
  | { readonly kind: 'goesOn'; readonly rewriteToken: string }
  /** The source is missing, or the key is taken. */
  | { readonly kind: 'refused' };

interface Rewrite {
  readonly from: string;
  readonly to: string;
  readonly metadata: { readonly contentType: string; readonly storageClass?: string };
  readonly rewriteToken: string | undefined;
}

async function rewrite(
  gcs: Gcs,
  { from, to, metadata, rewriteToken }: Rewrite,
  signal: AbortSignal | undefined,
): Promise<Step> {
  return gcs.call('CopyObject', { signal }, async (callSignal): Promise<Step> => {
    try {
      const answer = await gcs.ask(
        {
          method: 'POST',
          path: `${objectPath(from)}/rewriteTo/b/${encodeURIComponent(gcs.bucket)}${objectPath(to)}`,
          query: {
            ifGenerationMatch: '0',
            fields: `done,rewriteToken,resource(${entryFields})`,
            ...(rewriteToken !== undefined && { rewriteToken }),
          },
          headers: { 'content-type': 'application/json' },
          body: [Buffer.from(JSON.stringify(metadata))],
        },
        callSignal,
      );
      const told = (await readJson(answer)) as { rewriteToken?: unknown; resource?: unknown } | undefined;
      if (typeof told?.rewriteToken === 'string' && told.rewriteToken !== '')
        return { kind: 'goesOn', rewriteToken: told.rewriteToken };
      return { kind: 'done', object: describedBy(gcs, told?.resource) };
    } catch (error) {
      if (isMissing(error) || isTaken(error)) return { kind: 'refused' };
      throw error;
    }
  });
}
