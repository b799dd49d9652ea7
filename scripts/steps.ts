import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

export const root: string = resolve(import.meta.dirname, '..');

export interface Ended {
  readonly code: number;
  readonly output: string;
}

interface Options {
  readonly show?: boolean;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

/**
 * Runs one program in the repository's root and answers its exit code and everything it printed.
 * @param show passes the output through as it comes
 * @param signal interrupts the program as Ctrl-C does; how it ended is answered as ever
 */
export function run(
  command: string,
  args: readonly string[],
  { show = false, env = process.env, signal }: Options = {},
): Promise<Ended> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const interrupt = () => child.kill('SIGINT');
    signal?.addEventListener('abort', interrupt, { once: true });
    let output = '';
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const) {
      from.setEncoding('utf8');
      from.on('data', (text: string) => {
        output += text;
        if (show) to.write(text);
      });
    }
    child.once('error', fail);
    child.once('close', (code) => {
      signal?.removeEventListener('abort', interrupt);
      done({ code: code ?? 1, output });
    });
  });
}

/** Folders and files that our own rules look at. */
export const ours: readonly string[] = ['packages', 'services', 'test', 'scripts', 'vitest.config.ts'];
