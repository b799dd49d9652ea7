import type { Outcome } from '@holdfast/queue';
import { ManifestMemory } from '@holdfast/storage';
import type { QueueName, Ring } from '@holdfast/types';
import { handle as answerRetention } from '../../services/retention/src/handle.ts';
import { handle as answerBackup } from '../../services/worker/src/handle.ts';
import type { Answerer } from './line.ts';
import { aLife, type Life } from './simulation.ts';
import type { Stage } from './stage.ts';

/** Where rings are answered: two workers and two retention services, each with the product's own handler. */
export class Answerers implements Answerer {
  readonly #stage: Stage;
  readonly #lives = new Map<string, Life>();
  readonly #busy = new Map<string, number>();
  readonly #memories = new WeakMap<Life, ManifestMemory>();

  constructor(stage: Stage) {
    this.#stage = stage;
    for (const name of ['worker-0', 'worker-1', 'retention-0', 'retention-1']) this.start(name);
  }

  start(name: string): void {
    this.#lives.set(name, aLife(name));
    this.#busy.set(name, 0);
  }

  stop(name: string): void {
    this.#lives.get(name)?.ended.abort();
    this.#lives.delete(name);
  }

  life(name: string): Life | undefined {
    return this.#lives.get(name);
  }

  take(queue: QueueName, ring: Ring): Promise<Outcome | 'gone' | 'threw'> | undefined {
    const kind = queue === 'retention' ? 'retention' : 'worker';
    const life = this.#freest(kind);
    return life && this.#answer(kind, ring, life);
  }

  #freest(kind: string): Life | undefined {
    const fit = [...this.#lives.values()].filter(
      ({ name, frozenUntilMs }) => name.startsWith(kind) && frozenUntilMs <= this.#stage.simulation.nowMs,
    );
    return fit.toSorted((a, b) => (this.#busy.get(a.name) ?? 0) - (this.#busy.get(b.name) ?? 0))[0];
  }

  async #answer(kind: 'retention' | 'worker', ring: Ring, life: Life): Promise<Outcome | 'gone' | 'threw'> {
    const { simulation, cluster, log } = this.#stage;
    const hands = {
      kube: cluster.kube,
      now: simulation.now,
      agentImage: 'holdfast-agent:1',
      storeDefaults: {},
      allowedEndpoints: [],
      clusterDomain: 'cluster.local',
      clusterId: async () => 'this-cluster',
      log,
      memory: this.#memoryOf(life),
    };
    const handle = kind === 'retention' ? answerRetention : answerBackup;
    let outcome: Outcome | undefined;
    this.#count(life, 1);
    const error = await simulation.start(life, this.#stage, async () => {
      outcome = await handle(ring, hands, new AbortController().signal);
    });
    this.#count(life, -1);
    if (life.ended.signal.aborted) return 'gone';
    return error === undefined && outcome ? outcome : 'threw';
  }

  /** What a process remembers is gone with it. */
  #memoryOf(life: Life): ManifestMemory {
    const memory = this.#memories.get(life) ?? new ManifestMemory();
    this.#memories.set(life, memory);
    return memory;
  }

  #count(life: Life, by: number): void {
    if (this.#lives.get(life.name) === life) this.#busy.set(life.name, (this.#busy.get(life.name) ?? 0) + by);
  }
}
