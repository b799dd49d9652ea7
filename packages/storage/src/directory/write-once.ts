import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, lstat, mkdir, open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { digested, partBytesFor, type ContentDigest } from '../parts.ts';
import { codeOf } from './directory-error.ts';

/**
 * Writes a file that nobody sees before it is whole and on disk: first under a temporary name beside it, then linked, which
 * fails where the name is taken.
 * @returns the content's digest; undefined when the file existed already
 */
export async function writeOnce(
  path: string,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  options: WriteOptions,
): Promise<ContentDigest | undefined> {
  if (await isTaken(path)) return undefined;
  const temporary = join(dirname(path), `.${randomUUID()}${partialEnding}`);
  const handle = await openInFolder(temporary);
  try {
    const digest = await writeAll(handle, body, options);
    return (await publish(temporary, path, options.link ?? link)) ? digest : undefined;
  } finally {
    await unlink(temporary).catch(ignoreMissing);
  }
}

/**
 * Gives a file a second name, which costs no space: files of a store never change. Where the file system cannot, its bytes are copied.
 * @returns false when the name is taken
 */
export async function copyOnce(from: string, to: string, options: WriteOptions): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    await mkdir(dirname(to), { recursive: true });
    try {
      await (options.link ?? link)(from, to);
      await syncFolder(dirname(to));
      return true;
    } catch (error) {
      const code = codeOf(error) ?? '';
      if (code === 'EEXIST') return false;
      if (cannotLink.has(code)) return (await writeOnce(to, createReadStream(from), options)) !== undefined;
      // Somebody may remove the folder as empty; a file that is gone is the caller's to tell.
      if (code !== 'ENOENT' || attempt === attempts) throw error;
    }
  }
}

export interface WriteOptions {
  readonly signal?: AbortSignal | undefined;
  readonly sizeHint?: number | undefined;
  /** What the file is dated with; the file system's own time by default. */
  readonly date?: Date | undefined;
  /** Another way to link, for file systems that cannot. */
  readonly link?: typeof link;
}

/** Whether a file name is that of a file still being written, or left behind by a crash. */
export function isPartial(name: string): boolean {
  return name.startsWith('.') && name.endsWith(partialEnding);
}

export const partialEnding = '.partial';
const attempts = 5;

async function isTaken(path: string): Promise<boolean> {
  return (await lstat(path).catch(ignoreMissing)) !== undefined;
}

/** Somebody may remove the folder as empty between its creation and the file's. */
async function openInFolder(path: string): Promise<FileHandle> {
  for (let attempt = 1; ; attempt += 1) {
    await mkdir(dirname(path), { recursive: true });
    try {
      return await open(path, 'wx', 0o640);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || attempt === attempts) throw error;
    }
  }
}

async function writeAll(
  handle: FileHandle,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  { signal, sizeHint, date }: WriteOptions,
): Promise<ContentDigest> {
  const { pieces, digest } = digested(body, partBytesFor(body, sizeHint));
  try {
    for await (const piece of pieces) {
      signal?.throwIfAborted();
      await writeFully(handle, piece);
    }
    if (date) await handle.utimes(date, date);
    await handle.sync();
  } finally {
    await handle.close();
  }
  signal?.throwIfAborted();
  return digest();
}

async function writeFully(handle: FileHandle, piece: Uint8Array): Promise<void> {
  for (let at = 0; at < piece.length;) at += (await handle.write(piece, at)).bytesWritten;
}

async function publish(temporary: string, path: string, linkFile: typeof link): Promise<boolean> {
  try {
    await linkFile(temporary, path);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    if (!cannotLink.has(codeOf(error) ?? '')) throw error;
    if (!(await publishByRename(temporary, path))) return false;
  }
  await syncFolder(dirname(path));
  return true;
}

/** Some network and FUSE file systems have no hard links. */
const cannotLink: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** The name is reserved by an empty file, which a crash just here would leave behind: unreadable, so nothing is built on it. */
async function publishByRename(temporary: string, path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx')).close();
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  await rename(temporary, path);
  return true;
}

/** A new name is only on disk when its folder is. Some file systems cannot sync a folder and need not. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EISDIR', 'EPERM'].includes(codeOf(error) ?? '')) throw error;
  } finally {
    await handle.close();
  }
}

function ignoreMissing(error: unknown): undefined {
  const code = codeOf(error);
  if (code !== 'ENOENT') throw error;
}
