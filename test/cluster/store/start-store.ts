import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ClusterClock } from '../clock/clock.ts';
import type { Faults } from '../proxy/faults.ts';
import { ask } from '../proxy/forward.ts';
import { launchServer } from './launch-server.ts';
import type { StoreEvent } from './store-events.ts';
import { startStoreProxy } from './store-proxy.ts';
import { s3Dialect } from './store-request.ts';

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

/** Starts fauxqs in its own process, its objects on disk, with the dev proxy before it. */
export async function startStore({ dir, clock, env }: StoreOptions): Promise<S3Store> {
  mkdirSync(dir, { recursive: true });
  const main = fileURLToPath(new URL('./fauxqs-main.ts', import.meta.url));
  const server = await launchServer({
    args: ['--disable-warning=ExperimentalWarning', main, join(dir, 'objects')],
    logFile: join(dir, 'store.log'),
    ...(env && { env }),
    portIn: (line) => /^\{"port":(\d+)\}$/.exec(line)?.[1],
  });
  const keys = { accessKeyId: 'holdfast-dev', secretAccessKey: 'holdfast-dev-secret' };
  const target = `http://127.0.0.1:${server.port}`;
  const eventFile = join(dir, 'events.jsonl');
  const proxy = await startStoreProxy({
    target: () => Promise.resolve(target),
    dialect: s3Dialect,
    clock,
    keys,
    eventFile,
    conditionalWrites: 'here',
    mostPutBytes,
  });
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
