import { expect } from 'vitest';
import { until } from '../until.ts';
import { isWritten } from './checks/one-run.ts';
import { faultsOn } from './fault.ts';
import { podOf } from './pod-of.ts';
import { keysBelow } from './retain.ts';
import { namespace, type Scene } from './scene.ts';
import { folderName } from './stores.ts';

const fault = faultsOn();
const hour = 3_600_000;

fault(
  'a chain that expires while a DIFF extends it is left alone, then and afterwards, and what else expired goes when the DIFF is done',
  {
    long: true,
    scenario: 'C1',
    done: 'while neo4j-admin writes a DIFF, maxAge is edited so that every run so far is too old, and the FULL of an earlier chain with it',
    outcome:
      'nothing is removed until the DIFF is proven; then the earlier chain goes, and the extended one stays whole because a run of it is wanted',
  },
  async (scene) => {
    const { clock } = scene.cluster;
    const options = { backupType: 'FULL', retries: 0 };
    const folder = folderName(await scene.create('extended', { options, retention: { maxAge: '30d' } }));
    await retained(scene, 1);
    await next(scene, 2, 'second-full');
    const before = await keysBelow(scene, folder);
    const chains = await chainsOf(scene, folder);
    expect(chains.get('neo4j')).toHaveLength(2);

    await scene.neo4j.commit('neo4j', 20);
    await scene.patch('extended', { spec: { options: { backupType: 'DIFF' } } });
    clock.advance(2 * hour);
    await scene.neo4j.arm({ kind: 'slow', bytesPerSecond: 20_000 });
    await scene.request('extended', 'the-diff');
    const pod = await podOf(scene, 'extended');
    const { backup: agent = 0 } = scene.cluster.kubelet.pids(namespace, pod);
    process.kill(-agent, 'SIGSTOP'); // with whoever started it; the DIFF waits for as long as we like
    try {
      const { activeRun } = await scene.status('extended');
      await scene.patch('extended', { spec: { retention: { maxAge: '1h', maxDeletePercent: 100 } } });
      await scene.create('bystander', { suspend: true });
      const looked = async () => (await scene.status('bystander')).phase === 'Suspended';
      await until(looked, { saying: 'a look at what happened after the edit' });
      expect((await scene.status('extended')).activeRun).toMatchObject({ id: activeRun?.id, kind: 'backup' });
      expect((await keysBelow(scene, folder)).filter((key) => before.includes(key))).toEqual(before);
    } finally {
      process.kill(-agent, 'SIGCONT');
    }

    await retained(scene, 3);
    const { history = [], retention } = await scene.status('extended');
    expect(history[0]).toMatchObject({ status: 'Succeeded', type: 'DIFF' });
    expect(retention).toMatchObject({ held: [], plan: { removeCount: 2 } });
    const [firstOfAll = '', extended = ''] = chains.get('neo4j') ?? [];
    const left = await chainsOf(scene, folder);
    expect(left.get('neo4j')).toEqual([extended]);
    const manifests = [...scene.notes.manifests.values()].filter(({ chain }) => chain === extended);
    expect(manifests.map(({ type }) => type).toSorted()).toEqual(['DIFF', 'FULL']);
    const keys = await keysBelow(scene, folder);
    for (const { objects } of manifests) for (const { key } of objects) expect(keys).toContain(key);
    expect(before.filter((key) => key.includes(firstOfAll) && keys.includes(key))).toEqual([]);

    const diary = (await scene.stores.diary()).filter(({ key }) => key.startsWith(`${folder}/`));
    const proven = diary.findLastIndex((event) => isWritten(event) && event.key.includes('/manifests/'));
    const removed = diary.findIndex(
      ({ operation, key }) => operation === 'remove' && /\/(manifests|artifacts)\//.test(key),
    );
    expect(removed).toBeGreaterThan(proven);
  },
);

/** Ids of the chains with a manifest, oldest first, by database. */
async function chainsOf(scene: Scene, folder: string): Promise<Map<string, string[]>> {
  await scene.notes.look();
  const there = new Set((await keysBelow(scene, folder)).map((key) => `${folder}/${key}`));
  const counting = [...scene.notes.manifests].filter(([key]) => there.has(key)).map(([, manifest]) => manifest);
  const byDatabase = Map.groupBy(counting, ({ database }) => database);
  const idsOf = (manifests: typeof counting) => [...new Set(manifests.map(({ chain }) => chain))].toSorted();
  return new Map([...byDatabase].map(([database, manifests]) => [database, idsOf(manifests)]));
}

async function next(scene: Scene, count: number, token: string): Promise<void> {
  scene.cluster.clock.advance(2_000); // artifacts know their time to the second
  await scene.request('extended', token);
  await retained(scene, count);
}

/** So many runs are over, and retention has answered the newest. */
async function retained(scene: Scene, runs: number): Promise<void> {
  const answered = async () => {
    const { history = [], retention, activeRun } = await scene.status('extended');
    return !activeRun && history.length === runs && retention?.cause?.startsWith(history[0]?.runId ?? '-');
  };
  await until(answered, { withinMs: 120_000, saying: `run ${runs} and its retention` });
}
