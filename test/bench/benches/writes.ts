import type { Neo4jBackup, Status } from '@holdfast/types';
import { makeNamespace } from '../../cluster/furnish.ts';
import { startCluster, type DevCluster } from '../../cluster/start-cluster.ts';
import { until } from '../../until.ts';
import { mustBe, type Bench, type Contest, type Round } from '../harness/bench.ts';
import { followBackup, type Followed } from '../harness/follow-backup.ts';
import { aTarget, backups, namespace, targets } from '../harness/subjects.ts';

export const writes: Bench = {
  name: 'writes',
  about:
    'Status writes on a dev cluster with all services: of one scheduled backup run, of the retention run after it that removes the run ' +
    'before, and of an hour without a slot in which everything is looked at three times. The proxy before the API server counts ' +
    'the writes; those that no watch heard of changed nothing.',
  open: openContest,
};

const name = 'nightly';
const spec = {
  target: { kind: 'Cluster', name: 'prod' },
  storage: { type: 's3', bucket: 'bench' },
  schedule: '0 2 * * *',
  retention: { maxCount: 1 },
  options: { backupType: 'FULL' },
};

async function openContest(): Promise<Contest> {
  const cluster = await startCluster({ kind: 'embedded', quiet: true });
  try {
    const followed = await furnish(cluster);
    const nightly = new Nightly(cluster, followed);
    await nightly.run(); // the first has nothing to remove
    return {
      comparisons: [
        { title: 'per backup run', ours: 'holdfast', value: 'ofBackup', goal: { atMost: 3 } },
        { title: 'per retention run', ours: 'holdfast', value: 'ofRetention', goal: { atMost: 3 } },
        { title: 'in an hour without a slot', ours: 'holdfast', value: 'whileIdle', goal: { atMost: 0 } },
        { title: 'that change nothing', ours: 'holdfast', value: 'changedNothing', goal: { atMost: 0 } },
      ],
      left: [],
      round: () => nightly.round(),
      close: async () => {
        followed.stop();
        await cluster.stop();
      },
    };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

async function furnish(cluster: DevCluster): Promise<Followed> {
  const { client, stores } = cluster;
  await makeNamespace(client, namespace);
  await cluster.giveStoreSecret(namespace);
  await stores.s3.makeBucket(spec.storage.bucket);
  await client.create(targets, aTarget({ 'standin.neo4j.com/store-bytes': '100Ki' }));
  const ready = async () => (await client.get<{ status?: { phase?: string } }>(`${targets}/prod`)).status?.phase;
  await until(async () => (await ready()) === 'Ready', { saying: 'the target is ready' });
  const followed = await followBackup(client, `${backups}/${name}`);
  await apply(cluster, name);
  return followed;
}

class Nightly {
  readonly #cluster: DevCluster;
  readonly #followed: Followed;
  #runs = 0;
  #probes = 0;

  constructor(cluster: DevCluster, followed: Followed) {
    this.#cluster = cluster;
    this.#followed = followed;
  }

  async round(): Promise<Round> {
    const { api } = this.#cluster;
    api.forget();
    this.#followed.forget();
    await this.run();
    const passedInRuns = this.#written();
    for (let minute = 0; minute < 60; minute += 20) await this.#lookAgain(20 * 60_000);
    const passed = this.#written();
    await until(() => this.#followed.statusChanges().length >= passedInRuns, {
      saying: 'the watch heard of the writes',
    });
    const changes = this.#followed.statusChanges();
    const of = (kind: string) => changes.filter((change) => change.kind === kind).length;
    mustBe(changes.length <= passed, `the watch heard of ${changes.length} changes, ${passed} writes passed the proxy`);
    mustBe(of('backup') > 0 && of('retention') > 0, 'a run left no trace in the status');
    return {
      holdfast: {
        ofBackup: of('backup'),
        ofRetention: of('retention'),
        whileIdle: passed - passedInRuns,
        changedNothing: passed - changes.length,
      },
    };
  }

  /** The next slot, until its run has succeeded and retention has answered it. */
  async run(): Promise<void> {
    const { clock } = this.#cluster;
    this.#runs += 1;
    clock.set(nextSlot(clock.now()));
    const status = await until(async () => this.#settled(), { withinMs: 90_000, saying: `run ${this.#runs}` });
    mustBe(status.retention?.kept === 1, `${status.retention?.kept} runs were kept instead of one`);
    mustBe(this.#runs === 1 || (status.retention?.removed ?? 0) > 0, 'retention removed nothing');
  }

  async #settled(): Promise<Status | undefined> {
    const { status } = await this.#cluster.client.get<Neo4jBackup>(`${backups}/${name}`);
    const newest = status?.history?.find((entry) => entry.status !== 'Missed');
    mustBe(newest?.status !== 'Failed', `run ${newest?.runId} failed: ${newest?.reason}`);
    const answered = newest !== undefined && status?.retention?.cause?.startsWith(newest.runId) === true;
    const succeeded = (status?.history ?? []).filter((entry) => entry.status === 'Succeeded').length;
    return answered && !status.activeRun && succeeded >= this.#runs ? status : undefined;
  }

  /** A clock that jumps has everything looked at; when a backup made afterwards is answered, the others were looked at, too. */
  async #lookAgain(laterMs: number): Promise<void> {
    const { client, clock } = this.#cluster;
    const probe = `probe-${(this.#probes += 1)}`;
    clock.advance(laterMs);
    await apply(this.#cluster, probe);
    const phase = async () => (await client.get<Neo4jBackup>(`${backups}/${probe}`)).status?.phase;
    await until(async () => (await phase()) === 'Scheduled', { saying: 'the watcher looked again' });
    await client.delete(`${backups}/${probe}`);
  }

  #written(): number {
    const path = `${backups}/${name}/status`;
    return this.#cluster.api.count((asked) => asked.path === path && asked.method !== 'GET' && asked.status === 200);
  }
}

function apply({ client }: DevCluster, backup: string): Promise<unknown> {
  const metadata = { name: backup, namespace };
  return client.create(backups, { apiVersion: 'neo4j.neo4j.com/v1alpha1', kind: 'Neo4jBackup', metadata, spec });
}

function nextSlot(after: Date): Date {
  const slot = new Date(after);
  slot.setUTCHours(2, 0, 0, 0);
  return new Date(slot > after ? slot.getTime() : slot.getTime() + 86_400_000);
}
