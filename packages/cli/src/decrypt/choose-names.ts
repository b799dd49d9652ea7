import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from '../exit.ts';

export interface Names {
  /** The artifact's plain file name, which encryption is bound to. */
  readonly name: string;
  /** Path to write to, or `-`. */
  readonly output: string;
}

const ending = '.enc';

/** Names that were left out follow from the file's; a folder as output gets the artifact's own name. */
export async function chooseNames(
  file: string,
  asked: { readonly name?: string; readonly output?: string; readonly json?: true },
): Promise<Names> {
  const name = asked.name ?? plainName(file);
  if (name === '' || name === '.' || name === '..' || name !== basename(name))
    throw new UsageError(`--name ${JSON.stringify(name)} is no plain file name; leave folders out of it`);
  if (asked.output === '-') {
    if (asked.json) throw new UsageError('with --output - standard output carries the artifact; leave --json out');
    return { name, output: '-' };
  }
  const output = asked.output ?? join(dirname(file), name);
  return { name, output: outsideOf(file, (await isFolder(output)) ? join(output, name) : output) };
}

function plainName(file: string): string {
  const name = basename(file);
  if (name.endsWith(ending) && name.length > ending.length) return name.slice(0, -ending.length);
  throw new UsageError(
    `${JSON.stringify(name)} does not end in ${ending}, so the artifact's own name is unknown; say it with --name`,
  );
}

function outsideOf(file: string, output: string): string {
  if (resolve(file) !== resolve(output)) return output;
  throw new UsageError('the output is the encrypted file itself; say another place with --output');
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false, // what is wrong with it is said when it is opened
  );
}
