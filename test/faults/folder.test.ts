import { expect } from 'vitest';
import { until } from '../until.ts';
import type { FaultAction, ProxiedRequest } from '../cluster/proxy/faults.ts';
import { highest } from './evidence.ts';
import { faultsOn } from './fault.ts';
import { keysBelow, retain } from './retain.ts';
import { bucket, namespace, type Scene } from './scene.ts';
import { folderName } from './stores.ts';
import { openUploads } from './uploads.ts';

const fault = faultsOn();
const minute = 60_000;
const hour = 60 * minute;
const full = { options: { backupType: 'FULL', retries: 0 } };

function recordOf(clusterId: string): Buffer {
  const time = '2026-01-01T00:00:00Z';
  return Buffer.from(
    JSON.stringify({ v: 1, clusterId, namespace: 'prod', name: 'hourly', backupUid: 'another', time }),
  );
}

/** Takes FULL backups of a standalone, one after the other. */
async function backUp(scene: Scene, name: string, count: number): Promise<string> {
  const backup = await scene.create(name, full);
  expect(await scene.untilSettled(name)).toMatchObject({ status: 'Succeeded' });
  for (let run = 2; run <= count; run += 1) {
    scene.cluster.clock.advance(minute); // artifacts are named by the second
    await scene.request(name, `run-${run}`);
    const settled = async () => {
      const { history = [], activeRun } = await scene.status(name);
      return !activeRun && history.length === run;
    };
    await until(settled, { saying: `run ${run} of ${name}` });
  }
  return folderName(backup);
}

fault(
  'a folder of another cluster is left alone until a person takes it over by name',
  {
    scenario: 'S12',
    done: "another cluster's owner.json stands in the folder; then the take-over annotation names a wrong cluster, then the right one",
    outcome:
      'the run waits with FolderOwnedElsewhere and the owner named, and succeeds after the take-over; nothing is written before it',
  },
  async (scene) => {
    const folder = `${namespace}/second`;
    await scene.stores.bucket.create(`${folder}/owner.json`, recordOf('the-first-cluster'));
    await scene.create('second', full);
    const { waitingFor } = await scene.untilActive('second', (run) => run.waitingFor !== undefined);
    expect(waitingFor?.reason).toBe('FolderOwnedElsewhere');
    expect(waitingFor?.message).toContain('backup prod/hourly of cluster the-first-cluster');
    const storage = async () => (await scene.status('second')).conditions?.find(({ type }) => type === 'StorageReady');
    expect(await storage()).toMatchObject({ status: 'False', reason: 'FolderOwnedElsewhere' });
    const annotate = (id: string) =>
      scene.patch('second', { metadata: { annotations: { 'neo4j.neo4j.com/take-over': id } } });

    await annotate('a-third-cluster');
    scene.cluster.clock.advance(2 * minute);
    await scene.untilActive('second', (run) => run.waitingFor?.message.includes('it names a-third-cluster') === true);
    expect(await scene.jobsOf('second')).toBe(0);
    expect(await keysBelow(scene, folder)).toEqual(['owner.json']);

    await annotate('the-first-cluster');
    scene.cluster.clock.advance(2 * minute);
    expect(await scene.untilSettled('second')).toMatchObject({ status: 'Succeeded' });
    expect(await keysBelow(scene, folder)).toContain('owner-2.json');
  },
);

fault(
  'retention removes nothing in a folder that another cluster has taken over',
  {
    scenario: 'S12',
    done: 'another cluster takes the folder over between two runs, and the policy would remove a chain',
    outcome: 'retention is held with FolderOwnedElsewhere and removes nothing; the next run waits',
  },
  async (scene) => {
    const folder = await backUp(scene, 'taken', 2);
    const before = await keysBelow(scene, folder);
    await scene.stores.bucket.create(`${folder}/owner-2.json`, recordOf('the-new-cluster'));
    const { held, removed } = await retain(scene, 'taken', 1);
    expect(held).toMatchObject([{ reason: 'FolderOwnedElsewhere' }]);
    expect(removed).toBe(0);
    expect(await keysBelow(scene, folder)).toEqual([...before, 'owner-2.json'].toSorted());
    await scene.request('taken', 'after-the-take-over');
    await scene.untilActive('taken', (run) => run.waitingFor?.reason === 'FolderOwnedElsewhere');
  },
);

const listing = (inside: string) => ({
  kind: 'status' as const,
  status: 200,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucket}</Name>${inside}</ListBucketResult>`,
});

function brokenOff(): FaultAction {
  const whole = listing('<IsTruncated>false</IsTruncated><Contents><Key>faults/listed/manifests/');
  return { ...whole, body: whole.body.slice(0, -'</ListBucketResult>'.length) };
}

const spoiledListings: readonly (readonly [how: string, action: FaultAction, reason: string])[] = [
  ['is empty', listing('<KeyCount>0</KeyCount><IsTruncated>false</IsTruncated>'), 'EmptyListing'],
  ['says that it goes on and not where', listing('<IsTruncated>true</IsTruncated>'), 'StorageUnreachable'],
  ['breaks off in the middle', brokenOff(), 'EmptyListing|StorageUnreachable|UnexpectedError'],
  ['is answered with an error', { kind: 'status', status: 500 }, 'StorageUnreachable'],
];

fault(
  'a listing that is empty or cut short removes nothing, wipes no history and is told',
  {
    long: true,
    scenario: 'S4',
    done: 'while the policy would remove a chain, the listing of the manifests is empty, cut short, broken off, or fails',
    outcome:
      'retention is held and says why, in status, Event and metric; nothing is removed; with whole listings it goes on',
  },
  async (scene) => {
    const folder = await backUp(scene, 'listed', 3);
    const before = await keysBelow(scene, folder);
    const { history } = await scene.status('listed');
    const manifests = ({ query }: ProxiedRequest) => query.get('prefix')?.startsWith(`${folder}/manifests/`) === true;
    for (const [index, [how, action, reason]] of spoiledListings.entries()) {
      const whole = scene.cluster.stores.s3.faults.always(action, manifests);
      const { held, removed } = await retain(scene, 'listed', index % 2 === 0 ? 1 : 2);
      whole();
      expect([how, removed, held?.[0]?.reason]).toEqual([how, 0, expect.stringMatching(new RegExp(`^(${reason})$`))]);
      expect(await keysBelow(scene, folder)).toEqual(before);
      expect((await scene.status('listed')).history).toEqual(history);
    }
    const told = () =>
      highest(scene.notes.metrics, 'neo4jbackup_retention_held', { name: 'listed', reason: 'EmptyListing' });
    await until(() => told() === 1, { saying: 'the metric of the empty listing' });
    expect((await scene.eventsOf('listed')).filter(({ reason }) => reason === 'RetentionHeld')).not.toEqual([]);
    expect(await retain(scene, 'listed', 1)).toMatchObject({ held: [], kept: 1 });
    expect((await keysBelow(scene, folder)).filter((key) => key.startsWith('manifests/'))).toHaveLength(2);
  },
);

fault(
  'what a hundred crashes in the middle of an upload have left is aborted after the grace, and nobody else’s upload is touched',
  {
    long: true,
    scenario: 'S8',
    done: 'a hundred multipart uploads are begun below the folder and never finished; some stand beside it, one is young',
    outcome: 'after the deadline and the grace retention aborts the hundred; the young one and the others stay',
  },
  async (scene) => {
    const folder = await backUp(scene, 'uploads', 2);
    const uploads = await openUploads(scene.cluster, bucket);
    for (let crash = 1; crash <= 100; crash += 1) await uploads.begin(`${folder}/artifacts/crash-${crash}.backup`);
    const others = [`${folder}-of-another/artifacts/a.backup`, `elsewhere/${folder}/b.backup`];
    for (const key of others) await uploads.begin(key);
    scene.cluster.clock.advance(26 * hour); // the deadline is a day, the grace an hour
    await uploads.begin(`${folder}/artifacts/young.backup`);
    const { removedLeftovers } = await retain(scene, 'uploads', 1);
    expect(removedLeftovers).toMatchObject({ uploads: 100 });
    expect(await uploads.keys()).toEqual([...others, `${folder}/artifacts/young.backup`].toSorted());
  },
);

fault(
  'what a dead run left below its own folder goes once a newer FULL stands, and what nobody explains is told and stays',
  {
    scenario: 'S11',
    done: 'a run of this backup has begun and died with a staged object in the store; a stranger has put one beside it',
    outcome:
      'after the deadline and the grace retention removes the first and names the second with UnexplainedArtifact',
    allowed: { orphans: ['neo4j-2026-01-01T00-00-00.backup'] },
  },
  async (scene) => {
    const { bucket: store } = scene.stores;
    const folder = `${namespace}/leftover`;
    const startTime = scene.cluster.clock.now().toISOString();
    const begun = {
      v: 1,
      run: 'dead',
      attempt: 1,
      startTime,
      deadline: new Date(Date.parse(startTime) + hour).toISOString(),
    };
    await store.create(`${folder}/runs/dead/begun-1-12345678.json`, Buffer.from(JSON.stringify(begun)));
    const left = `${folder}/artifacts/dead/neo4j-2026-01-01T00-00-00.backup`;
    const strange = `${folder}/artifacts/stranger/neo4j-2026-01-01T00-00-00.backup`;
    for (const key of [left, strange]) await store.create(key, Buffer.from('half an artifact'));
    scene.cluster.clock.advance(26 * hour);
    await backUp(scene, 'leftover', 1);
    const { held, plan, removedLeftovers } = await retain(scene, 'leftover', 5);
    expect(plan?.leftovers).toMatchObject({ objects: 1, bytes: 16 });
    expect(removedLeftovers).toMatchObject({ objects: 1 });
    expect(held).toMatchObject([{ reason: 'UnexplainedArtifact', count: 1 }]);
    expect(held?.[0]?.message).toContain('artifacts/stranger/');
    expect(await store.head(left)).toBeUndefined();
    expect(await store.head(strange)).toBeDefined();
  },
);
