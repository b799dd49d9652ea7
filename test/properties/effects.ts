import type { Random } from './random.ts';
import { current, Died, type Fuse, type Life, mustLive, type Simulation, type Task } from './simulation.ts';

export type Outside = 'kube' | 'store' | 'queue';

/** What goes wrong between processes and the outside world, until when. */
export interface Weather {
  /** Nothing answers. */
  readonly downUntilMs: Record<Outside, number>;
  /** One call in so many fails before, or after, it was carried out. */
  readonly flakyUntilMs: Record<Outside, number>;
  /** Status writes of backups that somebody else beats. */
  conflicts: number;
  /** Removals in batches are cut short. */
  cutBatchesUntilMs: number;
}

export function fairWeather(): Weather {
  const never = () => ({ kube: 0, store: 0, queue: 0 });
  return { downUntilMs: never(), flakyUntilMs: never(), conflicts: 0, cutBatchesUntilMs: 0 };
}

/** One call into the outside world, as its caller sees it. */
export interface Call {
  readonly outside: Outside;
  /** Whether it changes anything there. */
  readonly changes: boolean;
  /** It writes a backup's record. */
  readonly isRecord?: boolean;
  readonly error: (how: string) => Error;
}

/**
 * Everything that a process does to the outside world goes through here: others may come first, the process may die before or after,
 * the call may fail before or after it was carried out. Without a task (the story itself) calls go straight through.
 */
export class Effects {
  readonly weather: Weather = fairWeather();
  readonly #simulation: Simulation;
  readonly #random: Random;
  /** Tells the processes' keeper that one was killed. */
  readonly #onDeath: (life: Life, awayMs: number) => void;

  constructor(simulation: Simulation, random: Random, onDeath: (life: Life, awayMs: number) => void) {
    this.#simulation = simulation;
    this.#random = random;
    this.#onDeath = onDeath;
  }

  async carryOut<T>(call: Call, work: () => T | Promise<T>): Promise<T> {
    const task = current.getStore();
    if (!task) return work();
    await this.#simulation.turn(task);
    if (call.changes) await this.#takeTime(task);
    const trouble = this.#troubleOf(call);
    if (trouble === 'refused') throw this.#failed(task, call, 'did not answer');
    const fuse = call.changes ? burn(task.life, call) : undefined;
    if (fuse?.when === 'before') throw this.#died(task, fuse);
    if (fuse?.when === 'freeze') {
      task.life.frozenUntilMs = this.#simulation.nowMs + fuse.forMs;
      await this.#simulation.turn(task);
    }
    const answer = await work();
    if (fuse?.when === 'after') throw this.#died(task, fuse);
    if (trouble === 'lost') throw this.#failed(task, call, 'carried it out and its answer was lost');
    mustLive(task.life);
    return answer;
  }

  /** Changes take a moment, sometimes a long one. */
  async #takeTime(task: Task): Promise<void> {
    if (this.#random.chance(0.03)) {
      await this.#simulation.sleepUntil(this.#simulation.nowMs + this.#random.whole(200, 5_000), task);
      await this.#simulation.turn(task);
    } else this.#simulation.nowMs += this.#random.whole(1, 20);
  }

  #troubleOf({ outside, changes }: Call): 'refused' | 'lost' | undefined {
    const { nowMs } = this.#simulation;
    if (this.weather.downUntilMs[outside] > nowMs) return 'refused';
    if (this.weather.flakyUntilMs[outside] <= nowMs || !this.#random.chance(0.12)) return undefined;
    return changes && this.#random.chance(0.5) ? 'lost' : 'refused';
  }

  #failed(task: Task, call: Call, how: string): Error {
    task.troubled = true;
    return call.error(how);
  }

  #died({ life }: Task, { forMs }: Fuse): Died {
    this.#onDeath(life, forMs);
    return new Died(`${life.name} was killed`);
  }
}

/** The fuse, when it has burnt down to this change. */
function burn(life: Life, { isRecord }: Call): Fuse | undefined {
  const { fuse } = life;
  if (!fuse || (fuse.onlyRecords && !isRecord) || (fuse.changes -= 1) > 0) return undefined;
  life.fuse = undefined;
  return fuse;
}
