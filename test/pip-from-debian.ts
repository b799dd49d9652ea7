import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { lastLine } from './pip-install.ts';

const run = promisify(execFile);

/** Whether there is pip for python3; as root on Debian it is installed where it is missing. */
export async function pipOrDebian(say: (line: string) => void): Promise<boolean> {
  return (await pipWorks()) || fromDebian(say);
}

/** Which Pythons can load what pip fetches for this one, such as `cpython-311`. */
export async function pythonTag(): Promise<string> {
  const { stdout } = await run('python3', ['-c', 'import sys; print(sys.implementation.cache_tag)']);
  return stdout.trim();
}

function pipWorks(): Promise<boolean> {
  return run('python3', ['-m', 'pip', '--version']).then(
    () => true,
    () => false,
  );
}

async function fromDebian(say: (line: string) => void): Promise<boolean> {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false;
  say('installing python3-pip by apt (once)');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = () => run('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'python3-pip'], { env });
  try {
    await install().catch(async () => {
      await run('apt-get', ['update', '-q'], { env }); // a fresh image knows no packages yet
      await install();
    });
  } catch (error) {
    say(`apt could not install python3-pip (${lastLine(error)})`);
  }
  return pipWorks();
}
