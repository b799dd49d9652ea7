import type { Finding } from '@holdfast/core';
import { BackupError, type Digest, type StoredObject } from '@holdfast/types';
import type { ObjectStore } from '../object-store.ts';
import { digested } from '../parts.ts';

/** What reading an object to its end proved. */
export type ReadBack =
  | { readonly kind: 'proven'; readonly digest: Digest }
  | { readonly kind: 'spoiled'; readonly finding: Finding };

export interface ReadBackOptions {
  /** Digest to compare with; without one, reading establishes it. */
  readonly digest?: Digest | undefined;
  /** What the stored bytes must pass, such as a decryption that authenticates each segment; its bytes are not kept. */
  readonly through?: ((stored: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads an object back. Missing, shorter, longer or different bytes are a finding; a decryption that fails is one, too; trouble of the store is thrown.
 */
export async function readBack(
  store: ObjectStore,
  object: Pick<StoredObject, 'key' | 'bytes'>,
  { digest: known, through, signal }: ReadBackOptions = {},
): Promise<ReadBack> {
  const { key, bytes } = object;
  const body = await store.read(key, { signal });
  if (!body) return spoiled('ArtifactMissing', key, `${key} is not in the store; take a new FULL backup`);
  let read = 0;
  async function* counted(): AsyncIterable<Uint8Array> {
    for await (const piece of body ?? []) {
      read += piece.length;
      yield piece;
    }
  }
  const { pieces, digest } = digested(counted(), known?.partBytes ?? Infinity);
  try {
    for await (const _piece of through ? through(pieces) : pieces) signal?.throwIfAborted();
  } catch (error) {
    if (!(error instanceof BackupError) || error.reason !== 'DecryptFailed') throw error;
    return spoiled('ArtifactChanged', key, `${key} is not what was encrypted: ${error.message}`);
  }
  if (read !== bytes) return changed(key, `has ${read} bytes instead of ${bytes}`);
  const measured = digest();
  if (known && known.value !== measured.value) return changed(key, 'has another content than its digest says');
  return { kind: 'proven', digest: known ?? { ...measured, of: 'stored', measuredBy: 'readBack' } };
}

function changed(key: string, how: string): ReadBack {
  const remedy = 'take a new FULL backup and find out who writes there';
  return spoiled('ArtifactChanged', key, `${key} ${how} since its backup; ${remedy}`);
}

function spoiled(reason: Finding['reason'], key: string, message: string): ReadBack {
  return { kind: 'spoiled', finding: { reason, key, message } };
}
