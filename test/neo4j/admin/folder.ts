import { copyFile, link, open, readdir, rm, stat } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A place with artifacts: a local folder or one of an object store. Names are plain file names in it. */
export interface Folder {
  /** As messages and the run register name it. */
  readonly shown: string;
  readonly isCloud: boolean;
  uri(name: string): string;
  list(): Promise<FolderEntry[]>;
  /** The first `bytes` of a file, fewer when it is shorter. */
  head(name: string, bytes: number): Promise<Buffer>;
  read(name: string): AsyncIterable<Buffer>;
  /** Makes a finished local file appear under this name, whole at once; a local name that is taken is `EEXIST`. */
  publish(name: string, file: string): Promise<void>;
  remove(name: string): Promise<void>;
}

/** One file of a folder. */
export interface FolderEntry {
  readonly name: string;
  readonly bytes: number;
}

/** A local folder, which must exist. `base` is the URI it is known by when it stands for a cloud's folder. */
export function localFolder(path: string, base?: string): Folder {
  return {
    shown: base ?? path,
    isCloud: base !== undefined,
    uri: (name) => (base === undefined ? pathToFileURL(join(path, name)).href : base + name),
    list: () => listFiles(path),
    head: (name, bytes) => readStart(join(path, name), bytes),
    read: (name) => createReadStream(join(path, name), { highWaterMark: 1 << 20 }),
    publish: (name, file) => moveInto(path, name, file),
    remove: (name) => rm(join(path, name)),
  };
}

async function listFiles(path: string): Promise<FolderEntry[]> {
  const entries = (await readdir(path, { withFileTypes: true })).filter((entry) => entry.isFile());
  return Promise.all(entries.map(async ({ name }) => ({ name, bytes: (await stat(join(path, name))).size })));
}

async function readStart(path: string, bytes: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** By a link, which unlike a rename never replaces a file that another call has put there meanwhile. */
async function moveInto(path: string, name: string, file: string): Promise<void> {
  try {
    await link(file, join(path, name));
    await rm(file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
    const partial = join(path, `.${name}.${process.pid}.partial`); // the temporary folder is on another volume
    try {
      await copyFile(file, partial);
      await link(partial, join(path, name));
    } finally {
      await rm(partial, { force: true });
    }
  }
}
