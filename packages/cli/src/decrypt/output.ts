import { randomBytes } from 'node:crypto';
import { link, lstat, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../exit.ts';
import { writeTo } from '../terminal.ts';

/** Where plain bytes go. */
export interface Output {
  write(piece: Uint8Array): Promise<void>;
  /** All of it was authentic: from now on it has its name. */
  keep(): Promise<void>;
  /** Leaves nothing behind; a pipe cannot take anything back. */
  discard(): Promise<void>;
}

export interface OutputOptions {
  readonly force: boolean;
  readonly stdout: NodeJS.WriteStream;
}

/** Opens standard output for `-`, or a file under a temporary name beside the one it will have. */
export async function openOutput(path: string, { force, stdout }: OutputOptions): Promise<Output> {
  if (path === '-') return openStandardOutput(stdout, force);
  await refuseToReplace(path, force);
  return openFile(path, force);
}

function openStandardOutput(stdout: NodeJS.WriteStream, force: boolean): Output {
  if (stdout.isTTY && !force)
    throw new UsageError('an artifact is no text for a terminal; redirect standard output, or insist with --force');
  const nothing = () => Promise.resolve();
  return { write: (piece) => writeTo(stdout, piece), keep: nothing, discard: nothing };
}

async function refuseToReplace(path: string, force: boolean): Promise<void> {
  const found = await lstat(path).catch(() => undefined); // what is wrong beyond "missing" is said when it is opened
  if (!found) return;
  // Renaming over a device or a link would replace the thing itself.
  if (!found.isFile())
    throw new UsageError(`${JSON.stringify(path)} is no regular file; to write into it use --output - and redirect`);
  if (!force) throw alreadyThere(path);
}

function alreadyThere(path: string): UsageError {
  return new UsageError(
    `${JSON.stringify(path)} is already there; say another place with --output, or replace it with --force`,
  );
}

async function openFile(path: string, force: boolean): Promise<Output> {
  const partial = join(dirname(path), `.${basename(path).slice(0, 200)}.partial-${randomBytes(6).toString('hex')}`);
  const file = await open(partial, 'wx');
  return {
    async write(piece) {
      for (let from = 0; from < piece.length;)
        from += (await file.write(piece, from, piece.length - from)).bytesWritten;
    },
    async keep() {
      await file.sync();
      await file.close();
      if (force) await rename(partial, path);
      else await renameToNew(partial, path);
    },
    async discard() {
      await rm(partial, { force: true });
      await file.close();
    },
  };
}

/** A rename that does not replace a file which appeared in the meantime. */
async function renameToNew(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw alreadyThere(to);
    await refuseToReplace(to, false); // a file system without hard links
    return rename(from, to);
  }
  await rm(from);
}
