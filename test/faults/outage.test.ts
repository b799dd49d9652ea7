import type { ActiveRun, Neo4jBackup } from '@holdfast/types';
import { expect } from 'vitest';
import { until } from '../until.ts';
import { faultsOn } from './fault.ts';
import type { Scene } from './scene.ts';

const atOnce = 8;
const fault = faultsOn({
  serviceEnv: {
    HOLDFAST_LIMIT_GLOBAL: String(atOnce),
    HOLDFAST_LIMIT_PER_TARGET: String(atOnce),
    HOLDFAST_LIMIT_PER_LOCATION: String(atOnce),
    HOLDFAST_RESYNC_SECONDS: '3',
  },
});
const minute = 60_000;

fault(
  'fifty backups wait for a store that is away for four hours, and come back a few at a time',
  {
    long: true,
    timeoutMs: 600_000,
    scenario: 'S1',
    done: 'the store of fifty backups cuts every connection from before their slot until four hours after it',
    outcome:
      'no Job is made, each run waits and says why, one at a time tries; when the store is back one goes first, then a few, and all succeed',
  },
  async (scene) => {
    const { clock, stores } = scene.cluster;
    const names = Array.from({ length: 50 }, (_, index) => `away-${index}`);
    for (const name of names) await scene.create(name, { schedule: '0 3 * * *', options: { backupType: 'FULL' } });
    const slot = async () => (await scene.status('away-49')).nextRunTime;
    const due = new Date(await until(slot, { saying: 'the slot' }));
    let requests = 0;
    const comeBack = stores.s3.faults.always({ kind: 'cut' }, () => (requests += 1) > 0);
    clock.advance(due.getTime() - clock.now().getTime() + 1_000);
    await until(async () => (await waiting(scene)).length === names.length, {
      withinMs: 180_000,
      saying: 'fifty runs that wait for the store',
    });
    const firstWave = requests;
    const runs = new Set((await waiting(scene)).map(({ run }) => run));
    let tries = 0;
    while (clock.now().getTime() < due.getTime() + 240 * minute) {
      const before = await newestTry(scene);
      clock.advance(20 * minute);
      await until(async () => (await newestTry(scene)) > before, { saying: 'another try' });
      tries += 1;
    }
    expect(await jobsOf(scene, names)).toBe(0);
    expect((await waiting(scene)).map(({ run }) => run).filter((run) => !runs.has(run))).toEqual([]);
    // Each run of the first wave asks five times, and each later try once; the client repeats each request twice by itself.
    expect(firstWave).toBeLessThanOrEqual(atOnce * 5 * 3);
    expect(requests - firstWave).toBeLessThanOrEqual(2 * tries * 3);
    expect(mostTrying(scene.notes.versions)).toBe(1);

    const seen = scene.notes.versions.length;
    comeBack();
    clock.advance(minute);
    for (const name of names) {
      const { status, trigger } = await scene.untilSettled(name, () => true, 300_000);
      expect([name, trigger, status]).toEqual([name, 'Schedule', 'Succeeded']);
    }
    expect(await jobsOf(scene, names)).toBe(names.length);
    const comingBack = scene.notes.versions.slice(seen);
    const firstSuccess = comingBack.findIndex(({ status }) => status?.activeRun?.phase === 'Starting');
    expect(new Set(comingBack.slice(0, firstSuccess).filter(isTrying).map(nameOf)).size).toBe(1);
    expect(mostAtWork(comingBack)).toBeLessThanOrEqual(atOnce);
  },
);

fault(
  'a store that goes away in the middle of a run costs that one Job, and whoever comes due meanwhile none',
  {
    long: true,
    scenario: 'S1',
    done: 'the store cuts every connection while a Job runs; another backup of the same store is asked for meanwhile',
    outcome: 'both runs wait and say why, the second one without having tried; when the store is back both succeed',
  },
  async (scene) => {
    const { clock, stores } = scene.cluster;
    await scene.create('second', { suspend: true });
    await scene.neo4j.arm({ kind: 'slow', bytesPerSecond: 50_000 });
    await scene.create('cut-off');
    const hasBegun = async () => (await scene.stores.diary()).some(({ key }) => key.includes('/cut-off/runs/'));
    await until(hasBegun, { saying: 'the note that the attempt has begun' });
    const comeBack = stores.s3.faults.always({ kind: 'cut' });
    const { attempt } = await untilWaiting(scene, 'cut-off');
    expect(attempt).toBe(2);
    await scene.patch('second', { spec: { suspend: false } });
    const { phase, waitingFor } = await untilWaiting(scene, 'second');
    expect([phase, waitingFor?.triedAt]).toEqual(['Recorded', undefined]);
    expect([await scene.jobsOf('cut-off'), await scene.jobsOf('second')]).toEqual([1, 0]);
    comeBack();
    const settled = async (name: string) => {
      clock.advance(minute);
      return (await scene.status(name)).history?.[0];
    };
    for (const name of ['cut-off', 'second']) {
      const ended = await until(() => settled(name), {
        everyMs: 2_000,
        withinMs: 120_000,
        saying: `the end of ${name}`,
      });
      expect([name, ended.status]).toEqual([name, 'Succeeded']);
    }
    expect([await scene.jobsOf('cut-off'), await scene.jobsOf('second')]).toEqual([2, 1]);
  },
);

function untilWaiting(scene: Scene, name: string): Promise<ActiveRun> {
  const parked = async () => {
    const run = (await scene.status(name)).activeRun;
    return run?.waitingFor?.reason === 'StorageUnreachable' ? run : undefined;
  };
  return until(parked, { withinMs: 150_000, saying: `${name} waiting for the store` });
}

/** Runs that say that they wait for the store. */
async function waiting({ cluster }: Scene): Promise<{ name: string; run: string }[]> {
  const { items } = await cluster.client.get<{ items: Neo4jBackup[] }>(
    '/apis/neo4j.neo4j.com/v1alpha1/namespaces/faults/neo4jbackups',
  );
  return items.flatMap((backup) => {
    const run = backup.status?.activeRun;
    return run?.waitingFor?.reason === 'StorageUnreachable' ? [{ name: nameOf(backup), run: run.id }] : [];
  });
}

async function newestTry({ notes }: Scene): Promise<string> {
  const times = notes.versions.map(({ status }) => status?.activeRun?.waitingFor?.triedAt ?? '');
  return times.reduce((newest, time) => (time > newest ? time : newest), '');
}

async function jobsOf(scene: Scene, names: readonly string[]): Promise<number> {
  const jobs = await Promise.all(names.map((name) => scene.jobsOf(name)));
  return jobs.reduce((sum, count) => sum + count, 0);
}

/** The most backups that were in a state at once, by the versions that a watch has shown. */
function mostAtOnce(versions: readonly Neo4jBackup[], is: (backup: Neo4jBackup) => boolean): number {
  const those = new Set<string>();
  let most = 0;
  for (const backup of versions) {
    if (is(backup)) those.add(nameOf(backup));
    else those.delete(nameOf(backup));
    most = Math.max(most, those.size);
  }
  return most;
}

function mostTrying(versions: readonly Neo4jBackup[]): number {
  return mostAtOnce(versions, isTrying);
}

function mostAtWork(versions: readonly Neo4jBackup[]): number {
  return mostAtOnce(versions, (backup) => {
    const run = backup.status?.activeRun;
    return isTrying(backup) || run?.phase === 'Starting' || run?.phase === 'Running';
  });
}

function isTrying({ status }: Neo4jBackup): boolean {
  return status?.activeRun?.waitingFor?.tryingSince !== undefined;
}

function nameOf({ metadata }: Neo4jBackup): string {
  return metadata.name;
}
