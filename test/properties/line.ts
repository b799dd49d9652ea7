import type { Depth, Doorbell, Outcome } from '@holdfast/queue';
import { BackupError, type QueueName, type Ring } from '@holdfast/types';
import type { Call, Effects } from './effects.ts';
import type { Simulation } from './simulation.ts';

/** A ring in line, with the answer to it that counts. */
interface Waiting {
  readonly ring: Ring;
  state: 'waiting' | 'delayed' | 'active';
  rung: boolean;
  thrown: number;
  /** Grows with each hand-over: who holds an older one has lost the ring. */
  claim: number;
}

/** Where a ring is answered. */
export interface Answerer {
  /** Undefined when nobody is there to answer now. */
  take(queue: QueueName, ring: Ring): Promise<Outcome | 'gone' | 'threw'> | undefined;
}

/** How long a worker may be silent before its ring goes to somebody else. */
const lockMs = 30_000;
const throwLimit = 8;

/**
 * The queue, with its delays in the story's time: a ring is delivered at least once, an answer "again" delays it, a worker that is
 * dead or frozen loses it to another, and everything may be forgotten at any moment.
 */
export class Line {
  readonly #jobs = new Map<string, Waiting>();
  readonly #simulation: Simulation;
  readonly #answerer: Answerer;
  readonly doorbell: Doorbell;

  constructor(simulation: Simulation, effects: Effects, answerer: Answerer) {
    this.#simulation = simulation;
    this.#answerer = answerer;
    const ringing: Call = { outside: 'queue', changes: true, error: unreachable };
    this.doorbell = {
      ring: (queue, ring) => effects.carryOut(ringing, () => this.#ring(queue, ring)),
      ringMany: (queue, rings) => effects.carryOut(ringing, () => rings.forEach((ring) => this.#ring(queue, ring))),
      depth: async () => this.depth(),
      up: true,
      close: async () => undefined,
    };
  }

  /** As FLUSHALL does; answers under way go on and count for nothing. */
  forget(): void {
    this.#jobs.clear();
  }

  depth(): Depth {
    const of = (state: Waiting['state']) => [...this.#jobs.values()].filter((job) => job.state === state).length;
    return { waiting: of('waiting'), delayed: of('delayed'), active: of('active') };
  }

  /** Gives what waits to whoever is free: after a ring, an answer, or a process that came back. */
  serve(): void {
    for (const [id, job] of this.#jobs) if (job.state === 'waiting') this.#give(id, job);
  }

  #ring(queue: QueueName, ring: Ring): void {
    const id = `${queue}|${ring.namespace}/${ring.name}`;
    const job = this.#jobs.get(id);
    if (!job) this.#jobs.set(id, { ring, state: 'waiting', rung: false, thrown: 0, claim: 0 });
    else if (job.state === 'active') job.rung = true;
    else job.state = 'waiting';
    this.serve();
  }

  #give(id: string, job: Waiting): void {
    const answer = this.#answerer.take(id.slice(0, id.indexOf('|')) as QueueName, job.ring);
    if (!answer) return;
    Object.assign(job, { state: 'active', rung: false });
    const claim = (job.claim += 1);
    this.#watch(id, job, claim);
    void answer.then((outcome) => {
      if (this.#holds(id, job, claim) && outcome !== 'gone') this.#settle(id, job, outcome);
      this.serve();
    });
  }

  /** A lock that is not renewed runs out. Answers take far less time, unless their process is dead or frozen. */
  #watch(id: string, job: Waiting, claim: number): void {
    this.#simulation.at(this.#simulation.nowMs + 10 * lockMs, () => {
      if (!this.#holds(id, job, claim)) return;
      job.state = 'waiting';
      this.serve();
    });
  }

  #holds(id: string, job: Waiting, claim: number): boolean {
    return this.#jobs.get(id) === job && job.claim === claim && job.state === 'active';
  }

  #settle(id: string, job: Waiting, outcome: Outcome | 'threw'): void {
    job.thrown = outcome === 'threw' ? job.thrown + 1 : 0;
    const { nowMs } = this.#simulation;
    if (job.rung) return this.#delay(id, job, nowMs + 10);
    if (outcome === 'threw') {
      if (job.thrown >= throwLimit) return void this.#jobs.delete(id);
      return this.#delay(id, job, nowMs + Math.min(1000 * 2 ** job.thrown, 300_000));
    }
    if (outcome.kind === 'again') this.#delay(id, job, Math.max(outcome.at.getTime(), nowMs + 10));
    else this.#jobs.delete(id);
  }

  #delay(id: string, job: Waiting, atMs: number): void {
    job.state = 'delayed';
    const claim = (job.claim += 1);
    this.#simulation.at(atMs, () => {
      if (this.#jobs.get(id) !== job || job.claim !== claim || job.state !== 'delayed') return;
      job.state = 'waiting';
      this.serve();
    });
  }
}

function unreachable(how: string): BackupError {
  return new BackupError('QueueUnreachable', 'transient', `the queue ${how}`);
}
