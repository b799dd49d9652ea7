import { resources } from '@holdfast/kube';
import { openLog } from '@holdfast/runtime';
import { annotations } from '@holdfast/types';
import { Answerers } from './answerers.ts';
import { openBucket } from './bucket.ts';
import { namespace, openCluster } from './cluster.ts';
import { Dbms } from './dbms.ts';
import { Effects } from './effects.ts';
import { Judges, type Ending } from './judges.ts';
import { Line } from './line.ts';
import type { Mutation } from './mutations.ts';
import { Pods } from './pods.ts';
import { Random } from './random.ts';
import { type Life, Simulation } from './simulation.ts';
import type { Stage } from './stage.ts';
import type { BackupStory, Policy, Story, Trouble, Who } from './story.ts';
import { Watcher } from './watchers.ts';

/** Nobody is there to agree to a plan. */
const anyShare = { maxDeletePercent: 100 };

/** Plays one story to its end and answers which rules were broken. The same story always ends the same. */
export async function tell(story: Story, mutation?: Mutation): Promise<Ending> {
  const { random } = Math;
  const dice = new Random(story.seed * 17 + 3);
  Math.random = () => dice.next(); // back-offs of the product throw dice, too
  try {
    const world = new World(story, mutation);
    await world.play();
    return world.ending();
  } finally {
    Math.random = random;
  }
}

class World {
  readonly #story: Story;
  readonly #random: Random;
  readonly #simulation: Simulation;
  readonly #effects: Effects;
  readonly #stage: Stage;
  readonly #judges: Judges;
  readonly #line: Line;
  readonly #pods: Pods;
  readonly #answerers: Answerers;
  readonly #watchers: readonly Watcher[];
  #blindAtMs = 0;
  #generation = 0;
  #tokens = 0;

  constructor(story: Story, mutation: Mutation | undefined) {
    this.#story = story;
    this.#random = new Random(story.seed * 7919 + 1);
    this.#simulation = new Simulation(story.startMs, new Random(story.seed * 31 + 2));
    const { now } = this.#simulation;
    this.#effects = new Effects(this.#simulation, this.#random, (life, awayMs) => this.#killed(life, awayMs));
    const storeNow = () => new Date(this.#simulation.nowMs + story.storeAheadMs);
    this.#judges = new Judges(story, this.#simulation, () => this.#stage.cluster);
    const cluster = openCluster(now, this.#effects, (type, name) => {
      this.#judges.follow(type, name);
      if (type.plural === resources.jobs.plural) this.#pods.follow();
      for (const watcher of this.#watchers) watcher.hear(type, name);
    });
    const everyMs = Math.min(...story.backups.map((backup) => backup.everyMs));
    this.#stage = {
      simulation: this.#simulation,
      effects: this.#effects,
      cluster,
      bucket: openBucket({ now, storeNow }, this.#effects, this.#judges),
      dbms: new Dbms(story.databases, {
        startMs: story.startMs,
        longestMs: Math.min(everyMs / 16, 10 * 60_000),
        random: this.#random,
        simulation: this.#simulation,
      }),
      log: openLog('property', { now }, { level: 'error', destination: { write() {} } }),
      messages: new Map(),
      mutation,
    };
    this.#pods = new Pods(this.#stage, this.#random);
    this.#answerers = new Answerers(this.#stage);
    this.#line = new Line(this.#simulation, this.#effects, this.#answerers);
    const { doorbell } = this.#line;
    this.#watchers = Array.from(
      { length: story.watchers },
      (_, index) =>
        new Watcher(this.#stage, {
          name: `watcher-${index}`,
          resyncMs: story.resyncMs,
          doorbell,
          random: this.#random,
        }),
    );
  }

  async play(): Promise<void> {
    const { startMs, troubledMs, calmMs, troubles, backups } = this.#story;
    this.#furnish();
    for (const backup of backups) this.#put(backup, {});
    for (const watcher of this.#watchers) watcher.start();
    this.#lookOut();
    for (const trouble of troubles) this.#simulation.at(startMs + trouble.atMs, () => void this.#happens(trouble));
    await this.#simulation.runUntil(startMs + troubledMs);
    await this.#calmDown();
    await this.#simulation.runUntil(startMs + troubledMs + calmMs);
    await this.#simulation.runUntil(this.#judges.restAt());
  }

  ending(): Ending {
    this.#judges.atTheEnd(this.#line.depth());
    for (const watcher of this.#watchers) watcher.stop();
    return this.#judges.ending();
  }

  /** Now and then somebody asks whether every run is on time; only a watcher that could look can be blamed. */
  #lookOut(): void {
    const { nowMs } = this.#simulation;
    const { downUntilMs, flakyUntilMs } = this.#effects.weather;
    const blindUntilMs = Math.max(
      downUntilMs.kube,
      flakyUntilMs.kube,
      ...this.#watchers.map((each) => each.blindUntilMs),
    );
    if (blindUntilMs > nowMs) this.#blindAtMs = nowMs;
    else if (nowMs - this.#blindAtMs > 2 * this.#story.resyncMs) this.#judges.onTime(this.#story.resyncMs);
    this.#simulation.at(nowMs + 30 * 60_000, () => this.#lookOut());
  }

  #furnish(): void {
    this.#target('Ready');
    this.#secret(true);
    const metadata = { namespace, name: 'backups' };
    this.#stage.cluster.put(resources.persistentVolumeClaims, { metadata, spec: {}, status: { phase: 'Bound' } });
  }

  #put(backup: BackupStory, changed: { policy?: Policy; suspend?: boolean; token?: string }): void {
    const { cluster } = this.#stage;
    const before = cluster.look(resources.backups, backup.name);
    const { policy, suspend, token } = changed;
    const spec = before?.spec ?? {
      target: { kind: 'Cluster', name: 'production' },
      storage: backup.onClaim
        ? { type: 'pvc', pvc: { name: 'backups', size: '10Gi' } }
        : { type: 's3', bucket: 'backups', cloud: { region: 'eu-west-1', credentialsSecret: 'keys' } },
      schedule: backup.schedule,
      timeZone: backup.timeZone,
      ...(backup.startingDeadlineSeconds && { startingDeadlineSeconds: backup.startingDeadlineSeconds }),
      options: backup.options,
      historyLimit: 6,
      retention: { ...backup.retention, ...anyShare },
      ...(backup.runsOnEdit && { triggers: [{ on: 'SpecChanged' }] }),
    };
    this.#generation += 1;
    const uid = before?.metadata.uid ?? `${String(this.#generation).padStart(8, '0')}-uid`;
    const creationTimestamp = before?.metadata.creationTimestamp ?? this.#simulation.now().toISOString();
    cluster.put(resources.backups, {
      ...before,
      metadata: {
        ...(before?.metadata ?? { namespace, name: backup.name, creationTimestamp }),
        uid,
        ...(token && { annotations: { [annotations.run]: token } }),
      },
      spec: {
        ...spec,
        ...(policy && { retention: { ...policy, ...anyShare } }),
        ...(suspend !== undefined && { suspend }),
      },
    });
  }

  async #happens(trouble: Trouble): Promise<void> {
    const { nowMs } = this.#simulation;
    const { weather } = this.#effects;
    const backup = this.#random.pick(this.#story.backups);
    switch (trouble.kind) {
      case 'fuse': {
        const { who, changes, onlyRecords, when, forMs } = trouble;
        const life = this.#anyone(who);
        if (life) life.fuse = { changes, onlyRecords, when, forMs };
        return;
      }
      case 'stop':
        return this.#stop(this.#anyone(trouble.who), trouble.forMs);
      case 'forgetQueue':
        return this.#line.forget();
      case 'evict':
        return this.#pods.evict();
      case 'killPod':
        return this.#pods.kill();
      case 'deleteJob':
        return this.#pods.deleteJob();
      case 'conflicts':
        weather.conflicts = trouble.count;
        return;
      case 'down':
        weather.downUntilMs[trouble.what] = nowMs + trouble.forMs;
        return;
      case 'flaky':
        weather.flakyUntilMs[trouble.what] = nowMs + trouble.forMs;
        return;
      case 'cutBatches':
        weather.cutBatchesUntilMs = nowMs + trouble.forMs;
        return;
      case 'stale':
        for (const watcher of this.#watchers) watcher.staleUntilMs = nowMs + trouble.forMs;
        return;
      case 'holdPods':
        this.#pods.heldUntilMs = nowMs + trouble.forMs;
        return;
      case 'jump':
        this.#simulation.nowMs += trouble.byMs;
        this.#blindAtMs = this.#simulation.nowMs;
        return;
      case 'engine':
        this.#stage.dbms.troubles.push(trouble.trouble);
        return;
      case 'policy':
        return this.#put(backup, { policy: trouble.policy });
      case 'request':
        this.#tokens += 1;
        return this.#put(backup, { token: `token-${this.#tokens}` });
      case 'suspend':
        this.#put(backup, { suspend: true });
        return this.#simulation.at(nowMs + trouble.forMs, () => this.#put(backup, { suspend: false }));
      case 'loseSecret':
        this.#secret(false);
        return this.#simulation.at(nowMs + trouble.forMs, () => this.#secret(true));
      case 'loseTarget':
        this.#target('Pending');
        return this.#simulation.at(nowMs + trouble.forMs, () => this.#target('Ready'));
      case 'unreadable': {
        const key = `${namespace}/${backup.name}/manifests/strange/orders.json`;
        await this.#stage.bucket.truth.create(key, Buffer.from('{"formatVersion": 99}'));
        return this.#simulation.at(nowMs + trouble.forMs, () => void this.#stage.bucket.truth.remove(key));
      }
      case 'recreateDatabase':
        return this.#stage.dbms.create('orders', nowMs);
      case 'loseObject': {
        const prefix = `${namespace}/${backup.name}/artifacts/`;
        const keys = await Array.fromAsync(this.#stage.bucket.truth.list(prefix), ({ key }) => key);
        if (keys.length > 0) await this.#stage.bucket.truth.remove(this.#random.pick(keys));
        return;
      }
      case 'recreate':
        await this.#stage.cluster.remove(resources.backups, backup.name);
        this.#pods.follow();
        return this.#put(backup, {});
    }
  }

  #anyone(who: Who): Life | undefined {
    if (who === 'pod') return this.#pods.anyLife();
    if (who === 'watcher') return this.#random.pick(this.#watchers).life;
    return this.#answerers.life(who.includes('-') ? who : `${who}-${this.#random.whole(0, 1)}`);
  }

  #stop(life: Life | undefined, forMs: number): void {
    if (!life) return;
    life.ended.abort();
    this.#comeBack(life, forMs);
  }

  /** A process that died at one of its effects. */
  #killed(life: Life, awayMs: number): void {
    life.ended.abort();
    if (life.name.startsWith('pod ')) this.#pods.died(life);
    else this.#comeBack(life, awayMs);
  }

  #comeBack({ name }: Life, afterMs: number): void {
    const watcher = this.#watchers.find((each) => each.life?.name === name);
    if (watcher) watcher.stop();
    else this.#answerers.stop(name);
    this.#simulation.at(this.#simulation.nowMs + afterMs, () => this.#begin(name));
  }

  #begin(name: string): void {
    const watcher = this.#watchers[Number(name.split('-')[1])];
    if (name.startsWith('watcher')) return watcher?.start();
    if (!this.#answerers.life(name)) this.#answerers.start(name);
    this.#line.serve();
  }

  /** Everybody is up, everything answers, and nobody meddles any more. */
  async #calmDown(): Promise<void> {
    const { weather } = this.#effects;
    for (const what of ['kube', 'store', 'queue'] as const) weather.downUntilMs[what] = weather.flakyUntilMs[what] = 0;
    Object.assign(weather, { conflicts: 0, cutBatchesUntilMs: 0 });
    this.#pods.heldUntilMs = 0;
    this.#stage.dbms.troubles.length = 0;
    this.#secret(true);
    this.#target('Ready');
    for (const backup of this.#story.backups) {
      this.#put(backup, { suspend: false });
      await this.#stage.bucket.truth.remove(`${namespace}/${backup.name}/manifests/strange/orders.json`);
    }
    for (const watcher of this.#watchers) {
      watcher.staleUntilMs = 0;
      watcher.start();
      this.#steady(watcher.life);
    }
    for (const name of ['worker-0', 'worker-1', 'retention-0', 'retention-1']) {
      this.#begin(name);
      this.#steady(this.#answerers.life(name));
    }
    for (let life = this.#pods.anyLife(); life?.fuse; life = this.#pods.anyLife()) this.#steady(life);
  }

  #steady(life: Life | undefined): void {
    if (life) Object.assign(life, { fuse: undefined, frozenUntilMs: 0 });
  }

  #target(phase: string): void {
    this.#stage.cluster.put(resources.clusters, {
      metadata: { namespace, name: 'production' },
      spec: { image: { repo: 'neo4j', tag: '5.26-enterprise' }, topology: { primaries: 1 } },
      status: { phase },
    });
  }

  #secret(complete: boolean): void {
    const names = complete ? ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] : [];
    const data = Object.fromEntries(names.map((name) => [name, Buffer.from(`secret of ${name}`).toString('base64')]));
    this.#stage.cluster.put(resources.secrets, { metadata: { namespace, name: 'keys' }, data });
  }
}
