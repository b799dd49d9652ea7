import type { RetentionStatus } from '@holdfast/types';
import { expect } from 'vitest';
import type { S3Server } from '../cluster/store/s3-server.ts';
import { until } from '../until.ts';
import { highest } from './evidence.ts';
import { faultsOn } from './fault.ts';
import { keysBelow, retain } from './retain.ts';
import { bucket, type Scene } from './scene.ts';
import { folderName } from './stores.ts';

const fault = faultsOn({ s3: 'minio', bucketLocks: true });
const day = 86_400_000;
const minute = 60_000;

fault(
  'a chain of which one object is locked stays whole with its end told, backups and other chains go on, and after that end it goes by itself',
  {
    long: true,
    scenario: 'S5',
    done: 'one artifact of an expired FULL is under Object Lock for a day; then the lock is shortened and its end passes',
    outcome:
      'Held(ObjectLocked) with count and until, in status, as one Event and as a metric; its manifests stay; the next run succeeds and another expired chain goes; after the end the chain goes',
  },
  async (scene) => {
    const folder = await fulls(scene, 'locked', 2);
    const [oldest = ''] = await artifactsOf(scene, folder);
    const end = new Date(Math.ceil((Date.now() + day) / 1000) * 1000);
    await minioOf(scene).lock(bucket, `${folder}/${oldest}`, end);
    const before = await keysBelow(scene, folder);

    const held = await retain(scene, 'locked', 1);
    const [hold] = held.held ?? [];
    expect(hold).toMatchObject({ reason: 'ObjectLocked', count: 1 });
    expect(Date.parse(hold?.until ?? '')).toBe(end.getTime());
    expect(Date.parse(held.nextExpiry ?? '')).toBe(end.getTime());
    const condition = (await scene.status('locked')).conditions?.find(({ type }) => type === 'RetentionHealthy');
    expect(condition).toMatchObject({ status: 'False', reason: 'ObjectLocked' });
    expect(condition?.message).toContain(`keeps "${oldest}" by Object Lock until`);
    const left = await keysBelow(scene, folder);
    // The chain of the other database has no locked object and went; nothing of the locked one did.
    expect(before.filter((key) => !left.includes(key) && key.includes(databaseOf(oldest)))).toEqual([]);
    expect(held.removed).toBe(1);
    await until(
      async () => {
        await scene.notes.look();
        return (
          highest(scene.notes.metrics, 'neo4jbackup_retention_held', { name: 'locked', reason: 'ObjectLocked' }) > 0
        );
      },
      { saying: 'the metric of the hold' },
    );

    await runAgain(scene, 'locked', 3);
    const third = await scene.status('locked');
    expect(third.retention).toMatchObject({ removed: 2, held: [{ reason: 'ObjectLocked', count: 1 }] });
    expect(await keysBelow(scene, folder)).toContain(oldest);

    const shorter = new Date(Date.now() + 2_000);
    await minioOf(scene).lock(bucket, `${folder}/${oldest}`, shorter);
    await until(() => Date.now() > shorter.getTime() + 1_000, { saying: 'the end of the lock' });
    scene.cluster.clock.reach(new Date(end.getTime() + minute));
    const done = await untilRetained(
      scene,
      'locked',
      ({ held: now = [], removed }) => now.length === 0 && removed === 1,
    );
    expect(done.totals).toMatchObject({ removed: 4 });
    expect((await artifactsOf(scene, folder)).length).toBe(2);
    expect(
      (await scene.eventsOf('locked')).filter(({ reason }) => reason === 'RetentionHeld').length,
    ).toBeLessThanOrEqual(2);
  },
);

fault(
  'a legal hold keeps its chain until somebody takes it off, and nobody has to tell us',
  {
    long: true,
    scenario: 'S5',
    done: 'a manifest of an expired FULL is under a legal hold, which is taken off later',
    outcome:
      'Held(ObjectLocked) without an end; it is asked for again every six hours, and the chain goes once the hold is off',
  },
  async (scene) => {
    const folder = await fulls(scene, 'onhold', 2);
    const keys = await keysBelow(scene, folder);
    const [manifest = ''] = keys.filter((key) => key.startsWith('manifests/') && key.includes('neo4j'));
    await minioOf(scene).hold(bucket, `${folder}/${manifest}`, true);
    const held = await retain(scene, 'onhold', 1);
    expect(held.held).toMatchObject([{ reason: 'ObjectLocked', count: 1 }]);
    expect(held.held?.[0]).not.toHaveProperty('until');
    expect(held.held?.[0]?.message).toContain('by a legal hold until somebody takes that off');
    expect(await keysBelow(scene, folder)).toContain(manifest);
    await minioOf(scene).hold(bucket, `${folder}/${manifest}`, false);
    scene.cluster.clock.reach(new Date(Date.parse(held.nextExpiry ?? '') + minute));
    await untilRetained(scene, 'onhold', ({ held: now = [], removed }) => now.length === 0 && removed === 1);
    expect(await keysBelow(scene, folder)).not.toContain(manifest);
  },
);

function minioOf({ cluster: { stores } }: Scene): S3Server {
  if (!stores.minio) throw new Error('only MinIO locks objects');
  return stores.minio;
}

/** So many FULLs, all of which the policy keeps; answers their folder. */
async function fulls(scene: Scene, name: string, count: number): Promise<string> {
  const backup = await scene.create(name, { options: { backupType: 'FULL', retries: 0 }, retention: { maxCount: 9 } });
  for (let run = 1; run <= count; run += 1) await (run === 1 ? settled(scene, name, run) : runAgain(scene, name, run));
  return folderName(backup);
}

/** One more run by a token, and the retention that answers it. */
async function runAgain(scene: Scene, name: string, count: number): Promise<void> {
  scene.cluster.clock.advance(2_000); // artifacts know their time to the second
  await scene.request(name, `run-${count}`);
  await settled(scene, name, count);
}

async function settled(scene: Scene, name: string, count: number): Promise<void> {
  const answered = async () => {
    const { history = [], retention, activeRun } = await scene.status(name);
    const [newest] = history;
    return !activeRun && history.length === count && retention?.cause?.startsWith(newest?.runId ?? '-');
  };
  await until(answered, { withinMs: 60_000, saying: `run ${count} of ${name} and its retention` });
}

function untilRetained(
  scene: Scene,
  name: string,
  is: (retention: RetentionStatus) => boolean,
): Promise<RetentionStatus> {
  const retained = async () => {
    const { retention, activeRun } = await scene.status(name);
    return !activeRun && retention && is(retention) ? retention : undefined;
  };
  return until(retained, { withinMs: 60_000, saying: `the end of the hold on ${name}` });
}

/** Oldest first. */
async function artifactsOf(scene: Scene, folder: string): Promise<string[]> {
  const keys = (await keysBelow(scene, folder)).filter((key) => key.startsWith('artifacts/'));
  return keys.toSorted((a, b) => (timeIn(a) < timeIn(b) ? -1 : 1));
}

function timeIn(artifact: string): string {
  return /\d{4}-\d\d-\d\dT[\d-]+/.exec(artifact)?.[0] ?? '';
}

function databaseOf(artifact: string): string {
  return /artifacts\/([a-z0-9]+)-/.exec(artifact)?.[1] ?? '';
}
