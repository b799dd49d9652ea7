import { createHmac, randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Faults } from '../proxy/faults.ts';
import { azureDialect } from './azure-request.ts';
import { launchServer, type ServerProcess } from './launch-server.ts';
import type { StoreEvent } from './store-events.ts';
import { startStoreProxy } from './store-proxy.ts';
import type { StoreOptions } from './start-store.ts';

/** An Azure Blob store of this cluster's own. */
export interface AzureStore {
  /** Its accounts stand below this address. */
  readonly endpoint: string;
  readonly account: string;
  readonly accountKey: string;
  readonly faults: Faults;
  /** Makes a container; one that exists is fine. */
  makeContainer(name: string): Promise<void>;
  /** Every request so far, by the cluster's clock. */
  eventLog(): Promise<StoreEvent[]>;
  stop(): Promise<void>;
}

const require = createRequire(import.meta.url);
const account = 'holdfastdev';

/** Gives Azurite a process of its own, its blobs on disk, with the dev proxy before it. The process begins with the first request. */
export async function startAzure({ dir, clock, env }: StoreOptions): Promise<AzureStore> {
  mkdirSync(dir, { recursive: true });
  const accountKey = randomBytes(64).toString('base64');
  const launch = () => launchAzurite(dir, { ...env, AZURITE_ACCOUNTS: `${account}:${accountKey}` });
  let server: Promise<ServerProcess> | undefined;
  const target = async () => `http://127.0.0.1:${(await (server ??= launch())).port}`;
  const eventFile = join(dir, 'events.jsonl');
  const proxy = await startStoreProxy({ target, dialect: azureDialect, clock, eventFile, conditionalWrites: 'behind' });
  return {
    endpoint: proxy.url,
    account,
    accountKey,
    faults: proxy.faults,
    makeContainer: async (name) => makeContainer(await target(), accountKey, name),
    eventLog: () => proxy.events.all(),
    stop: async () => {
      await proxy.close();
      await (await server)?.stop();
    },
  };
}

function launchAzurite(dir: string, env: Readonly<Record<string, string>>): Promise<ServerProcess> {
  const { blobServer, flags } = azurite(join(dir, 'blobs'));
  return launchServer({
    args: [blobServer, ...flags],
    logFile: join(dir, 'azurite.log'),
    env,
    portIn: (line) => /listens on http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1],
  });
}

function azurite(folder: string): { blobServer: string; flags: string[] } {
  const blobServer = require.resolve('azurite/dist/src/blob/main.js');
  const quiet = ['--skipApiVersionCheck', '--silent', '--disableTelemetry'];
  return { blobServer, flags: ['--blobHost', '127.0.0.1', '--blobPort', '0', '--location', folder, ...quiet] };
}

/** One signed request is less than a client: https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key */
async function makeContainer(target: string, accountKey: string, name: string): Promise<void> {
  const headers = { 'x-ms-date': new Date().toUTCString(), 'x-ms-version': '2024-11-04' };
  const signed = Object.entries(headers).map(([header, value]) => `${header}:${value}`);
  const resource = `/${account}/${account}/${name}\nrestype:container`;
  const text = ['PUT', ...Array<string>(11).fill(''), ...signed, resource].join('\n');
  const signature = createHmac('sha256', Buffer.from(accountKey, 'base64')).update(text).digest('base64');
  const answer = await fetch(`${target}/${account}/${name}?restype=container`, {
    method: 'PUT',
    headers: { ...headers, authorization: `SharedKey ${account}:${signature}` },
    signal: AbortSignal.timeout(10_000),
  });
  await answer.body?.cancel();
  if (answer.status !== 201 && answer.status !== 409)
    throw new Error(`the store refused to make container "${name}" (HTTP ${answer.status})`);
}
