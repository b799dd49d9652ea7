import { AsyncLocalStorage } from 'node:async_hooks';
import type { Random } from './random.ts';

/** The process was killed here; whatever it would have done next does not happen. */
export class Died extends Error {}

export interface Fuse {
  changes: number;
  /** Counts only writes of a backup's record. */
  readonly onlyRecords?: boolean | undefined;
  readonly when: 'before' | 'after' | 'freeze';
  /** How long the process stands still, or is away. */
  readonly forMs: number;
}

/** One incarnation of a process: from its start until it ends or is killed. */
export interface Life {
  readonly name: string;
  readonly ended: AbortController;
  frozenUntilMs: number;
  /** Kills or freezes the process at one of its next changes of the outside world. */
  fuse?: Fuse | undefined;
}

/** One thing that a process does at a time: a look, an answer to a ring, a pod's work. */
export interface Task<World = unknown> {
  readonly life: Life;
  readonly world: World;
  /** Calls of this task that wait for time to pass. */
  asleep: number;
  /** An effect of this task failed or was never made, so what should follow may be missing. */
  troubled: boolean;
}

/** Whose code is running. Seams that cannot be handed a world (an opened store, a clock) find theirs here. */
export const current = new AsyncLocalStorage<Task>();

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly ring: () => void;
}

/**
 * Time and turns. Time stands still until nobody has anything left to do at this instant; then it jumps to the next timer. Where
 * several tasks are awake, a seeded dice says whose effect comes next.
 */
export class Simulation {
  nowMs: number;
  readonly #random: Random;
  readonly #timers: Timer[] = [];
  readonly #parked: (() => void)[] = [];
  #awake = 0;
  #order = 0;

  constructor(startMs: number, random: Random) {
    this.nowMs = startMs;
    this.#random = random;
  }

  readonly now = (): Date => new Date(this.nowMs);

  at(atMs: number, ring: () => void): void {
    const timer = { atMs: Math.max(atMs, this.nowMs), order: (this.#order += 1), ring };
    let [low, high] = [0, this.#timers.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isSooner(timer, this.#timers[middle])) low = middle + 1;
      else high = middle;
    }
    this.#timers.splice(low, 0, timer); // the soonest stands last
  }

  /** Starts a task of a process; answers when it is over, with the error that ended it if there was one. */
  async start(life: Life, world: unknown, work: () => Promise<unknown>): Promise<unknown> {
    const task: Task = { life, world, asleep: 0, troubled: false };
    this.#awake += 1;
    try {
      await current.run(task, work);
      return undefined;
    } catch (error) {
      task.troubled = true;
      return error;
    } finally {
      this.#awake -= 1;
    }
  }

  /** The moment before an effect: somebody else may be faster, the process may be frozen, or dead. */
  async turn(task: Task): Promise<void> {
    mustLive(task.life);
    if (this.#awake > 1) await new Promise<void>((resolve) => this.#parked.push(resolve));
    while (task.life.frozenUntilMs > this.nowMs) await this.sleepUntil(task.life.frozenUntilMs, task);
    mustLive(task.life);
  }

  async sleepUntil(atMs: number, task: Task): Promise<void> {
    if ((task.asleep += 1) === 1) this.#awake -= 1;
    const { signal } = task.life.ended;
    await new Promise<void>((resolve) => {
      this.at(atMs, resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    if ((task.asleep -= 1) === 0) this.#awake += 1;
    mustLive(task.life);
  }

  async runUntil(endMs: number): Promise<void> {
    await this.#settle();
    for (let next = this.#timers.at(-1); next && next.atMs <= endMs; next = this.#timers.at(-1)) {
      this.nowMs = Math.max(this.nowMs, next.atMs);
      while (isDue(this.#timers.at(-1), this.nowMs)) this.#timers.pop()?.ring();
      await this.#settle();
    }
    this.nowMs = Math.max(this.nowMs, endMs);
  }

  /** Until everybody sleeps or is done. */
  async #settle(): Promise<void> {
    for (let idle = 0; idle < patience; idle += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#parked.length > 0) {
        idle = 0;
        const [next] = this.#parked.splice(this.#random.whole(0, this.#parked.length - 1), 1);
        next?.();
      } else if (this.#awake === 0) return;
    }
    throw new Error(`${this.#awake} tasks wait for something that is not part of the simulation`);
  }
}

/** Turns of the event loop in which nothing happened before we call it stuck. */
const patience = 50_000;

export function aLife(name: string): Life {
  return { name, ended: new AbortController(), frozenUntilMs: 0 };
}

export function mustLive({ ended, name }: Life): void {
  if (ended.signal.aborted) throw new Died(`${name} is dead`);
}

function isSooner(a: Timer, b: Timer | undefined): boolean {
  return b !== undefined && (a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order));
}

function isDue(timer: Timer | undefined, nowMs: number): boolean {
  return timer !== undefined && timer.atMs <= nowMs;
}
