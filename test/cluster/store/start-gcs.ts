import { createPublicKey, generateKeyPair } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { builtProgram, goInstall, type GoProgram } from '../../go-install.ts';
import type { Faults } from '../proxy/faults.ts';
import { freePort } from '../proxy/free-port.ts';
import { gcsGaps } from './gcs-gaps.ts';
import { gcsDialect } from './gcs-request.ts';
import { launchServer } from './launch-server.ts';
import type { StoreEvent } from './store-events.ts';
import { startStoreProxy } from './store-proxy.ts';
import type { StoreOptions } from './start-store.ts';

const gcsProgram: GoProgram = { module: 'github.com/fsouza/fake-gcs-server', version: 'v1.56.1' };

/** The key of a service account, as it is downloaded. */
export interface ServiceAccountKey {
  readonly type: 'service_account';
  readonly client_email: string;
  readonly private_key: string;
  readonly token_uri: string;
}

/** A store of this cluster's own that speaks as Google Cloud Storage does. */
export interface GcsStore {
  readonly endpoint: string;
  /** The only account that it lets in. */
  readonly account: ServiceAccountKey;
  readonly faults: Faults;
  /** Makes a bucket; one that exists is fine. */
  makeBucket(name: string, options?: { versions?: boolean }): Promise<void>;
  /** Writes over what is there, which our adapter never does. */
  overwrite(bucket: string, name: string, text: string): Promise<void>;
  /** Key of every generation, as often as it has some. */
  generationsIn(bucket: string): Promise<string[]>;
  /** Every request so far, by the cluster's clock. */
  eventLog(): Promise<StoreEvent[]>;
  stop(): Promise<void>;
}

/** Whether tests are to run on fake-gcs-server: where it was built, and in CI. Elsewhere it says aloud what is not seen there. */
export function wantsGcs(what: string): boolean {
  if (process.env['CI'] === 'true' || builtProgram(gcsProgram) !== undefined) return true;
  const remedy = 'npm run cluster -- build-gcs builds it once (two minutes)';
  process.stderr.write(`left out: ${what} on fake-gcs-server; ${remedy}\n`);
  return false;
}

/** Path of fake-gcs-server in the user's cache, built on the first call. */
export function buildGcs(say: (line: string) => void): Promise<string | undefined> {
  return goInstall(gcsProgram, say);
}

/** Starts fake-gcs-server, its objects in memory, with the dev proxy before it, which gives it what it lacks of the real service. */
export async function startGcs({ dir, clock, env }: StoreOptions): Promise<GcsStore> {
  mkdirSync(dir, { recursive: true });
  const command = await buildGcs((line) => void process.stderr.write(`cluster: ${line}\n`));
  if (!command) throw new Error('fake-gcs-server could not be built; what was missing is said above');
  const place = ['-scheme', 'http', '-host', '127.0.0.1', '-port', String(await freePort())];
  const server = await launchServer({
    command,
    args: [...place, '-backend', 'memory', '-log-level', 'info'],
    logFile: join(dir, 'fake-gcs-server.log'),
    ...(env && { env }),
    portIn: (line) => /server started at http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1],
  });
  const target = `http://127.0.0.1:${server.port}`;
  const account = await makeAccount();
  const gaps = gcsGaps(() => Promise.resolve(target), createPublicKey(account.private_key));
  const proxy = await startStoreProxy({
    target: () => Promise.resolve(target),
    dialect: gcsDialect(gaps.sessions),
    clock,
    eventFile: join(dir, 'events.jsonl'),
    conditionalWrites: 'behind',
    gaps,
  });
  return {
    endpoint: proxy.url,
    account,
    faults: proxy.faults,
    makeBucket: (name, options = {}) => makeBucket(target, name, options),
    overwrite: (bucket, name, text) => overwrite(target, { bucket, name, text }),
    generationsIn: (bucket) => generationsIn(target, bucket),
    eventLog: () => proxy.events.all(),
    stop: async () => {
      await proxy.close();
      await server.stop();
    },
  };
}

/** A key like those that Google hands out; only this store knows its other half. */
export async function makeAccount(): Promise<ServiceAccountKey> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return {
    type: 'service_account',
    client_email: 'backups@dev.iam.gserviceaccount.com',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    token_uri: 'https://oauth2.googleapis.com/token',
  };
}

async function makeBucket(target: string, name: string, { versions = false }: { versions?: boolean }): Promise<void> {
  const answer = await fetch(`${target}/storage/v1/b`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, versioning: { enabled: versions } }),
    signal: AbortSignal.timeout(10_000),
  });
  await answer.body?.cancel();
  if (answer.status !== 200 && answer.status !== 409)
    throw new Error(`the store refused to make bucket "${name}" (HTTP ${answer.status})`);
}

async function overwrite(
  target: string,
  { bucket, name, text }: { readonly bucket: string; readonly name: string; readonly text: string },
): Promise<void> {
  const url = `${target}/upload/storage/v1/b/${bucket}/o?uploadType=media&name=${encodeURIComponent(name)}`;
  const answer = await fetch(url, { method: 'POST', body: text, signal: AbortSignal.timeout(10_000) });
  await answer.body?.cancel();
  if (!answer.ok) throw new Error(`the store refused "${name}" (HTTP ${answer.status})`);
}

async function generationsIn(target: string, bucket: string): Promise<string[]> {
  const answer = await fetch(`${target}/storage/v1/b/${bucket}/o?versions=true`, {
    signal: AbortSignal.timeout(10_000),
  });
  const { items = [] } = (await answer.json()) as { items?: { name: string }[] };
  return items.map(({ name }) => name);
}
