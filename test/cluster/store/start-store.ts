import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ClusterClock } from '../clock/clock.ts';
import type { Faults } from '../proxy/faults.ts';
import { ask } from '../proxy/forward.ts';
import type { StoreEvent } from './store-events.ts';
import { startStoreProxy } from './store-proxy.ts';

/** An S3 store of this cluster's own. */
export interface S3Store {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  readonly pid: number;
  readonly faults: Faults;
  /** Makes a bucket; one that exists is fine. */
  makeBucket(name: string): Promise<void>;
  /** Every request so far, by the cluster's clock. */
  eventLog(): Promise<StoreEvent[]>;
  stop(): Promise<void>;
}

export interface StoreOptions {
  /** Folder for objects, log and diary. */
  readonly dir: string;
  readonly clock: ClusterClock;
  readonly env?: Readonly<Record<string, string>>;
}

/** fauxqs takes bodies up to 11 MiB. */
const mostPutBytes = 11 * 1024 * 1024;

/** Starts an S3 server in its own process, its objects on disk, with the dev proxy before it. */
export async function startStore({ dir, clock, env }: StoreOptions): Promise<S3Store> {
  mkdirSync(dir, { recursive: true });
  const server = await launch(join(dir, 'objects'), join(dir, 'store.log'), env);
  const keys = { accessKeyId: 'holdfast-dev', secretAccessKey: 'holdfast-dev-secret' };
  const target = `http://127.0.0.1:${server.port}`;
  const eventFile = join(dir, 'events.jsonl');
  const proxy = await startStoreProxy({ target, clock, keys, eventFile, conditionalWrites: 'here', mostPutBytes });
  return {
    endpoint: proxy.url,
    ...keys,
    region: 'us-east-1',
    pid: server.pid,
    faults: proxy.faults,
    makeBucket: async (name) => {
      const status = await ask(target, `/${name}`, {}, 'PUT');
      if (status !== 200) throw new Error(`the store refused to make bucket "${name}" (HTTP ${status})`);
    },
    eventLog: () => proxy.events.all(),
    stop: async () => {
      await proxy.close();
      await server.stop();
    },
  };
}

async function launch(
  objects: string,
  logFile: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ port: number; pid: number; stop: () => Promise<void> }> {
  const main = fileURLToPath(new URL('./fauxqs-main.ts', import.meta.url));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, objects], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true, // Ctrl-C is for our own process, which ends its parts in order
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  });
  child.stderr.pipe(createWriteStream(logFile, { flags: 'a' }));
  const firstLine = once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>;
  const died = once(child, 'exit').then(() =>
    Promise.reject(new Error(`the store's server did not start; its log is ${logFile}`)),
  );
  const [line] = await Promise.race([firstLine, died]);
  died.catch(() => {}); // from here on its end is no failure to start
  const { port } = JSON.parse(line) as { port: number };
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL'); // its files go with the cluster
    await gone;
  };
  return { port, pid: child.pid ?? -1, stop };
}
