import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { artifactOfFile } from '@holdfast/core';

/** One file of an artifact in the folder where the engine wrote it. */
export interface LocalFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

/** An artifact first, then its companion parts; empty when it is not there. */
export async function filesOf(folder: string, artifact: string): Promise<LocalFile[]> {
  const files: LocalFile[] = [];
  for (let part = 0; ; part += 1) {
    const name = part === 0 ? artifact : `${artifact}.${part}`;
    const bytes = await sizeOf(join(folder, name));
    if (bytes === undefined) return files;
    files.push({ name, path: join(folder, name), bytes });
  }
}

/** Removes the files of some artifacts, and every file that is none. Answers what was removed. */
export async function removeArtifacts(folder: string, goes: (artifact: string) => boolean): Promise<string[]> {
  const removed: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const artifact = artifactOfFile(entry.name);
    if (!entry.isFile() || (artifact !== undefined && !goes(artifact))) continue;
    await rm(join(folder, entry.name), { force: true });
    removed.push(entry.name);
  }
  return removed;
}

/** One piece after the other, in memory that is used again for the next one, which is read when the last one was taken. */
export async function* piecesOf(path: string, onPiece: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  const file = await open(path);
  const memory = Buffer.allocUnsafeSlow(pieceBytes);
  try {
    for (;;) {
      const { bytesRead } = await file.read(memory, 0, pieceBytes);
      if (bytesRead === 0) return;
      onPiece(bytesRead);
      yield memory.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

const pieceBytes = 1024 * 1024;

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
