import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ActiveFault, Fault, Moment } from '../state/faults.ts';
import type { Output } from './output.ts';
import type { Settings } from './settings.ts';
import type { Version } from './version.ts';

/** All that a command may use of the world outside. */
export interface Context {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly version: Version;
  readonly now: () => Date;
  readonly settings: Settings;
  readonly output: Output;
  readonly faults: Faults;
  readonly scratch: Scratch;
  readonly evidence: Evidence;
}

/** Ends a command: the message goes to standard error, the code to the caller. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** What a call leaves for assertions; of credentials the names only. */
export class Evidence {
  readonly artifacts: string[] = [];
  readonly credentials = new Set<string>();
}

/** Temporary folders of this call; they go on every exit that still can do something. */
export class Scratch {
  readonly #folders = new Set<string>();

  add(folder: string): void {
    this.#folders.add(folder);
  }

  /** Leaves a folder where it is. */
  keep(folder: string): void {
    this.#folders.delete(folder);
  }

  removeAll(): void {
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
  }
}

/** The trouble this call must make. */
export class Faults {
  readonly active: readonly ActiveFault[];

  constructor(active: readonly ActiveFault[]) {
    this.active = active;
  }

  find<K extends Fault['kind']>(kind: K, database?: string): Extract<Fault, { kind: K }> | undefined {
    return this.#for(database).find((fault): fault is Extract<Fault, { kind: K }> => fault.kind === kind);
  }

  /** Hangs or dies here when it was told to. */
  async reach(moment: Moment, database?: string): Promise<void> {
    for (const fault of this.#for(database)) {
      if (fault.kind === 'die' && fault.at === moment) process.kill(process.pid, 'SIGKILL');
      if (fault.kind === 'hang' && fault.at === moment) await sleep(0x7fff_ffff);
    }
  }

  #for(database: string | undefined): Fault[] {
    return this.active
      .filter((one) => one.database === undefined || one.database === database)
      .map(({ fault }) => fault);
  }
}
