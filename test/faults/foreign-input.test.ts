import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { until } from '../until.ts';
import { redisCommand } from '../cluster/redis/start-redis.ts';
import { highest } from './evidence.ts';
import { folderName } from './stores.ts';
import { faultsOn } from './fault.ts';
import { namespace } from './scene.ts';

const fault = faultsOn({ serviceEnv: { HOLDFAST_LIMIT_PER_TARGET: '5' } });

/** Things that somebody else put into a backup's folder, and whether they make retention hold back. */
const intruders: readonly (readonly [name: string, key: string, body: string, held: boolean])[] = [
  ['cut', 'manifests/o-1/neo4j.json', '{"formatVersion": 1, "kind": "Artifact', true],
  ['newer', 'manifests/o-1/neo4j.json', '{"formatVersion": 2, "kind": "ArtifactManifest"}', true],
  ['alien', 'manifests/o-1/neo4j.json', '{"some": "document of another tool"}', true],
  ['climbing', 'manifests/o-1/neo4j.json', climbingManifest(), true],
  ['guest', 'artifacts/holiday.jpg', 'no backup at all', false],
];

fault(
  'a foreign object or manifest in the folder is left alone, removes nothing, and the next backup goes on with a FULL',
  {
    long: true,
    scenario: 'S10',
    done: 'manifests that are cut short, newer, alien or climbing, and a foreign object, are put into the folder',
    outcome: 'removal is held and names the key; the next backup is a FULL; nothing is touched',
    allowed: { orphans: ['artifacts/holiday.jpg'] },
  },
  async (scene) => {
    const spec = { options: { backupType: 'AUTO', retries: 0 }, retention: { maxCount: 1 } };
    const results = await Promise.all(
      intruders.map(async ([name, key, body, held]) => {
        const backup = await scene.create(name, spec);
        const first = await scene.untilSettled(name);
        await scene.stores.bucket.create(`${folderName(backup)}/${key}`, Buffer.from(body));
        await scene.request(name, 'after-the-intruder');
        const second = await scene.untilSettled(name, ({ trigger }) => trigger === 'Request');
        const retained = async () => {
          const { retention, activeRun } = await scene.status(name);
          return !activeRun && retention?.cause?.startsWith(second.runId) ? retention : undefined;
        };
        return { name, key, held, first, second, retention: await until(retained, { saying: `retention of ${name}` }) };
      }),
    );
    const removed = (await scene.stores.diary())
      .filter(({ operation }) => operation === 'remove')
      .map(({ key }) => key);
    for (const { name, key, held, first, second, retention } of results) {
      expect([name, first.status, second.status]).toEqual([name, 'Succeeded', 'Succeeded']);
      if (held) {
        expect([name, second.type]).toEqual([name, 'FULL']);
        expect(retention.held).toEqual([expect.objectContaining({ reason: 'UnreadableManifest' })]);
        expect(retention.held?.[0]?.message).toContain(key);
        expect(removed.filter((each) => each.includes(`${namespace}/${name}/`))).toEqual([]);
      }
      const folder = folderName(await scene.backup(name));
      expect(await scene.stores.bucket.head(`${folder}/${key}`)).toBeDefined();
    }
    expect((await scene.stores.diary()).filter(({ key }) => key.includes('/other/'))).toEqual([]);
  },
);

fault(
  'a line of ten megabytes in the output of the engine is no trouble',
  { scenario: 'B1', done: 'neo4j-admin prints a line of ten megabytes', outcome: 'Succeeded' },
  async (scene) => {
    await scene.neo4j.arm({ kind: 'long-line', bytes: 10_000_000 });
    await scene.create('talkative');
    const run = await scene.untilSettled('talkative');
    expect(run).toMatchObject({ status: 'Succeeded', databaseCount: 2 });
  },
);

fault(
  'a ring in the form of an older version is dropped aloud and changes nothing',
  {
    scenario: 'B1',
    done: 'a ring of an older version stands in the queue',
    outcome: 'it is dropped and logged; the next ring for the same key works',
  },
  async (scene) => {
    const id = `${namespace}/olden`;
    const { port } = scene.cluster.redis;
    const job = String.raw`HSET {holdfast}:backup:${id} name backup data "{\"v\":0,\"key\":\"${id}\"}" opts "{}" timestamp 1 delay 0 priority 0`;
    expect(await redisCommand(port, job)).toMatch(/^:/);
    expect(await redisCommand(port, `LPUSH {holdfast}:backup:wait ${id}`)).toBe(':1');
    await redisCommand(port, 'ZADD {holdfast}:backup:marker 0 0');
    const said = () => scene.notes.texts.get('log logs/worker.log')?.includes('payload dropped');
    await until(said, { saying: 'the complaint of the worker' });
    await scene.create('olden'); // and the queue moves on, for the very same key
    expect((await scene.untilSettled('olden')).status).toBe('Succeeded');
    expect(highest(scene.notes.metrics, 'neo4jbackup_runs_total', { name: 'olden', result: 'Failed' })).toBe(0);
  },
);

fault(
  'an argument full of shell reaches the engine as it is, and no shell',
  {
    scenario: 'B1',
    done: 'options.additionalArgs holds quotes, $(), backticks and pipes',
    outcome: 'the engine gets it as one argument and refuses it; no shell has seen it',
  },
  async (scene) => {
    const trap = join(tmpdir(), `holdfast-trap-${process.pid}`);
    const argument = `--strange=a b "c" 'd' $(touch ${trap}) \`touch ${trap}\`; touch ${trap} | cat > ${trap} &`;
    await scene.create('tricky', { options: { retries: 0, additionalArgs: [argument] } });
    const run = await scene.untilSettled('tricky');
    expect(run).toMatchObject({ status: 'Failed', reason: 'EngineUsage' });
    expect(run.error).toMatch(/check options\.additionalArgs/);
    expect(existsSync(trap)).toBe(false);
  },
);

fault(
  'a token of any characters starts one run',
  {
    scenario: 'B1',
    done: 'a request token of 300 characters with Unicode, quotes and $()',
    outcome: 'one run, with an id made of a hash',
  },
  async (scene) => {
    const token = `läuft 🚀 $(id) "quoted" ${'x'.repeat(300)}`;
    await scene.create('token', { schedule: '0 0 1 1 *' });
    await scene.request('token', token);
    const run = await scene.untilSettled('token');
    expect(run).toMatchObject({
      status: 'Succeeded',
      trigger: 'Request',
      runId: expect.stringMatching(/^r[0-9a-f]{10}-/),
    });
    expect((await scene.status('token')).lastRunTokens).toEqual([token]);
    expect(await scene.jobsOf('token')).toBe(1);
  },
);

fault(
  'a completion time in the future hides no later run and removes nothing',
  {
    scenario: 'B1',
    done: 'a CompletionTime a year ahead is written into the history',
    outcome: 'the next slot runs, retention removes nothing',
  },
  async (scene) => {
    await scene.create('ahead', { schedule: '0 * * * *', retention: { maxAge: '1d' } });
    await scene.request('ahead', 'first');
    const first = await scene.untilSettled('ahead');
    const retained = async () => {
      const { retention, activeRun } = await scene.status('ahead');
      return !activeRun && retention?.lastRunTime;
    };
    await until(retained, { saying: 'retention' });
    const { status } = await scene.backup('ahead');
    const future = new Date(scene.cluster.clock.now().getTime() + 365 * 86_400_000).toISOString();
    const history = [{ ...status?.history?.[0], completionTime: future }];
    const path = `/apis/neo4j.neo4j.com/v1alpha1/namespaces/${namespace}/neo4jbackups/ahead/status`;
    await scene.cluster.client.patch(path, { status: { history, lastSuccessTime: future } });
    const next = (await scene.status('ahead')).nextRunTime ?? '';
    scene.cluster.clock.reach(new Date(next));
    const second = await scene.untilSettled('ahead', ({ trigger }) => trigger === 'Schedule');
    expect(second).toMatchObject({ status: 'Succeeded', slot: next });
    const { lastSuccessTime } = await scene.status('ahead');
    expect(lastSuccessTime).toBe(second.completionTime);
    const removed = (await scene.stores.diary()).filter(
      ({ operation, key }) => operation === 'remove' && key.includes('/ahead/'),
    );
    expect(removed).toEqual([]);
    expect(first.runId).not.toBe(second.runId);
    await scene.remove('ahead'); // its history was forged, so the invariants have nothing to say of it
  },
);

/** It looks like one of ours and names what lies outside its folder. */
function climbingManifest(): string {
  const time = '2026-01-01T00:00:00.000Z';
  return JSON.stringify({
    formatVersion: 1,
    kind: 'ArtifactManifest',
    run: 'o-1',
    attempt: 1,
    backupUid: 'somebody',
    database: 'neo4j',
    databaseId: 'an-id',
    artifact: 'neo4j-2026-01-01T00-00-00.backup',
    objects: [{ key: '../other/owner.json', bytes: 1 }],
    bytes: 1,
    type: 'FULL',
    lowestTx: 1,
    highestTx: 1,
    empty: false,
    compressed: true,
    recovered: true,
    chain: 'neo4j-2026-01-01T00-00-00',
    artifactTime: time,
    startTime: time,
    completionTime: time,
    origin: 'written',
    verified: { level: 'objects', time },
    engineVersion: '5.26.0',
    toolVersion: 'another tool',
  });
}
