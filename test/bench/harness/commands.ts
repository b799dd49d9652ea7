import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cpuSecondsOfEnded } from './processes.ts';

/** What a command of a ruler took, from its start to its end. */
export interface Ran {
  readonly ms: number;
  readonly cpuSeconds?: number;
  readonly output: string;
}

/** Runs a program to its end; one that fails is an error with its last words. */
export async function runCommand(
  program: string,
  args: readonly string[],
  { env = {} }: { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Ran> {
  const cpuBefore = cpuSecondsOfEnded();
  const startedAt = performance.now();
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-2_000)));
  const [code] = (await once(child, 'close')) as [number | null];
  const ms = performance.now() - startedAt;
  if (code !== 0) throw new Error(`${program} ended with ${code ?? 'a signal'}: ${errors.trim()}`);
  const cpuAfter = cpuSecondsOfEnded();
  const spent = cpuBefore === undefined || cpuAfter === undefined ? {} : { cpuSeconds: cpuAfter - cpuBefore };
  return { ms, ...spent, output: output + errors };
}

export function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
}
