import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { pipOrDebian, pythonTag } from '../pip-from-debian.ts';
import { lastLine, pipInstall } from '../pip-install.ts';

const run = promisify(execFile);
const version = '1.16.0';

/** How to run Python with Tink's own library. */
export interface Tink {
  readonly python: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Tink's Python library from PyPI, fetched into the user's cache on the first call; as root on Debian, pip is installed where it is
 * missing. Undefined, and said aloud, where it cannot be had; with CI=true that is an error.
 */
export async function findTink(): Promise<Tink | undefined> {
  const tink = (await pipOrDebian(say)) ? await fromPyPi() : undefined;
  if (tink) return tink;
  const complaint = `the comparison with Tink needs python3 with pip, and tink ${version} from PyPI (Debian: apt-get install python3-pip)`;
  if (process.env.CI === 'true') throw new Error(complaint);
  say(`left out: ${complaint}`);
  return undefined;
}

async function fromPyPi(): Promise<Tink | undefined> {
  const name = `tink-${version}-${await pythonTag()}-${process.platform}-${process.arch}`;
  const folder = await pipInstall(name, `tink==${version}`, {
    what: "Tink's Python library",
    args: ['--only-binary', ':all:'],
    say,
  });
  if (folder === undefined) return undefined;
  const env = { PATH: process.env.PATH ?? '', PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' };
  try {
    await run('python3', ['-c', 'import tink'], { env });
    return { python: 'python3', env };
  } catch (error) {
    say(`Tink's library does not start here (${lastLine(error)})`);
    return undefined;
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
