import { lstat, realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { BackupError } from '@holdfast/types';
import { codeOf } from './directory-error.ts';

/**
 * The file of a key, after making sure that no symbolic link on the way leads out of the root: whoever can write into the
 * volume must not make us read or remove files elsewhere.
 * @throws BackupError `StorageDenied`, terminal, for a link that leads outside
 */
export async function locate(root: string, key: string, place: string): Promise<string> {
  const file = join(root, key);
  const target = await realpathOfNearest(file);
  if (isInside(await realpath(root), target)) return file;
  throw outside(key, place);
}

/** Whether a symbolic link found in a listing ends at a file inside the root; links to folders are not followed. */
export async function isOwnFile(root: string, file: string, place: string): Promise<boolean> {
  const target = await realpath(file).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (target === undefined) return false;
  if (!isInside(await realpath(root), target)) throw outside(file.slice(root.length + 1), place);
  return (await lstat(target)).isFile();
}

async function realpathOfNearest(file: string): Promise<string> {
  for (let at = file; ; at = dirname(at)) {
    try {
      return await realpath(at);
    } catch (error) {
      // A dangling link is there and leads somewhere: only what does not exist at all is looked for further up.
      if (!isAbsent(error) || (await exists(at)) || at === dirname(at)) throw error;
    }
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

function outside(key: string, place: string): BackupError {
  return new BackupError(
    'StorageDenied',
    'terminal',
    `${place}: "${key}" leads out of the folder through a symbolic link; remove the link`,
  );
}
