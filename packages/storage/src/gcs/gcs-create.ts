import { createHash, randomUUID } from 'node:crypto';
import { BackupError } from '@holdfast/types';
import { firstParts, partsAgain } from '../first-parts.ts';
import type { Created, CreateOptions, StoredEntry } from '../object-store.ts';
import { digestOfParts, inParts, type Part } from '../parts.ts';
import type { Gcs } from './gcs-client.ts';
import { isTaken } from './gcs-error.ts';
import { describedBy, headObject } from './gcs-head.ts';
import { readJson } from './gcs-http.ts';
import { contentType, entryOf, type Written } from './gcs-object.ts';
import { uploadInSession } from './gcs-session.ts';

/**
 * Writes once: the service itself decides (`ifGenerationMatch=0`); the look before a long upload spares it when it would be in vain. The
 * service holds what arrived against the MD5 of what was sent.
 */
export async function createObject(
  gcs: Gcs,
  key: string,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  { signal }: Pick<CreateOptions, 'signal'>,
): Promise<Created> {
  signal?.throwIfAborted();
  const parts = inParts(body, gcs.partBytes);
  try {
    const taken = await firstParts(parts, signal);
    const before = taken.length < 2 ? undefined : await headObject(gcs, key, signal);
    if (before) return { created: false, entry: before };
    const written =
      taken.length < 2
        ? await putWhole(gcs, key, taken[0], signal)
        : await uploadInSession(gcs, key, partsAgain(taken, parts), signal);
    if (!written) return { created: false, entry: await whatIsThere(gcs, key, signal) };
    return { created: true, entry: entryOf(written.object), digest: digestOfParts(written.digests, gcs.partBytes) };
  } finally {
    await parts.return(undefined);
  }
}

/** @returns undefined when the key is taken */
async function putWhole(
  gcs: Gcs,
  key: string,
  part: Part | undefined,
  signal: AbortSignal | undefined,
): Promise<Written | undefined> {
  const bytes = part?.bytes ?? new Uint8Array();
  const md5Hash = createHash('md5').update(bytes).digest('base64');
  const boundary = randomUUID();
  const document = JSON.stringify({ name: key, md5Hash, contentType });
  const head =
    `--${boundary}\r\ncontent-type: application/json; charset=utf-8\r\n\r\n${document}\r\n` +
    `--${boundary}\r\ncontent-type: ${contentType}\r\n\r\n`;
  const object = await gcs.call('PutObject', { signal, bytes: bytes.length }, async (callSignal) => {
    try {
      const answer = await gcs.ask(
        {
          door: 'upload',
          method: 'POST',
          path: '/o',
          query: { uploadType: 'multipart', name: key, ifGenerationMatch: '0' },
          headers: { 'content-type': `multipart/related; boundary=${boundary}` },
          body: [Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)],
        },
        callSignal,
      );
      return describedBy(gcs, await readJson(answer));
    } catch (error) {
      if (isTaken(error)) return undefined;
      throw error;
    }
  });
  return object && { object, digests: part ? [part.sha256] : [] };
}

async function whatIsThere(gcs: Gcs, key: string, signal: AbortSignal | undefined): Promise<StoredEntry> {
  const entry = await headObject(gcs, key, signal);
  if (entry) return entry;
  throw new BackupError(
    'StorageUnreachable',
    'transient',
    `${gcs.place}: "${key}" went away while it was written; it is tried again`,
  );
}
