import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mustBe, type Contender, type Sample } from '../harness/bench.ts';
import { isInstalled, runCommand, type Ran } from '../harness/commands.ts';

/** A real tool that encrypts a file into a folder, or says why it cannot. */
export interface Ruler {
  readonly program: string;
  readonly contender: Contender;
  /** How much faster ours is to be. */
  readonly atLeast: number;
}

interface Task {
  readonly dir: string;
  readonly file: string;
  readonly bytes: number;
}

/** The rulers that this machine has, and a sentence for each that it lacks. */
export async function encryptingTools(task: Task): Promise<{ rulers: readonly Ruler[]; left: readonly string[] }> {
  const tools = [
    { program: 'age', atLeast: 1.5, open: age },
    { program: 'rclone', atLeast: 2.5, open: rcloneCrypt },
    { program: 'restic', atLeast: 2.3, open: restic },
  ];
  const there = tools.filter(({ program }) => isInstalled(program));
  const rulers = there.map(async ({ program, atLeast, open }) => ({ program, atLeast, contender: await open(task) }));
  const missing = tools.filter((tool) => !there.includes(tool));
  return {
    rulers: await Promise.all(rulers),
    left: missing.map(({ program }) => `${program} is not installed (Debian: apt-get install ${program})`),
  };
}

async function age({ dir, file, bytes }: Task): Promise<Contender> {
  const identity = join(dir, 'age-identity');
  const { output } = await runCommand('age-keygen', ['-o', identity]);
  const recipient = output.match(/age1\w+/)?.[0] ?? '';
  const [out, sum] = [join(dir, 'age-out'), join(dir, 'age-sum')];
  const script = 'set -o pipefail; age -r "$1" "$2" | tee >(openssl dgst -sha256 > "$4") > "$3"; wait';
  return {
    name: 'age and openssl',
    run: async () => {
      const ran = await runCommand('bash', ['-c', script, 'bash', recipient, file, out, sum]);
      mustBe((await readFile(sum, 'utf8')).length > 64, 'openssl digested nothing');
      return sampleOf(ran, { bytes, written: await sizeAndRemove(out) });
    },
  };
}

async function rcloneCrypt({ dir, file, bytes }: Task): Promise<Contender> {
  const out = join(dir, 'rclone-out');
  const config = join(dir, 'rclone.conf');
  const { output } = await runCommand('rclone', ['obscure', 'only for this bench']);
  await writeFile(config, `[sealed]\ntype = crypt\nremote = ${out}\npassword = ${output.trim().split('\n')[0]}\n`);
  return {
    name: 'rclone crypt',
    run: async () => {
      const ran = await runCommand('rclone', ['--config', config, 'copyto', file, 'sealed:artifact']);
      return sampleOf(ran, { bytes, written: await sizeAndRemove(out) });
    },
  };
}

async function restic({ dir, file, bytes }: Task): Promise<Contender> {
  const repository = join(dir, 'restic-out');
  const env = { RESTIC_REPOSITORY: repository, RESTIC_PASSWORD: 'only for this bench', HOME: dir };
  return {
    name: 'restic --stdin',
    run: async () => {
      await runCommand('restic', ['init'], { env });
      const script = 'restic backup --no-cache --stdin --stdin-filename artifact < "$1"';
      const ran = await runCommand('bash', ['-c', script, 'bash', file], { env });
      return sampleOf(ran, { bytes, written: await sizeAndRemove(repository) });
    },
  };
}

function sampleOf({ ms, cpuSeconds }: Ran, { bytes, written }: { bytes: number; written: number }): Sample {
  mustBe(written >= bytes, `${written} bytes were written of ${bytes}`);
  return { mibPerSecond: bytes / 2 ** 20 / (ms / 1000), ...(cpuSeconds !== undefined && { cpuSeconds }) };
}

async function sizeAndRemove(path: string): Promise<number> {
  const { output } = await runCommand('du', ['-sb', path]);
  const isFolder = (await stat(path)).isDirectory();
  await rm(path, { recursive: true });
  if (isFolder) await mkdir(path);
  return Number(output.split('\t')[0]);
}
