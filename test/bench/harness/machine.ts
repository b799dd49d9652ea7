import { execFile } from 'node:child_process';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { promisify } from 'node:util';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly system: string;
}

export function machine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
  };
}

/** What took part, by name; a tool that is not there is not named. */
export async function versions(): Promise<Readonly<Record<string, string>>> {
  const asked = await Promise.all(tools.map(async ([name, ...command]) => [name, await versionOf(command)] as const));
  return { node: process.versions.node, ...Object.fromEntries(asked.filter(([, version]) => version !== undefined)) };
}

const tools: readonly [string, string, ...string[]][] = [
  ['redis', 'redis-server', '--version'],
  ['openssl', 'openssl', 'version'],
  ['age', 'age', '--version'],
  ['rclone', 'rclone', 'version'],
  ['restic', 'restic', 'version'],
];

/** The first thing in its first lines that looks like a version. */
async function versionOf([program, ...args]: readonly string[]): Promise<string | undefined> {
  if (program === undefined) return undefined;
  const answer = await promisify(execFile)(program, args).catch(() => undefined); // not installed
  return answer?.stdout.match(/\d+(\.\d+)+[\w.+-]*/)?.[0];
}
