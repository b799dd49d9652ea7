import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { formatBytes, plainName, type CatalogueEntry } from '@holdfast/core';
import { decrypt } from '@holdfast/encryption';
import { readBack } from '@holdfast/storage';
import { BackupError, type Manifest, type StoredObject } from '@holdfast/types';
import type { Context } from '../../context.ts';
import { roomFor } from '../room.ts';
import { plainBytes, type Staging } from './staging.ts';

/**
 * Brings artifacts back from the store to where the engine can build on them: read, compared with their digests, decrypted with the key that their
 * manifests name. Trouble that may pass is thrown.
 * @returns what keeps it from being done, in words that follow the name of a chain
 */
export async function bringBack(
  entries: readonly CatalogueEntry[],
  staging: Staging,
  context: Context,
): Promise<string | undefined> {
  const needed = entries.reduce((sum, { manifest }) => sum + plainBytes(manifest), 0);
  const room = await roomFor(staging, context);
  if (needed > room)
    return `does not fit: bringing it back needs ${formatBytes(needed)}, and ${formatBytes(room)} are free`;
  for (const { manifest } of entries) {
    for (const object of manifest.objects) {
      const why = await fetchObject(object, manifest, staging, context);
      if (why !== undefined) return `cannot be brought back: ${why}`;
    }
  }
  return undefined;
}

async function fetchObject(
  object: StoredObject,
  { encryption }: Manifest,
  { folder }: Staging,
  context: Context,
): Promise<string | undefined> {
  const name = plainName(object.key);
  const partial = join(folder, `.${name}.partial`);
  const open = encryption && opener(encryption.keyFingerprint, name, context);
  if (typeof open === 'string') return open;
  try {
    const { store, signal } = context;
    const through = (stored: AsyncIterable<Uint8Array>) => written(open ? open(stored) : stored, partial);
    const read = await readBack(store, object, { digest: object.digest, through, signal });
    if (read.kind === 'spoiled') return read.finding.message;
    await rename(partial, join(folder, name));
    return undefined;
  } catch (error) {
    const why = whyNot(error);
    if (why === undefined) throw error;
    return why;
  } finally {
    await rm(partial, { force: true });
  }
}

type Open = (stored: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

function opener(fingerprint: string, name: string, { keys }: Context): Open | string {
  const found = keys?.find(fingerprint);
  if (!found) return `the key with fingerprint ${fingerprint} is no entry of the key Secret`;
  return (stored) => decrypt(stored, { key: found.key, associatedData: name });
}

async function* written(pieces: AsyncIterable<Uint8Array>, path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'w', 0o640);
  try {
    for await (const piece of pieces) {
      for (let at = 0; at < piece.length;) at += (await file.write(piece, at)).bytesWritten;
      yield piece;
    }
  } finally {
    await file.close();
  }
}

/** A person may have to act on these; the run can go on with a FULL. */
function whyNot(error: unknown): string | undefined {
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return 'there is no space left for it';
  return error instanceof BackupError && error.fate === 'terminal' ? error.message : undefined;
}
