import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeJson } from '../state/json-file.ts';

interface OpenRun {
  readonly target: string;
  readonly server: string;
  readonly pid: number;
}

/** Backup commands at work on this cluster, whichever server they talk to; two into one folder are noted down. */
export class RunRegister {
  readonly #folder: string;
  readonly #server: string;

  constructor(statePath: string, server: string) {
    this.#folder = join(statePath, 'runs');
    this.#server = server;
    mkdirSync(this.#folder, { recursive: true });
    for (const { file } of this.#open().filter(({ run }) => run.server === server)) rmSync(file, { force: true });
  }

  /** Enters a run; `concurrent` is true when another run into the same folder has not ended. */
  enter(target: string, now: Date): { concurrent: boolean; leave(): void } {
    const concurrent = this.#open().some(({ run }) => run.target === target && isAlive(run.pid));
    const file = join(this.#folder, `${randomUUID()}.json`);
    writeJson(file, { target, server: this.#server, pid: process.pid } satisfies OpenRun);
    if (concurrent) appendFileSync(join(this.#folder, 'overlaps.jsonl'), overlapLine(target, now));
    return { concurrent, leave: () => rmSync(file, { force: true }) };
  }

  #open(): { file: string; run: OpenRun }[] {
    const files = readdirSync(this.#folder).filter((name) => name.endsWith('.json'));
    return files.flatMap((name) => {
      const run = readJson<OpenRun>(join(this.#folder, name));
      return run ? [{ file: join(this.#folder, name), run }] : [];
    });
  }
}

function overlapLine(target: string, now: Date): string {
  return `${JSON.stringify({ time: now.toISOString(), target })}\n`;
}

/** The register of a server that was killed does not count. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false; // ESRCH: that process has gone
  }
}
