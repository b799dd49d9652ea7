import type { QueueName, Reason, Ring } from '@holdfast/types';

/** How a handler ends. *Not yet* is a value, neither a failure nor an attempt. */
export type Outcome =
  | { kind: 'done' }
  | { kind: 'again'; at: Date; reason: Reason }
  | { kind: 'failed'; reason: Reason; message: string };

/** What lies in one queue. Delayed rings whose time has come count as waiting, so a queue without workers shows its backlog. */
export interface Depth {
  readonly waiting: number;
  readonly delayed: number;
  readonly active: number;
  /** How long the ring at the head of the line has been due, in milliseconds; absent when nothing waits. */
  readonly oldestAgeMs?: number;
}

/**
 * The ringing side. Rejects with a transient BackupError, and quickly, when Redis does not answer: the caller keeps its record
 * and rings again later.
 */
export interface Doorbell {
  /**
   * Asks for one look at `ring.namespace/ring.name` that starts after this call began. Idempotent: an absent ring is added, a
   * delayed one promoted, a finished one replaced, a waiting one left where it stands, an active one rung again when it ends.
   */
  ring(queue: QueueName, ring: Ring): Promise<void>;
  /** The same for many; when it rejects, some may have been rung. */
  ringMany(queue: QueueName, rings: readonly Ring[]): Promise<void>;
  depth(queue: QueueName): Promise<Depth>;
  /** Whether Redis answers, as far as is known now. */
  readonly up: boolean;
  /** Why rings may be lost or refused although Redis answers, in one sentence; absent while all is well. */
  readonly trouble?: string | undefined;
  close(): Promise<void>;
}

/** Looks at one ring. The signal fires when the process stops or when somebody else has taken the ring over. */
export type Handler = (ring: Ring, signal: AbortSignal) => Promise<Outcome>;

/** The answering side of one queue. */
export interface Answering {
  /** Takes no new rings, lets handlers finish, aborts them after half of the deadline, and leaves after all of it. */
  close(deadlineMs: number): Promise<void>;
  /** Last sign of life of the loop that takes rings (real time). Old although `up` is true: the loop is dead, restart the process. */
  lastActivityAt(): Date;
  /** Handlers at work now. */
  readonly busy: number;
  /** When the handler began that has been at work longest (real time); undefined when none is. */
  readonly busySince: Date | undefined;
  /** Whether Redis answers, as far as is known now. */
  readonly up: boolean;
  /** Why rings may be lost or refused although Redis answers, in one sentence; absent while all is well. */
  readonly trouble?: string | undefined;
}

/** The few words of a logger that the queue needs; a pino logger fits. */
export interface QueueLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What became of one ring: for metrics. */
export interface Answered {
  readonly queue: QueueName;
  readonly ring: Ring;
  readonly outcome: Outcome;
  /** How long the ring had been due when its handler started, in milliseconds. */
  readonly waitedMs: number;
  /** How long the handler took, in milliseconds of real time. */
  readonly tookMs: number;
  /** Set when the handler threw; the outcome then says what follows from it. */
  readonly error?: unknown;
}

/** A ring whose handler threw so often that nobody looks at it any more. */
export interface GivenUp {
  readonly queue: QueueName;
  readonly ring: Ring;
  readonly reason: Reason;
  /** One sentence; of an error without a name it says nothing that the error says, since that could hold anything. */
  readonly message: string;
}

export interface AnswerOptions {
  readonly concurrency: number;
  readonly now: () => Date;
  readonly log: QueueLog;
  readonly onOutcome?: (answered: Answered) => void;
  /** A payload that no handler can be given: junk, or a version this process does not know. It is dropped. */
  readonly onJunk?: (queue: QueueName, problem: string) => void;
  /**
   * Called before a ring is dropped because its own trouble does not pass: a terminal error, or one without a name that came too often.
   * Trouble of the surroundings (transient errors) is not told here: it passes, and who rings then finds it gone.
   */
  readonly onGivenUp?: (given: GivenUp) => Promise<void>;
  /** How often in a row a handler may throw before its ring is given up. Default 8. */
  readonly throwLimit?: number;
  /** Milliseconds to wait after the n-th throw in a row (from 1). Default: 1 s doubled each time, at most 5 min, with jitter. */
  readonly backOffMs?: (thrown: number) => number;
  /** Looks at the clock this often while a ring is delayed: for clocks that jump. Default: never, real time is trusted. */
  readonly recheckMs?: number;
}
