import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Status } from '@holdfast/types';
import type { ObjectStore } from '@holdfast/storage';
import { contentsOf, disagreements, openBucket, openClaim, openContainer, openGoogleBucket } from './contents.ts';
import { wantsGcs } from '../cluster/store/start-gcs.ts';
import { fragment, manifestOf, readFragments, referenceFile } from './fragments.ts';
import { condition, makeDatabase, startJourney, succeeded, type Journey } from './journey.ts';
import { findKubectl } from './kubectl.ts';

const program = findKubectl();
const yaml = readFragments('yaml');
if (!yaml) process.stderr.write(`left out: the examples of the API reference, which is not at ${referenceFile}\n`);
const of = (title: string) => fragment(yaml ?? [], title);

const gcs = wantsGcs('the example of a bucket of Google');

const namespace = 'neo4j';
const claim = 'backup-storage';

/** What works: each fragment of the reference in one backup at least, composed of nothing but fragments. */
const works: Readonly<Record<string, () => readonly string[]>> = {
  'whole-cluster': () => [of('Backup entire cluster'), of('S3 storage')],
  'one-database': () => [of('Backup specific database'), of('S3 storage')],
  ...(gcs && { 'to-google': () => [of('Backup entire cluster'), of('GCS storage')] }),
  'to-azure': () => [of('Backup entire cluster'), of('Azure Blob Storage')],
  'on-a-claim': () => [of('Backup entire cluster'), of('PVC storage')],
  'last-seven': () => [of('Backup specific database'), of('PVC storage'), of('Keep last 7 daily backups'), schedule()],
  archived: () => [of('Backup specific database'), of('S3 storage'), of('Archive old backups instead of deleting')],
  'thirty-days': () => [of('Backup specific database'), of('S3 storage'), of('Keep backups for 30 days')],
};

/** The schedule line of the complete example. */
function schedule(): string {
  const line = complete()
    .split('\n')
    .find((one) => one.trim().startsWith('schedule:'));
  if (!line) throw new Error('the complete example has no schedule');
  return line.trim();
}

function complete(): string {
  return of('Complete Example: Production Backup Configuration');
}

describe.skipIf(!program || !yaml)('the examples of the API reference', { concurrent: false }, () => {
  let journey: Journey;
  let store: ObjectStore;

  beforeAll(async () => {
    journey = await startJourney(program ?? '', { gcs });
    const { cluster, kubectl } = journey;
    await Promise.all(
      ['my-backup-bucket', 'neo4j-production-backups'].map((name) => cluster.stores.s3.makeBucket(name)),
    );
    await cluster.stores.azure.makeContainer('backup-container');
    await cluster.stores.gcs?.makeBucket('my-gcs-bucket');
    store = await openBucket(cluster, 'my-backup-bucket');
    await journey.namespace(namespace);
    await kubectl.ok('config', 'set-context', '--current', `--namespace=${namespace}`);
    await journey.target({ name: 'production-cluster', namespace, primaries: 2, secondaries: 1 });
    await makeDatabase(cluster, { namespace, object: 'user-data', clusterRef: 'production-cluster' });
    // Ten minutes before the slot of the complete example.
    const slot = nextTwo(cluster.clock.now());
    cluster.clock.reach(new Date(slot.getTime() - 600_000));
  }, 900_000);
  afterAll(() => journey?.stop());

  test('the complete example is scheduled, but for a key that nobody has', async () => {
    await journey.kubectl.apply(withoutKey(complete()));
    const after = await journey.when(namespace, 'production-backup', ({ phase }) => phase === 'Scheduled');
    expect(after.nextRunTime).toMatch(/T02:00:00Z$/);
    expect(after.lastRunTime).toBeUndefined();
  });

  test('every other example runs to its end, proven and measured', { timeout: 180_000 }, async () => {
    for (const [name, parts] of Object.entries(works))
      await journey.kubectl.apply(manifestOf(name, namespace, parts()));
    await journey.when(namespace, 'last-seven', ({ phase }) => phase === 'Scheduled');
    journey.cluster.clock.reach(nextTwo(journey.cluster.clock.now()));
    for (const name of [...Object.keys(works), 'production-backup']) {
      const status = await journey.when(namespace, name, succeeded(1), {
        withinMs: 120_000,
        saying: `${name} succeeded`,
      });
      const scheduled = ['last-seven', 'production-backup'].includes(name);
      expect([name, status.phase]).toEqual([name, scheduled ? 'Scheduled' : 'Completed']);
      for (const type of ['Ready', 'StorageReady', 'JobCreated'])
        expect({ name, ...condition(status, type) }).toMatchObject({ name, status: 'True' });
      await expectMeasured(name, status);
    }
  });

  test('an example of a whole cluster holds every database, one of a database that one alone', async () => {
    const databases = async (name: string) =>
      (await journey.status(namespace, name)).history?.[0]?.databases?.map((one) => one.name).sort();
    expect(await databases('whole-cluster')).toEqual(['neo4j', 'system', 'user-data']);
    expect(await databases('one-database')).toEqual(['user-data']);
  });

  test('the commands of the Monitoring section print what they promise', async () => {
    const commands = (readFragments('bash') ?? []).map(({ title, text }) => [title, text] as const);
    const said = new Map<string, string>();
    for (const [title, line] of commands) said.set(title, await journey.kubectl.ok(...wordsOf(line)));
    expect(said.get('Check backup status')).toMatch(
      /^NAME +TARGET +SCHEDULE +LASTRUN +PHASE +AGE +KIND +NEXT +LASTSUCCESS +SIZE +STORAGE +VERIFIED +MESSAGE/i,
    );
    expect(said.get('Check backup status')).toMatch(
      /production-backup +production-cluster +0 2 \* \* \* .* Scheduled .* Cluster .*T02:00:00Z .* (?:KiB|MiB) +s3 /,
    );
    expect(said.get('View detailed status')).toMatch(/Phase: +Scheduled/);
    expect(said.get('View detailed status')).toMatch(/Normal +BackupCompleted/);
    expect(JSON.parse(said.get('Check backup history') ?? '')).toMatchObject({
      status: 'Succeeded',
      trigger: 'Schedule',
      type: 'FULL',
      stats: { fileCount: 3 },
    });
    expect(said.get('Monitor backup job logs')).toContain('Backup command completed');
  });

  /** Numbers in status against the bytes that lie in the store. */
  async function expectMeasured(name: string, { stats, history }: Status): Promise<void> {
    const [place, folder] = await placeOf(name);
    const { manifests, artifacts } = await contentsOf(place, folder);
    expect(await disagreements(place, folder)).toEqual([]);
    const stored = await Array.fromAsync(place.list(`${folder}/artifacts/`));
    const bytes = stored.reduce((sum, one) => sum + one.bytes, 0);
    expect(bytes).toBeGreaterThan(0);
    expect({ name, ...stats }).toMatchObject({ name, sizeBytes: bytes, fileCount: artifacts.length });
    expect(stats?.size).toMatch(/^[\d.]+ [KM]iB$/);
    expect(sizeIn(stats?.size ?? '') / bytes).toBeCloseTo(1, 1);
    expect(stats?.duration).toMatch(/^(\d+ms|(\d+m)?[\d.]+s)$/);
    expect(stats?.durationSeconds).toBeGreaterThan(0);
    expect(stats?.throughput).toMatch(/^[\d.]+ [KM]iB\/s$/);
    expect(history?.[0]?.databases?.map((one) => one.artifact).sort()).toEqual(
      manifests.map(({ artifact }) => artifact).sort(),
    );
    expect(await journey.kubectl.ok('logs', `job/${name}-backup`)).toContain('Backup command completed');
  }

  async function placeOf(name: string): Promise<[ObjectStore, string]> {
    if (name === 'production-backup')
      return [await openBucket(journey.cluster, 'neo4j-production-backups'), `daily-backups/${namespace}/${name}`];
    if (works[name]?.().includes(of('PVC storage')))
      return [openClaim(journey.cluster, namespace, claim), `${namespace}/${name}`];
    if (works[name]?.().includes(of('GCS storage')))
      return [openGoogleBucket(journey.cluster, 'my-gcs-bucket'), `backups/neo4j/${namespace}/${name}`];
    if (works[name]?.().includes(of('Azure Blob Storage')))
      return [await openContainer(journey.cluster, 'backup-container'), `neo4j/production/${namespace}/${name}`];
    return [store, `neo4j-backups/production/${namespace}/${name}`];
  }
});

/** The complete example as whoever has no key for it writes it. */
function withoutKey(text: string): string {
  const lines = text.split('\n');
  const from = lines.findIndex((line) => line.trim() === 'encryption:');
  const to = lines.findIndex((line) => line.trim() === 'additionalArgs:');
  return lines.filter((line, index) => index < from || index >= to).join('\n');
}

/** A line of a shell as words; only single quotes occur. */
function wordsOf(line: string): string[] {
  const words = [...line.matchAll(/(?:[^\s']|'[^']*')+/g)].map(([word]) => word.replaceAll("'", ''));
  if (words[0] !== 'kubectl') throw new Error(`not a call of kubectl: ${line}`);
  return words.slice(1);
}

function nextTwo(after: Date): Date {
  const slot = new Date(after);
  slot.setUTCHours(2, 0, 0, 0);
  return slot > after ? slot : new Date(slot.getTime() + 86_400_000);
}

function sizeIn(text: string): number {
  const [number = '', unit = ''] = text.split(' ');
  return Number(number) * (unit === 'MiB' ? 1024 ** 2 : 1024);
}
