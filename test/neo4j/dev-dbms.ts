import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JournalEntry } from './admin/journal.ts';
import { openControl, type Control } from './control.ts';
import { neo4jImage } from './images.ts';

/** Where the bundled stand-ins are kept between runs; the dev clusters keep theirs there too. */
export const standInsCache = join(import.meta.dirname, '../../node_modules/.cache/holdfast/neo4j');

/** How one call of the stand-in ended. */
export interface AdminResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A call under way. */
export interface AdminCall {
  readonly process: ChildProcess;
  readonly result: Promise<AdminResult>;
}

/** A stand-in DBMS of real processes on loopback addresses, without Kubernetes. */
export class DevDbms {
  readonly dir = mkdtempSync(join(tmpdir(), 'holdfast-neo4j-'));
  readonly stateDir = join(this.dir, 'state');
  readonly home = join(this.dir, 'home');
  readonly journal = join(this.dir, 'journal.jsonl');
  readonly control: Control = openControl({ stateDir: this.stateDir });
  readonly #servers = new Map<string, { process: ChildProcess; address: string }>();
  readonly #tag: string;

  constructor(tag = '5.26-enterprise') {
    this.#tag = tag;
  }

  /** Starts a server process; resolves to its address when it listens. */
  async startServer(name: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
    const process = spawn(this.#program('startup/docker-entrypoint.sh'), [], {
      env: {
        ...globalThis.process.env,
        NEO4J_STANDIN_STATE: this.stateDir,
        NEO4J_STANDIN_SERVER: name,
        NEO4J_STANDIN_LISTEN: '127.0.0.1:0',
        NEO4J_STANDIN_STORE_BYTES: '300000',
        ...env,
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const address = await this.#reported(name, process);
    this.#servers.set(name, { process, address });
    return address;
  }

  /** Calls `neo4j-admin` of this DBMS's version. */
  call(argv: readonly string[], env: Readonly<Record<string, string>> = {}, tag = this.#tag): AdminCall {
    const process = spawn(this.#program('var/lib/neo4j/bin/neo4j-admin', tag), argv, {
      cwd: this.dir,
      env: { ...globalThis.process.env, NEO4J_HOME: this.home, NEO4J_STANDIN_JOURNAL: this.journal, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return { process, result: collect(process) };
  }

  admin(argv: readonly string[], env?: Readonly<Record<string, string>>, tag?: string): Promise<AdminResult> {
    return this.call(argv, env, tag).result;
  }

  /** `database backup` from all servers with a fresh temporary folder. */
  backup(folder: string, ...more: string[]): Promise<AdminResult> {
    return this.admin(this.backupLine(folder, ...more));
  }

  backupLine(folder: string, ...more: string[]): string[] {
    const from = [...this.#servers.values()].map(({ address }) => address).join(',');
    return ['database', 'backup', `--from=${from}`, `--to-path=${folder}`, `--temp-path=${this.folder()}`, ...more];
  }

  /** A new empty folder. */
  folder(): string {
    mkdirSync(this.dir, { recursive: true });
    return mkdtempSync(join(this.dir, 'folder-'));
  }

  calls(): JournalEntry[] {
    if (!existsSync(this.journal)) return [];
    const lines = readFileSync(this.journal, 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line) as JournalEntry);
  }

  async stop(): Promise<void> {
    for (const { process } of this.#servers.values()) {
      if (process.exitCode !== null || process.signalCode !== null) continue;
      const gone = once(process, 'exit');
      process.kill('SIGTERM');
      await gone;
    }
    rmSync(this.dir, { recursive: true, force: true });
  }

  #program(path: string, tag = this.#tag): string {
    const image = neo4jImage(`neo4j:${tag}`, {
      cacheDir: standInsCache,
    });
    return join(image?.root ?? '', path);
  }

  async #reported(name: string, process: ChildProcess): Promise<string> {
    const deadline = Date.now() + 10_000;
    for (;;) {
      const report = this.control
        .servers()
        .find((one) => one.name === name && one.pid === process.pid && one.listening);
      if (report) return `${report.address}:${report.port}`;
      if (process.exitCode !== null) throw new Error(`stand-in server ${name} ended with code ${process.exitCode}`);
      if (Date.now() > deadline) throw new Error(`stand-in server ${name} did not start`);
      await sleep(10);
    }
  }
}

/** Artifacts of a folder, oldest name first. */
export function artifactsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.backup'))
    .sort();
}

async function collect(process: ChildProcess): Promise<AdminResult> {
  let [stdout, stderr] = ['', ''];
  process.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  process.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code, signal] = (await once(process, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout, stderr };
}
