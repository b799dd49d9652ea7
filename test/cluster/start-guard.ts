import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * Starts a process that outlives ours by a moment, and clears up after us should we be killed: it ends whatever carries
 * `HOLDFAST_DEV_CLUSTER=<mark>` in its environment, and removes `folder` and `controlGroup`. It keeps nobody from ending.
 * @returns what ends it, and with it everything that it watches over
 */
export function startGuard(
  mark: string,
  { folder = '', controlGroup = '' }: { folder?: string; controlGroup?: string } = {},
): () => Promise<void> {
  const main = fileURLToPath(new URL('./guard.ts', import.meta.url));
  const args = ['--disable-warning=ExperimentalWarning', main, mark, folder, controlGroup];
  const guard: ChildProcess = spawn(process.execPath, args, {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: { PATH: process.env.PATH ?? '' },
  });
  guard.unref();
  return async () => {
    if (guard.exitCode !== null || guard.signalCode !== null) return;
    guard.ref();
    const gone = once(guard, 'exit');
    guard.stdin?.end();
    await gone;
  };
}
