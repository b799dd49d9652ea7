import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface PipOptions {
  /** What is fetched, for people. */
  readonly what: string;
  /** Further arguments of `pip install`. */
  readonly args?: readonly string[];
  readonly say: (line: string) => void;
}

/**
 * The folder with a package from PyPI in the user's cache, installed on the first call; the interpreter itself is left as it is.
 * Undefined, and said why, where there is no pip or it cannot fetch.
 *
 * @param name of the folder; it says what the content depends on
 */
export async function pipInstall(
  name: string,
  requirement: string,
  { what, args = [], say }: PipOptions,
): Promise<string | undefined> {
  const home = join(cacheFolder(), name);
  if (existsSync(home)) return home;
  const pip = await firstThatRuns([['python3', '-m', 'pip'], ['pip3'], ['pip']]);
  if (!pip) return undefined;
  say(`fetching ${what} from PyPI into the user cache (once)`);
  await mkdir(cacheFolder(), { recursive: true });
  const fresh = await mkdtemp(join(cacheFolder(), `${name}.`));
  const [program, ...before] = pip;
  try {
    await run(program, [...before, 'install', ...quietly, ...args, '--target', fresh, requirement]);
    await rename(fresh, home); // whole or not at all
    return home;
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    if (existsSync(home)) return home; // another process was faster
    say(`pip could not fetch ${requirement} (${lastLine(error)})`);
    return undefined;
  }
}

const quietly = ['--quiet', '--no-input', '--disable-pip-version-check'];

/** Where fetched and built tools are kept between clones. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'holdfast');
}

async function firstThatRuns(candidates: readonly [string, ...string[]][]): Promise<[string, ...string[]] | undefined> {
  for (const [program, ...args] of candidates) {
    const works = await run(program, [...args, '--version']).then(
      () => true,
      () => false,
    );
    if (works) return [program, ...args];
  }
  return undefined;
}

/** What a program that failed said last. */
export function lastLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  return (stderr || message || String(error)).trim().split('\n').at(-1) ?? '';
}
