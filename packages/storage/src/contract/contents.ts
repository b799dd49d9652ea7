import { createHash } from 'node:crypto';
import { BackupError } from '@holdfast/types';
import { collect } from '../bytes.ts';
import type { ObjectStore, StoredEntry } from '../object-store.ts';
import { digestOfParts, type ContentDigest } from '../parts.ts';

export const mebibyte = 1024 * 1024;

export function text(value: string): Buffer {
  return Buffer.from(value, 'utf8');
}

export async function* stream(pieces: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* pieces;
}

export function cut(body: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(body.length / size) }, (_, at) => body.subarray(at * size, (at + 1) * size));
}

export function sha256(body: Uint8Array): Buffer {
  return createHash('sha256').update(body).digest();
}

/** The digest of a body, told as another one tells it: over the parts that it names, or over the whole. */
export function digestOf(body: Buffer, as: ContentDigest | undefined): ContentDigest {
  const partBytes = as?.partBytes ?? Math.max(1, body.length);
  return digestOfParts(cut(body, partBytes).map(sha256), partBytes);
}

/** Whether a body was taken and let go of: a source that nobody ends keeps its file or its connection open. */
export function watched(pieces: readonly Uint8Array[]): { body: AsyncIterable<Uint8Array>; isHeld: () => boolean } {
  let held = false;
  async function* body(): AsyncIterable<Uint8Array> {
    held = true;
    try {
      yield* pieces;
    } finally {
      held = false;
    }
  }
  return { body: body(), isHeld: () => held };
}

export async function content(store: ObjectStore, key: string): Promise<Uint8Array | undefined> {
  const body = await store.read(key);
  return body && collect(body);
}

export async function entries(store: ObjectStore, prefix: string, signal?: AbortSignal): Promise<StoredEntry[]> {
  return Array.fromAsync(store.list(prefix, signal));
}

export async function keys(store: ObjectStore, prefix: string): Promise<string[]> {
  return (await entries(store, prefix)).map(({ key }) => key).toSorted();
}

export function isBackupError(error: unknown): boolean {
  return error instanceof BackupError;
}

export function inAnHour(): Date {
  return new Date(Date.now() + 3_600_000);
}
