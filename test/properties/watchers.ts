import { backupFacts, decide, jobFacts, jobName, slimFacts, type BackupFacts, type Observed } from '@holdfast/core';
import { keyedQueue, resources, type KeyedQueue, type ResourceType } from '@holdfast/kube';
import type { Doorbell } from '@holdfast/queue';
import type { Clock } from '@holdfast/runtime';
import type { Neo4jBackup } from '@holdfast/types';
import { apply, type Hands } from '../../services/watcher/src/apply.ts';
import { openPlaces } from '../../services/watcher/src/places.ts';
import { namespace } from './cluster.ts';
import type { Random } from './random.ts';
import { aLife, type Life } from './simulation.ts';
import type { Stage } from './stage.ts';

const limits = { global: 2, perTarget: 1, perLocation: 2 };

/**
 * A watcher: the product's places, decision and application, over a cache that learns of changes a little, and at times a lot, later
 * than they happened. A new incarnation lists everything and remembers nothing.
 */
export class Watcher {
  readonly #stage: Stage;
  readonly #doorbell: Doorbell;
  readonly #random: Random;
  readonly #name: string;
  readonly #resyncMs: number;
  #life: Life | undefined;
  #looks: KeyedQueue | undefined;
  #places: Hands['places'] | undefined;
  #cache = new Map<string, Observed>();
  #deliveredUntilMs = 0;
  /** Events come only after this time. */
  staleUntilMs = 0;

  constructor(stage: Stage, given: { name: string; resyncMs: number; doorbell: Doorbell; random: Random }) {
    this.#stage = stage;
    this.#name = given.name;
    this.#resyncMs = given.resyncMs;
    this.#doorbell = given.doorbell;
    this.#random = given.random;
  }

  get life(): Life | undefined {
    return this.#life;
  }

  /** Until when this watcher cannot be blamed for what it does not see. */
  get blindUntilMs(): number {
    return this.#life ? Math.max(this.staleUntilMs, this.#life.frozenUntilMs) : Infinity;
  }

  start(): void {
    if (this.#life) return;
    const life = aLife(this.#name);
    const { simulation, cluster, log } = this.#stage;
    this.#life = life;
    this.#cache = new Map();
    this.staleUntilMs = 0;
    const places = openPlaces(limits, simulation.now);
    const clock: Clock = { now: simulation.now, sleepUntil: sleeper(this.#stage) };
    const hands: Hands = { kube: cluster.kube, doorbell: this.#doorbell, places, clock, log };
    this.#places = places;
    const looks = keyedQueue({
      clock,
      signal: life.ended.signal,
      log,
      handle: async (key) => {
        const error = await simulation.start(life, this.#stage, () => this.#look(key, hands));
        if (error) throw error;
      },
    });
    this.#looks = looks;
    for (const { metadata } of cluster.all(resources.backups)) this.#take(metadata.name, this.#see(metadata.name));
    this.#resync(life);
  }

  stop(): void {
    this.#life?.ended.abort();
    this.#life = undefined;
  }

  /** Something changed in the cluster; this watcher hears of it in a moment. */
  hear(type: ResourceType, name: string): void {
    if (!this.#life || (type.plural !== resources.backups.plural && type.plural !== resources.jobs.plural)) return;
    const { simulation } = this.#stage;
    const backup = type.plural === resources.jobs.plural ? name.replace(/-[a-z]+$/, '') : name;
    const soonMs = Math.max(simulation.nowMs + this.#random.whole(2, 150), this.staleUntilMs, this.#deliveredUntilMs);
    this.#deliveredUntilMs = soonMs;
    const life = this.#life;
    const seen = this.#see(backup);
    simulation.at(soonMs, () => {
      if (this.#life === life) this.#take(backup, seen);
    });
  }

  #resync(life: Life): void {
    const { simulation, cluster } = this.#stage;
    simulation.at(simulation.nowMs + this.#resyncMs, () => {
      if (this.#life !== life) return;
      // A watch that was silent for too long is listed anew.
      if (this.staleUntilMs < simulation.nowMs)
        for (const { metadata } of cluster.all(resources.backups)) this.#take(metadata.name, this.#see(metadata.name));
      else for (const key of this.#cache.keys()) this.#looks?.add(key);
      this.#resync(life);
    });
  }

  #take(backup: string, seen: Observed | undefined): void {
    const name = `${namespace}/${backup}`;
    if (seen) this.#cache.set(name, seen);
    else this.#cache.delete(name);
    const mayStart = this.#places?.follow(name, seen?.backup) ?? [];
    if (!seen) this.#looks?.forget(name);
    for (const each of [name, ...mayStart]) this.#looks?.add(each);
  }

  #see(name: string): Observed | undefined {
    const { cluster } = this.#stage;
    const backup = cluster.look(resources.backups, name);
    if (!backup) return undefined;
    const job = cluster.look(resources.jobs, jobName(name, 'backup'));
    return {
      backup: factsOf(backup),
      ...(job && { job: jobFacts({ ...job, metadata: { namespace, ...job.metadata } }) }),
    };
  }

  async #look(key: string, hands: Hands): Promise<void> {
    const observed = this.#cache.get(key);
    if (!observed) return;
    const intent = decide(observed, hands.clock.now());
    await apply(observed, intent, hands, hands.clock.now());
    if ('until' in intent && intent.until) this.#looks?.at(key, intent.until);
  }
}

/** Sleeps that belong to no task: the process stays free for other work. */
function sleeper({ simulation }: Stage): Clock['sleepUntil'] {
  return (at, signal) =>
    new Promise<void>((resolve, reject) => {
      simulation.at(at.getTime(), resolve);
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
}

const facts = new WeakMap<Neo4jBackup, BackupFacts>();

/** Reading a spec is the dearest thing here, and most news is about Jobs. */
function factsOf(backup: Neo4jBackup): BackupFacts {
  const known = facts.get(backup) ?? slimFacts(backupFacts(backup));
  facts.set(backup, known);
  return known;
}
