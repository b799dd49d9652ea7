import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { annotations, type Manifest, type Status } from '@holdfast/types';
import { expect } from 'vitest';
import { until } from '../until.ts';
import { highest } from './evidence.ts';
import { faultsOn } from './fault.ts';
import { namespace, type Scene } from './scene.ts';
import { folderName } from './stores.ts';

const fault = faultsOn();

const verifying = { options: { verifyBackup: true } };
const fulls = { options: { verifyBackup: true, backupType: 'FULL' } };

fault(
  'a chain whose FULL was removed behind our back is broken, and the next run takes a FULL by itself',
  {
    long: true,
    scenario: 'S6',
    done: 'the object of a FULL is removed from the bucket between two runs',
    outcome:
      'the chain is Broken, with Event, metric and Verified=False; the next run is a FULL, and the restore point its own',
    allowed: { spoiled: ['robbed'] },
  },
  async (scene) => {
    await scene.create('robbed', verifying);
    await scene.untilSettled('robbed');
    const [full] = await manifestsOf(scene, 'robbed');
    await scene.stores.bucket.remove(await keyOf(scene, 'robbed', full));
    await scene.neo4j.commit('neo4j', 5);
    await scene.request('robbed', 'next');
    const next = await scene.untilSettled('robbed', ({ trigger }) => trigger === 'Request');
    expect(next).toMatchObject({ status: 'Succeeded', type: 'FULL', verification: { level: 'consistency' } });
    const status = await scene.status('robbed');
    expect(verified(status)).toMatchObject({ status: 'False', reason: 'ArtifactMissing' });
    expect(status.verification).toMatchObject({ damagedCount: 1, damaged: [{ chain: full?.chain }] });
    expect(status.restorePoint?.chain).not.toBe(full?.chain);
    await told(scene, 'robbed', full);
    const brokenChains = async () =>
      highest(scene.notes.metrics, 'neo4jbackup_chain_state', { name: 'robbed', state: 'Broken' }) === 1;
    await until(brokenChains, { saying: 'the metric of broken chains' });
  },
);

fault(
  'an object of an old chain that was cut short is found by a verification that someone asks for',
  {
    long: true,
    scenario: 'S7',
    done: 'an object of the older of two chains in a bucket loses its last byte',
    outcome: 'the verification names it and marks its chain; the restore point, in the newer chain, stays',
    allowed: { spoiled: ['short'] },
  },
  async (scene) => {
    await scene.create('short', fulls);
    await scene.untilSettled('short');
    await scene.request('short', 'again');
    await scene.untilSettled('short', ({ trigger }) => trigger === 'Request');
    const [old, newer] = await manifestsOf(scene, 'short');
    const { bucket } = scene.stores;
    const key = await keyOf(scene, 'short', old);
    const bytes = Buffer.concat(await Array.fromAsync((await bucket.read(key)) ?? []));
    await bucket.remove(key);
    await bucket.create(key, bytes.subarray(0, -1));
    const status = await verification(scene, 'short');
    expect(status.verification).toMatchObject({ reason: 'VerificationFailed', damaged: [{ chain: old?.chain }] });
    expect(verified(status)).toMatchObject({ status: 'False', reason: 'ArtifactChanged' });
    expect(status.restorePoint?.chain).toBe(newer?.chain);
    await told(scene, 'short', old);
  },
);

fault(
  'one flipped byte on a claim is found by a verification, and what can be restored is what lies before it',
  {
    long: true,
    scenario: 'S7',
    done: 'one bit of the newest FULL on a claim is flipped in place',
    outcome:
      'a pod of the backup finds it by its digest; the restore point moves to the older chain; the next run counts again',
    allowed: { spoiled: ['flipped'] },
  },
  async (scene) => {
    const storage = { type: 'pvc', pvc: { name: 'flipped-claim', size: '1Gi' } };
    await scene.create('flipped', { ...fulls, storage });
    await scene.untilSettled('flipped');
    await scene.request('flipped', 'again');
    const second = await scene.untilSettled('flipped', ({ trigger }) => trigger === 'Request');
    const { chain } = second.databases?.find(({ name }) => name === 'neo4j') ?? {};
    const before = await scene.status('flipped');
    expect(before.restorePoint?.chain).toBe(chain);
    const folder = join(
      scene.cluster.kubelet.claimDir(namespace, 'flipped-claim'),
      folderName(await scene.backup('flipped')),
    );
    flip(join(folder, 'artifacts', `${chain}.backup`));
    const status = await verification(scene, 'flipped');
    expect(status.verification).toMatchObject({ damagedCount: 1, damaged: [{ chain, reason: 'ArtifactChanged' }] });
    expect(status.restorePoint?.chain).toBeDefined();
    expect(status.restorePoint?.chain).not.toBe(chain);
    await scene.request('flipped', 'after');
    const healthy = async () => verified(await scene.status('flipped'))?.status === 'True';
    await until(healthy, { withinMs: 60_000, saying: 'a proof beside the damage' });
  },
);

fault(
  'a DIFF that dies half-way is followed by a FULL',
  {
    long: true,
    scenario: 'C2',
    done: 'neo4j-admin gets SIGKILL in the middle of a DIFF',
    outcome: 'the run fails; its chain is not built on, the next run is a FULL by itself',
  },
  async (scene) => {
    await scene.create('halfway', { options: { retries: 0 } });
    await scene.untilSettled('halfway');
    await scene.neo4j.commit('neo4j', 5);
    await scene.neo4j.arm({ kind: 'die', at: 'transfer' }, { times: 5 });
    await scene.request('halfway', 'dies');
    expect(await scene.untilSettled('halfway', ({ trigger }) => trigger === 'Request')).toMatchObject({
      status: 'Failed',
    });
    scene.neo4j.disarm();
    await scene.request('halfway', 'next');
    const next = await scene.untilSettled('halfway', (run) => run.trigger === 'Request' && run.status === 'Succeeded');
    expect(next.type).toBe('FULL');
    const chains = new Set((await manifestsOf(scene, 'halfway')).map(({ chain }) => chain));
    expect(chains.size).toBe(2);
  },
);

/** Asks for a verification and waits for its end. */
async function verification(scene: Scene, name: string): Promise<Status> {
  await scene.patch(name, { metadata: { annotations: { [annotations.verify]: 'please' } } });
  const ended = async () => {
    const status = await scene.status(name);
    return !status.activeRun && status.verification?.lastRunTime ? status : undefined;
  };
  return until(ended, { withinMs: 60_000, saying: `the verification of ${name}` });
}

/** Manifests of the data, oldest first; `system` is left out. */
async function manifestsOf(scene: Scene, name: string): Promise<Manifest[]> {
  const folder = folderName(await scene.backup(name));
  const found: Manifest[] = [];
  for await (const { key } of scene.stores.bucket.list(`${folder}/manifests/`)) {
    const manifest = await scene.stores.read(key);
    if (manifest && manifest.database !== 'system') found.push(manifest);
  }
  return found.toSorted((a, b) => a.startTime.localeCompare(b.startTime));
}

async function keyOf(scene: Scene, name: string, manifest: Manifest | undefined): Promise<string> {
  return `${folderName(await scene.backup(name))}/${manifest?.objects[0]?.key ?? ''}`;
}

async function told(scene: Scene, name: string, damaged: Manifest | undefined): Promise<void> {
  const event = async () =>
    (await scene.eventsOf(name)).some(
      ({ reason, message }) => reason === 'ChainBroken' && message.includes(damaged?.artifact ?? '?'),
    );
  await until(event, { saying: 'the Event of the broken chain' });
}

function verified({ conditions }: Status): { status: string; reason: string } | undefined {
  return conditions?.find(({ type }) => type === 'Verified');
}

/** One bit, well inside the content, in place: size and name stay. */
function flip(path: string): void {
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  const at = Math.floor(statSync(path).size * 0.9);
  readSync(file, byte, 0, 1, at);
  writeSync(file, Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, at);
  closeSync(file);
}
