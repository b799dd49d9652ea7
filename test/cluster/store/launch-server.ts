import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface ServerProcess {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts a server in a process of its own; resolves when it has told its port. */
export async function launchServer(given: {
  /** Node runs these, unless `command` names another program. */
  readonly args: readonly string[];
  readonly command?: string;
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The port, where a line of its output tells it. */
  readonly portIn: (line: string) => string | undefined;
}): Promise<ServerProcess> {
  const { command = process.execPath, args, logFile, env = {}, portIn } = given;
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true, // Ctrl-C is for our own process, which ends its parts in order
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  });
  const log = createWriteStream(logFile, { flags: 'a' });
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  const died = once(child, 'exit').then(() =>
    Promise.reject(new Error(`the store's server did not start; its log is ${logFile}`)),
  );
  const port = await Promise.race([firstPort([child.stdout, child.stderr], portIn), died]);
  died.catch(() => {}); // from here on its end is no failure to start
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL'); // its files go with the cluster
    await gone;
  };
  return { port, pid: child.pid ?? -1, stop };
}

/** Servers differ in which stream they announce themselves on. */
function firstPort(streams: readonly Readable[], portIn: (line: string) => string | undefined): Promise<number> {
  return new Promise((resolve) => {
    for (const input of streams)
      createInterface({ input }).on('line', (line) => {
        const port = portIn(line);
        if (port !== undefined) resolve(Number(port));
      });
  });
}
