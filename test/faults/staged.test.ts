import { existsSync, readdirSync } from 'node:fs';
import { expect, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { ensure } from '../cluster/furnish.ts';
import { claimOf } from '../journeys/claim.ts';
import { until } from '../until.ts';
import type { RequestPredicate } from '../cluster/proxy/faults.ts';
import { faultsOn } from './fault.ts';
import { podOf } from './pod-of.ts';
import { keysBelow, retain } from './retain.ts';
import { bucket, namespace, type Scene } from './scene.ts';
import { folderName } from './stores.ts';
import { openUploads } from './uploads.ts';

const fault = faultsOn();
const hour = 3_600_000;
const mebibyte = 1024 ** 2;
const staged = { transfer: 'Staged', backupType: 'FULL' };

fault(
  'what staged uploads leave that died half-way goes after the deadline and the grace, and nothing else goes with it',
  {
    long: true,
    scenario: 'S11',
    done: 'a staged agent is killed in the middle of a multipart upload, and its next attempt between an artifact and its manifest',
    outcome:
      'Failed; the next FULL counts, and until the deadline and the grace are over nothing is touched; then the object and the open upload go, alone',
    allowed: { orphans: ['artifacts/o-'] }, // of the run whose pods were killed
  },
  async (scene) => {
    await largeDatabase(scene);
    const backup = await scene.create('halfway', { options: { ...staged, retries: 1 } });
    const folder = folderName(backup);
    const uploads = await openUploads(scene.cluster, bucket);

    await killAt(scene, 'halfway', ({ query }) => query.get('partNumber') === '2');
    expect(await uploads.keys()).toHaveLength(1);
    const { notBefore } = await scene.untilActive('halfway', ({ attempt }) => attempt === 2);
    scene.cluster.clock.reach(new Date(notBefore ?? ''));
    await scene.untilActive('halfway', ({ attempt, phase }) => attempt === 2 && phase === 'Starting');
    await killAt(scene, 'halfway', ({ method, path }) => method === 'PUT' && path.includes('/manifests/'));
    expect(await scene.untilSettled('halfway')).toMatchObject({ status: 'Failed' });
    const left = await unnamed(scene, folder);
    expect(left).toHaveLength(1);

    scene.cluster.clock.advance(hour / 60);
    await scene.request('halfway', 'again');
    expect(await scene.untilSettled('halfway', ({ trigger }) => trigger === 'Request')).toMatchObject({
      status: 'Succeeded',
    });
    expect((await retain(scene, 'halfway', 5)).removedLeftovers).toMatchObject({ objects: 0, uploads: 0 });
    expect(await unnamed(scene, folder)).toEqual(left);
    expect(await uploads.keys()).toHaveLength(1);
    const before = await keysBelow(scene, folder);

    scene.cluster.clock.advance(26 * hour); // the deadline is a day, the grace an hour
    expect((await retain(scene, 'halfway', 6)).removedLeftovers).toMatchObject({ objects: 1, uploads: 1 });
    expect(await uploads.keys()).toEqual([]);
    const after = await keysBelow(scene, folder);
    expect(before.filter((key) => !after.includes(key))).toEqual(left);
  },
);

const tempStorage = { size: '1Gi' };
for (const { name, volume, where, options, remedy } of [
  {
    name: 'scratch',
    volume: 'scratch',
    where: 'temp',
    options: { tempStorage },
    remedy: /raise options\.tempStorage\.size/,
  },
  {
    name: 'work',
    volume: 'the work volume',
    where: 'target',
    options: { tempStorage, workVolume: 'chains' },
    remedy: /make the claim of options\.workVolume larger/,
  },
] as const) {
  fault(
    `when ${volume} is full a staged run fails at once, with the sizes, and leaves nothing in its volumes`,
    {
      scenario: 'J6',
      done: `neo4j-admin of a staged run finds no space left in ${volume}`,
      outcome: `Failed(TempSpace) with what was needed and available in ${volume}, after one attempt; nothing was uploaded`,
    },
    async (scene) => {
      const { client, kubelet } = scene.cluster;
      const claims = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
      await ensure(client, claims, parse(claimOf(namespace, 'chains')));
      onTestFinished(() => client.delete(`${claims}/chains`).then(() => undefined));
      await scene.neo4j.arm({ kind: 'no-space', where }, { times: 10 });
      const folder = folderName(await scene.create(name, { options: { transfer: 'Staged', ...options } }));
      const pod = await podOf(scene, name);
      const run = await scene.untilSettled(name);
      expect(run).toMatchObject({ status: 'Failed', reason: 'TempSpace' });
      expect(run.error).toMatch(remedy);
      expect(run.error).toMatch(new RegExp(`more than .+ were needed and .+ were available in ${volume}$`));
      expect(await scene.jobsOf(name)).toBe(1);
      const inScratch = readdirSync(kubelet.claimDir(namespace, `${pod}-scratch`));
      expect(inScratch).toEqual(['run.log']);
      expect(filesBelow(kubelet.claimDir(namespace, 'chains'))).toEqual([]);
      expect((await keysBelow(scene, folder)).filter((key) => /^(artifacts|manifests)/.test(key))).toEqual([]);
    },
  );
}

/** One whose artifact is uploaded in parts. */
async function largeDatabase({ neo4j }: Scene): Promise<void> {
  const { baseBytes } = neo4j.database('neo4j');
  await neo4j.resize('neo4j', 20 * mebibyte);
  onTestFinished(() => neo4j.resize('neo4j', baseBytes).then(() => undefined));
}

/** Kills the agent of this backup while a request of its waits for an answer. */
async function killAt(scene: Scene, name: string, matches: RequestPredicate): Promise<void> {
  let asked = false;
  const lift = scene.cluster.stores.s3.faults.always({ kind: 'silence' }, (request) => {
    if (matches(request)) asked = true;
    return matches(request);
  });
  const pod = await podOf(scene, name);
  await until(() => asked, { saying: 'the request at which the agent dies' });
  scene.cluster.kubelet.killContainer(namespace, pod, 'backup', 'OOMKilled');
  lift();
}

/** Artifacts that no manifest names. */
async function unnamed(scene: Scene, folder: string): Promise<string[]> {
  const keys = await keysBelow(scene, folder);
  const manifests = keys.filter((key) => key.startsWith('manifests/'));
  const read = await Promise.all(manifests.map((key) => scene.stores.read(`${folder}/${key}`)));
  const named = new Set(read.flatMap((manifest) => manifest?.objects.map(({ key }) => key) ?? []));
  return keys.filter((key) => key.startsWith('artifacts/') && !named.has(key));
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}
