import { existsSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CatalogueEntry } from '@holdfast/core';
import { below, openS3, planFolder, type FolderPlan } from '@holdfast/storage';
import { expect, inject, onTestFinished, test } from 'vitest';
import { startMinio, wantsMinio } from '../cluster/store/start-minio.ts';
import type { Fault } from './fault.ts';
import { fillMinio, type Filled } from './many-objects.ts';
import { randomFrom } from './random.ts';
import { startSweepWorkers } from './sweep-workers.ts';

const objectCount = Number(process.env['HOLDFAST_SWEPT_OBJECTS'] ?? 100_000);
/** Of each run there are an artifact with its parts, two documents and a manifest. */
const [parts, runsOfChain, kills] = [97, 10, 20];
const runs = Math.floor(objectCount / (parts + 3));
const maxCount = Math.floor(runs * 0.4);
const folder = 'team/nightly';

const fault: Fault = {
  scenario: 'P7',
  done: 'SIGKILL, twenty times at random moments, to whichever of three retention workers has a folder of 100,000 objects on MinIO (or as many as HOLDFAST_SWEPT_OBJECTS says)',
  outcome:
    'at each kill what is left of a chain is whole and at most one artifact is without manifest; in the end exactly the planned set is left',
  own: { invariants: 'I4', playedOn: 'processes of its own' },
  long: true,
};

const isPlayed = inject('clusterKind') === 'embedded' && wantsMinio('retention that is killed twenty times');

test.skipIf(!isPlayed)(
  'a sweep of very many objects that is killed twenty times comes to the planned end',
  { meta: { fault }, tags: ['long'], timeout: 1_200_000 },
  async () => {
    const dir = mkdtempSync(join(roomFor(1_500), 'holdfast-killed-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }), 300_000);
    const minio = await startMinio({ dir, say: (line) => void process.stderr.write(`${line}\n`) });
    onTestFinished(() => minio.stop());
    const random = randomFrom();
    await minio.makeBucket('orders');
    const { endpoint: endpointUrl, accessKeyId, secretAccessKey } = minio;
    const identity = { accessKeyId, secretAccessKey };
    const store = { bucket: 'orders', region: 'us-east-1', endpointUrl, forcePathStyle: true, identity };
    const bucket = await openS3(store);
    const objects = join(dir, 'objects', 'orders');
    const filled = await fillMinio({ bucket, folder, dir: objects, runs, parts, runsOfChain });
    expect(filled.keys.size).toBe(runs * (parts + 3));
    const own = below(bucket, folder);
    const plan = await planFolder(own, { maxCount, suspended: false }, { now: new Date(), runDeadlineMs: 86_400_000 });
    const { keep, remove } = plan.totals;
    process.stderr.write(
      `planned: ${remove.artifacts} artifacts in ${remove.chains} chains go, ${keep.artifacts} stay\n`,
    );
    expect(remove.artifacts).toBe(runs - maxCount);

    const lockFile = join(dir, 'lock');
    const workers = await startSweepWorkers(3, { lockFile, store, folder, maxCount });
    let left: number = kills;
    let begun = 0;
    try {
      for (; left >= 0; left -= 1) {
        // Mostly in the middle of the sweep, sometimes of the planning; and each leaves something to do for those that follow.
        const mostBatches = Math.max(1, Math.floor((1.9 * (remove.artifacts - begun)) / (left + 1)));
        const moment = left === 0 ? Infinity : random.between(0, 4) === 0 ? 0 : random.between(1, mostBatches);
        const { promise, resolve } = Promise.withResolvers<'swept' | 'now'>();
        let batches = 0;
        await workers.handOn((told) => {
          if (told.kind === 'swept') resolve('swept');
          else if (told.kind === (moment === 0 ? 'planning' : 'batch') && (batches += 1) >= moment) resolve('now');
        });
        if ((await promise) === 'swept') break;
        await sleep(random.between(0, moment === 0 ? 1_500 : 30)); // the trouble comes when it comes
        await workers.kill();
        begun += batches;
        process.stderr.write(`kill ${kills - left + 1} after ${batches} batches\n`);
        expect(brokenIn(join(objects, folder), filled, plan)).toEqual([]);
      }
    } finally {
      await workers.stop();
    }
    expect(left).toBe(0);
    const stays = new Set(await Array.fromAsync(own.list(''), ({ key }) => key));
    expect(stays.symmetricDifference(plannedKeys(filled, plan))).toEqual(new Set());
  },
);

/** Memory, where there is enough of it: a server writes each object to its disk at once, and a disk that is shared takes its time. */
function roomFor(mebibytes: number): string {
  const memory = '/dev/shm';
  if (!existsSync(memory)) return tmpdir();
  const { bavail, bsize, ffree } = statfsSync(memory);
  return bavail * bsize > mebibytes * 2 ** 20 && ffree > 1_000_000 ? memory : tmpdir();
}

/** What must be left of a folder. */
function plannedKeys({ keys }: Filled, { remove }: FolderPlan): Set<string> {
  const entries = remove.flatMap(({ chain }) => chain.entries);
  const gone = new Set(entries.flatMap(({ key, manifest }) => [key, ...manifest.objects.map((object) => object.key)]));
  const runsGone = new Set(entries.map(({ manifest }) => `runs/${manifest.run}`));
  return new Set([...keys].filter((key) => !gone.has(key) && !runsGone.has(key.split('/', 2).join('/'))));
}

/**
 * What is not as promised, as the server's disk shows it: objects first, then manifests, oldest first, so that a request which still goes through
 * meanwhile cannot look like trouble.
 */
function brokenIn(dir: string, { entries }: Filled, { keep }: FolderPlan): string[] {
  const there = new Set(readdirSync(join(dir, 'artifacts')).map((name) => `artifacts/${name}`));
  const counts = (entry: CatalogueEntry): boolean => existsSync(join(dir, entry.key, 'xl.meta'));
  const kept = new Set(keep.map(({ chain }) => chain.id));
  const troubles: string[] = [];
  let withoutManifest = 0;
  let before: { readonly chain: string; readonly counts: boolean } | undefined;
  for (const entry of entries) {
    const { chain, artifact, objects } = entry.manifest;
    const present = objects.filter(({ key }) => there.has(key)).length;
    const counting = counts(entry);
    if (counting && present < objects.length)
      troubles.push(`${artifact} counts with ${present} of ${objects.length} objects`);
    if (!counting && present > 0) withoutManifest += 1;
    if (!counting && kept.has(chain)) troubles.push(`${artifact} went, although its chain stays`);
    if (counting && before?.chain === chain && !before.counts) troubles.push(`${artifact} counts without its parent`);
    before = { chain, counts: counting };
  }
  if (withoutManifest > 1) troubles.push(`${withoutManifest} artifacts have no manifest`);
  return troubles;
}
