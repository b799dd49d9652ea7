import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';

/** A process of a cluster; what it says is in a log of its own. */
export interface RunningPart {
  /** Rejects when the part ends by itself. */
  readonly died: Promise<never>;
  stop(): Promise<void>;
}

/** Starts a program under the name that its log gets. */
export function startPart(
  name: string,
  [program, args]: readonly [program: string, args: readonly string[]],
  { env, logs }: { env: Readonly<Record<string, string>>; logs: string },
): RunningPart {
  const logFile = join(logs, `${name}.log`);
  const log = createWriteStream(logFile, { flags: 'a' });
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // Ctrl-C is for our own process, which ends its parts in order
    env,
  });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const gone = once(child, 'exit');
  const died = gone.then(() => Promise.reject(new Error(`${name} has ended; its log is ${logFile}`)));
  died.catch(() => {}); // told to whoever waits for the start; from then on its end is ours
  const stop = async () => {
    child.kill('SIGKILL');
    await gone;
    log.end();
  };
  return { died, stop };
}
