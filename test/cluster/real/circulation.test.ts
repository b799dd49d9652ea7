import { randomBytes } from 'node:crypto';
import type { ObjectStore } from '@holdfast/storage';
import { isReason, type Neo4jBackup } from '@holdfast/types';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtModule } from '../../go-build.ts';
import {
  contentsOf,
  disagreements,
  openBucket,
  openClaim,
  openContainer,
  openGoogleBucket,
} from '../../journeys/contents.ts';
import { condition, makeDatabase, startJourney, succeeded, type Journey } from '../../journeys/journey.ts';
import { putSecret } from '../furnish.ts';
import { wantsGcs } from '../store/start-gcs.ts';
import { circulation, documentsOf, filesInCirculation, inCirculation, type Fate, type Place } from './circulation.ts';
import { kubernetes } from './kubernetes.ts';

/*
 * Each manifest in circulation is given to a real API server by kubectl, to the letter and validated strictly, and does what it says.
 */
const ready = builtModule(kubernetes) !== undefined && inCirculation();
const gcs = ready && wantsGcs('manifests in circulation that name a bucket of Google');

interface Case {
  readonly file: string;
  readonly name: string;
  readonly namespace: string;
  readonly text: string;
  readonly fate: Fate;
}

/** Files that give objects the same name are told apart by their folder. */
const cases: readonly Case[] = !ready
  ? []
  : Object.entries(circulation).flatMap(([file, fates]) =>
      Object.entries(fates)
        .filter(playable)
        .map(([name, fate]) => {
          const found = documentsOf(file, 'Neo4jBackup').find((one) => one.name === name);
          return { file, name, namespace: found?.namespace ?? file.split('/')[0] ?? '', text: found?.text ?? '', fate };
        }),
    );

/** Without its server, nothing can be written to it. */
function playable([, fate]: [string, Fate]): boolean {
  return gcs || !('runs' in fate && fate.runs.googleBucket !== undefined);
}

const having = <K extends string>(key: K) =>
  cases.filter((one): one is Case & { fate: Extract<Fate, Record<K, unknown>> } => key in one.fate);

/** Who is backed up, by namespace. */
const targets: Readonly<Record<string, readonly string[]>> = {
  'backup-restore': ['single-node-cluster', 'production-cluster'],
  'from-docs': ['single-node-cluster', 'my-neo4j-cluster', 'dev-cluster', 'production-cluster', 'myapp-cluster'],
  neo4j: ['production-cluster'],
};

describe.skipIf(!ready)('a manifest in circulation', { concurrent: false }, () => {
  let journey: Journey;

  beforeAll(async () => {
    journey = await startJourney(builtModule(kubernetes, 'kubectl') ?? '', { kind: 'control-plane', gcs });
    const { stores, client } = journey.cluster;
    for (const { fate } of cases) {
      const bucket = 'bucket' in fate ? fate.bucket : 'runs' in fate ? fate.runs.bucket : undefined;
      if (bucket) await stores.s3.makeBucket(bucket);
      if ('runs' in fate && fate.runs.googleBucket) await stores.gcs?.makeBucket(fate.runs.googleBucket);
    }
    await stores.azure.makeContainer('backups');
    for (const namespace of new Set(cases.map((one) => one.namespace))) await journey.namespace(namespace);
    for (const namespace of Object.keys(targets))
      for (const secret of ['backup-encryption-key', 'pitr-encryption-key'])
        await putSecret(client, namespace, secret, { key: randomBytes(32).toString('base64') });
    const wanted = Object.entries(targets).flatMap(([namespace, names]) => names.map((name) => ({ name, namespace })));
    await Promise.all(wanted.map((wish) => journey.target(wish)));
    const database = { namespace: 'from-docs', object: 'myapp-db', clusterRef: 'myapp-cluster' };
    if (gcs) await makeDatabase(journey.cluster, database);
  }, 900_000);
  afterAll(() => journey?.stop());

  test('is named here, whatever it holds', () => {
    expect(Object.keys(circulation).toSorted()).toEqual(filesInCirculation().toSorted());
    for (const [file, fates] of Object.entries(circulation)) {
      const names = new Set(documentsOf(file, 'Neo4jBackup').map(({ name }) => name));
      expect([file, [...names].toSorted()]).toEqual([file, Object.keys(fates).toSorted()]);
    }
  });

  test.each(having('refused'))('$file: $name was never valid, and the server says why', async (one) => {
    for (const [how, words] of [
      ['strict', one.fate.refused],
      ['ignore', one.fate.loosely ?? []],
    ] as const) {
      if (words.length === 0) continue;
      const said = await apply(one, how).then(() => '', String);
      for (const word of words) expect(said).toContain(word);
    }
    const backups = `/apis/neo4j.neo4j.com/v1alpha1/namespaces/${one.namespace}/neo4jbackups/${one.name}`;
    expect(await journey.cluster.client.find(backups)).toBeUndefined();
  });

  test.each(having('suspended'))('$file: $name is taken and waits', async (one) => {
    await apply(one);
    await journey.when(one.namespace, one.name, ({ phase }) => phase === 'Suspended');
  });

  test.each(having('runs').filter(({ fate }) => fate.weekly === undefined))(
    '$file: $name runs to its end',
    async (one) => {
      await claimsOf(one);
      await apply(one);
      const status = await journey.when(one.namespace, one.name, succeeded(1), { withinMs: 120_000 });
      expect(status.phase).toBe('Completed');
      for (const type of ['Ready', 'StorageReady', 'JobCreated', 'LastRunSucceeded'])
        expect({ type, ...condition(status, type) }).toMatchObject({ type, status: 'True' });
      const verifies = one.text.includes('verify: true');
      expect(status.history?.[0]).toMatchObject({
        type: 'FULL',
        ...(verifies && { verification: { level: 'consistency' } }),
      });
      const { artifacts } = await expectBackedUp(one, await storeOf(one));
      if (one.fate.encrypted) expect(artifacts.filter((key) => !key.endsWith('.backup.enc'))).toEqual([]);
    },
  );

  test('that has a schedule is taken, and runs at its hour', async () => {
    const scheduled = having('scheduled');
    for (const one of scheduled) await apply(one);
    const slots = new Set<string>();
    for (const one of scheduled) {
      const { nextRunTime = '' } = await journey.when(one.namespace, one.name, ({ phase }) => phase === 'Scheduled');
      expect([one.file, new Date(nextRunTime).getUTCHours()]).toEqual([one.file, one.fate.scheduled]);
      slots.add(nextRunTime);
    }
    for (const slot of [...slots].toSorted()) journey.cluster.clock.reach(new Date(slot));
    for (const one of scheduled) {
      const status = await journey.when(one.namespace, one.name, succeeded(1), {
        withinMs: 180_000,
        saying: `${one.name} at its hour`,
      });
      expect(status).toMatchObject({ phase: 'Scheduled', history: [{ trigger: 'Schedule' }] });
      await expectBackedUp(one, await openBucket(journey.cluster, one.fate.bucket));
    }
  });

  test('is listed by its short name and its category, with the columns of the reference', async () => {
    const list = (...words: string[]) => journey.kubectl.ok('get', ...words, '-n', 'from-docs');
    const headed = (text: string) => text.split('\n', 1)[0]?.trim().split(/ {2,}/);
    const usual = ['NAME', 'TARGET', 'SCHEDULE', 'LASTRUN', 'PHASE', 'AGE'];
    expect(headed(await list('n4jb'))).toEqual(usual);
    const wide = await list('n4jb', '-o', 'wide');
    expect(headed(wide)).toEqual([...usual, 'KIND', 'NEXT', 'LASTSUCCESS', 'SIZE', 'STORAGE', 'VERIFIED', 'MESSAGE']);
    expect(wide).toMatch(
      /^backup-pvc +dev-cluster +\S+ +Completed +\S+ +Cluster .* [KM]iB +pvc .* last run o-\S+ succeeded/m,
    );
    expect(wide).toMatch(/^daily-backup +production-cluster +0 2 \* \* \* .* Scheduled .*T02:00:00Z .* s3 /m);
    expect(await list('neo4j', '-o', 'name')).toContain('neo4jbackup.neo4j.neo4j.com/backup-pvc');
  });

  test('is told about in conditions as Kubernetes wants them', async () => {
    const { items } = await journey.cluster.client.get<{ items: Neo4jBackup[] }>(
      '/apis/neo4j.neo4j.com/v1alpha1/neo4jbackups',
    );
    expect(items.length).toBeGreaterThan(10);
    for (const { metadata, status } of items) {
      const conditions = status?.conditions ?? [];
      expect(new Set(conditions.map(({ type }) => type)).size).toBe(conditions.length);
      for (const each of conditions) {
        expect(each).toMatchObject({ observedGeneration: metadata.generation, message: expect.stringMatching(/\S/) });
        expect([each.type, isReason(each.reason)]).toEqual([each.type, true]);
        expect(Date.parse(each.lastTransitionTime)).toBeLessThanOrEqual(journey.cluster.clock.now().getTime());
      }
    }
  });

  test('that has a schedule by the week is taken, and runs on its Sunday', async () => {
    const weekly = having('runs').filter(({ fate }) => fate.weekly !== undefined);
    expect(weekly.length).toBeGreaterThan(0);
    for (const one of weekly) {
      await apply(one);
      const { nextRunTime = '' } = await journey.when(one.namespace, one.name, ({ phase }) => phase === 'Scheduled');
      const slot = new Date(nextRunTime);
      expect([one.file, slot.getUTCDay(), slot.getUTCHours()]).toEqual([one.file, 0, one.fate.weekly]);
    }
    journey.cluster.clock.reach(nextSunday(journey.cluster.clock.now()));
    for (const one of weekly) {
      const saying = `${one.name} on its Sunday`;
      await journey.when(one.namespace, one.name, succeeded(1), { withinMs: 180_000, saying });
      await expectBackedUp(one, await storeOf(one));
    }
  });

  async function apply({ namespace, text }: Case, validate: 'strict' | 'ignore' = 'strict'): Promise<void> {
    await journey.kubectl.ok('config', 'set-context', '--current', `--namespace=${namespace}`);
    await journey.kubectl.apply(text, validate);
  }

  /** Claims that a file brings itself. */
  async function claimsOf({ file, namespace }: Case): Promise<void> {
    for (const { text } of documentsOf(file, 'PersistentVolumeClaim')) await apply({ namespace, text } as Case);
  }

  async function storeOf({ namespace, fate }: Case & { fate: { runs: Place } }): Promise<ObjectStore> {
    const { bucket, googleBucket, container, claim } = fate.runs;
    if (googleBucket) return openGoogleBucket(journey.cluster, googleBucket);
    if (bucket) return openBucket(journey.cluster, bucket);
    return container ? openContainer(journey.cluster, container) : openClaim(journey.cluster, namespace, claim ?? '');
  }

  /** Both databases have their artifacts below the path that the manifest names. */
  async function expectBackedUp(
    { namespace, name, text, fate }: Case,
    store: ObjectStore,
  ): Promise<{ artifacts: readonly string[] }> {
    const path = /^ {4}path: (\S+)/m.exec(text)?.[1];
    const folder = `${path ? `${path}/` : ''}${namespace}/${name}`;
    expect(await disagreements(store, folder)).toEqual([]);
    const contents = await contentsOf(store, folder);
    const databases = ('runs' in fate && fate.databases) || ['neo4j', 'system'];
    expect(contents.manifests.map(({ database }) => database).toSorted()).toEqual(databases);
    return contents;
  }
});

/** One o'clock of the next one, in UTC. */
function nextSunday(now: Date): Date {
  const daysAhead = 7 - now.getUTCDay(); // a Sunday's own one o'clock may have passed
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + daysAhead, 1));
}
