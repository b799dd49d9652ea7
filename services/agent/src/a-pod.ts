import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { openClock, openLog } from '@holdfast/runtime';
import { below, openDirectory, readCatalogue, type ObjectStore } from '@holdfast/storage';
import type { AgentPlan, Manifest } from '@holdfast/types';
import { DevDbms, standInsCache } from '../../../test/neo4j/dev-dbms.ts';
import { neo4jImage } from '../../../test/neo4j/images.ts';
import type { Context } from './context.ts';

/** For tests: a stand-in DBMS with one server, and its `neo4j-admin` first on the path. */
export interface Neo4j {
  readonly dbms: DevDbms;
  readonly address: string;
}

export async function startNeo4j(): Promise<Neo4j> {
  const dbms = new DevDbms();
  const address = await dbms.startServer('server-0');
  const root = neo4jImage('neo4j:5.26-enterprise', { cacheDir: standInsCache })?.root ?? '';
  process.env['PATH'] = `${join(root, 'var/lib/neo4j/bin')}:${process.env['PATH']}`;
  process.env['NEO4J_HOME'] = dbms.home;
  process.env['NEO4J_STANDIN_JOURNAL'] = dbms.journal;
  return { dbms, address };
}

/** For tests: a claim, with this backup's folder in it. */
export interface Claim {
  readonly mount: string;
  readonly folder: string;
  readonly store: ObjectStore;
}

export function aClaim({ dbms }: Neo4j): Claim {
  const mount = dbms.folder();
  const folder = join(mount, 'neo4j/nightly');
  mkdirSync(folder, { recursive: true });
  return { mount, folder, store: below(openDirectory(mount), 'neo4j/nightly') };
}

export function aPlan({ address }: Neo4j, told: Partial<AgentPlan> & { run: string }, engine: object = {}): AgentPlan {
  return {
    v: 1,
    verb: 'backup',
    namespace: 'neo4j',
    backup: 'nightly',
    backupUid: '1a2b3c4d-0000',
    attempt: 1,
    folder: 'neo4j/nightly',
    store: { type: 'pvc' },
    deadlineMs: 600_000,
    engine: {
      mode: 'direct',
      verify: false,
      version: '5.26.0',
      from: [address],
      databases: ['*'],
      expected: ['neo4j'],
      backupType: 'AUTO',
      options: ['--compress=true'],
      chainLimits: { fullIntervalMs: 86_400_000 },
      stallTimeoutMs: 60_000,
      heapSize: '64M',
      ...engine,
    },
    ...told,
  };
}

let pods = 0;

/** For tests: what one pod works with; each call is another pod. */
export function aPod({ dbms }: Neo4j, claim: Claim, plan: AgentPlan, told: Partial<Context> = {}): Context {
  const clock = openClock();
  pods += 1;
  return {
    plan,
    store: claim.store,
    storeUri: claim.folder,
    storeFolder: claim.folder,
    scratch: mkdtempSync(join(dbms.dir, 'scratch-')),
    podUid: `${String(pods).padStart(8, '0')}-pod`,
    clock,
    log: openLog('agent', clock, { destination: { write() {} } }),
    signal: new AbortController().signal,
    secrets: [],
    ...told,
  };
}

export async function manifestsIn({ store }: Claim): Promise<Manifest[]> {
  const { entries } = await readCatalogue(store);
  return entries
    .map(({ manifest }) => manifest)
    .toSorted((a, b) => a.artifactTime.localeCompare(b.artifactTime) || a.database.localeCompare(b.database));
}

/** For tests: a store at whose n-th creation the pod dies, before or after the store has heard of it. */
export function mortal(
  store: ObjectStore,
  at: number,
  when: 'before' | 'after',
): { store: ObjectStore; dead: () => boolean } {
  let creations = 0;
  let dead = false;
  const die = () => {
    dead = true;
    throw new Error('died');
  };
  const create: ObjectStore['create'] = async (...given) => {
    creations += 1;
    if (dead || (creations === at && when === 'before')) die();
    const created = await store.create(...given);
    return creations === at && when === 'after' ? die() : created;
  };
  return { store: { ...store, create }, dead: () => dead };
}
