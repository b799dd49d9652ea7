import { randomUUID } from 'node:crypto';
import { BackupError } from '@holdfast/types';
import { throwOwn } from '../bytes.ts';
import { firstParts, partsAgain } from '../first-parts.ts';
import { inFlight } from '../in-flight.ts';
import type { Created, CreateOptions, StoredEntry } from '../object-store.ts';
import { digestOfParts, inParts, partBytesFor, partsInFlight, type Part } from '../parts.ts';
import type { Azure } from './azure-client.ts';
import { isTaken } from './azure-error.ts';
import { entryOf, headBlob } from './azure-head.ts';

/** Writes once: the store itself decides (`If-None-Match: *`); the look beforehand spares an upload in vain. */
export async function createBlob(
  azure: Azure,
  key: string,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  { signal, sizeHint }: CreateOptions,
): Promise<Created> {
  const before = await headBlob(azure, key, signal);
  if (before) return { created: false, entry: before };
  const partBytes = azure.partBytes ?? partBytesFor(body, sizeHint);
  const parts = inParts(body, partBytes);
  try {
    const taken = await firstParts(parts, signal);
    const blocks = { parts: partsAgain(taken, parts), partBytes };
    let written = taken.length < 2 ? await putWhole(azure, key, taken[0], signal) : undefined;
    // A name that only holds blocks of an upload that died counts as taken in some stores; a list of blocks may take it over.
    if (!written && (taken.length === 2 || !(await headBlob(azure, key, signal))))
      written = await putBlocks(azure, key, blocks, signal);
    if (!written) return { created: false, entry: await whatIsThere(azure, key, signal) };
    return { created: true, entry: written.entry, digest: digestOfParts(written.digests, partBytes) };
  } finally {
    await parts.return(undefined);
  }
}

interface Written {
  readonly entry: StoredEntry;
  readonly digests: Buffer[];
}

/** @returns undefined when the key was taken meanwhile */
async function putWhole(
  azure: Azure,
  key: string,
  part: Part | undefined,
  signal: AbortSignal | undefined,
): Promise<Written | undefined> {
  const bytes = part?.bytes ?? new Uint8Array();
  const blob = azure.container.getBlockBlobClient(key);
  const told = await unlessTaken(() =>
    azure.call('PutBlob', { signal, bytes: bytes.length }, (abortSignal) =>
      blob.upload(bytes, bytes.length, { abortSignal, conditions: ifAbsent }),
    ),
  );
  return told && { entry: entryOf(key, bytes.length, told), digests: part ? [part.sha256] : [] };
}

/**
 * Blocks are seen by nobody until their list is committed. Their names are this upload's own: another writer of the same key, or one
 * that died, must not lend its blocks to ours.
 */
async function putBlocks(
  azure: Azure,
  key: string,
  body: { readonly parts: AsyncIterable<Part>; readonly partBytes: number },
  signal: AbortSignal | undefined,
): Promise<Written | undefined> {
  const blob = azure.container.getBlockBlobClient(key);
  const upload = randomUUID();
  const sent: { id: string; sha256: Buffer; bytes: number }[] = [];
  const told = await unlessTaken(async () => {
    await inFlight(body.parts, { limit: partsInFlight(body.partBytes), signal }, async (part, partSignal) => {
      const { number, bytes, sha256 } = part;
      requireBlockNumber(azure, number, body.partBytes);
      const id = Buffer.from(`${upload}-${String(number).padStart(5, '0')}`).toString('base64');
      await azure.call('PutBlob', { signal: partSignal, bytes: bytes.length }, (abortSignal) =>
        blob.stageBlock(id, bytes, bytes.length, { abortSignal }),
      );
      sent[number - 1] = { id, sha256, bytes: bytes.length };
      part.release();
    }).catch(throwOwn);
    const ids = sent.map(({ id }) => id);
    return azure.call('PutBlob', { signal }, (abortSignal) =>
      blob.commitBlockList(ids, { abortSignal, conditions: ifAbsent }),
    );
  });
  const bytes = sent.reduce((sum, block) => sum + block.bytes, 0);
  return told && { entry: entryOf(key, bytes, told), digests: sent.map(({ sha256 }) => sha256) };
}

const ifAbsent = { ifNoneMatch: '*' };
/** Azure takes 50,000; parts are cut so that 10,000 are enough. */
const mostBlocks = 50_000;

async function unlessTaken<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BackupError && isTaken(error.cause)) return undefined;
    throw error;
  }
}

async function whatIsThere(azure: Azure, key: string, signal: AbortSignal | undefined): Promise<StoredEntry> {
  const entry = await headBlob(azure, key, signal);
  if (entry) return entry;
  throw new BackupError(
    'StorageUnreachable',
    'transient',
    `${azure.place}: "${key}" went away while it was written; it is tried again`,
  );
}

function requireBlockNumber(azure: Azure, number: number, partBytes: number): void {
  if (number <= mostBlocks) return;
  throw new BackupError(
    'StoreSpace',
    'terminal',
    `${azure.place} takes at most ${mostBlocks} blocks, which is ${mostBlocks * partBytes} bytes here; the body is larger than was said beforehand`,
  );
}
