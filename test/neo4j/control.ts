import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { storeBytes, storeDigest, storeSize } from './state/content.ts';
import { lastTx, newDatabase, withCommits, withPrunedLogs, type Database } from './state/database.ts';
import { armFault, type Fault, type FaultyCommand } from './state/faults.ts';
import { isMissing, readJson, updateJson, writeJson } from './state/json-file.ts';
import { clusterStateDir, StateFolder, type ServerMode, type ServerReport } from './state/state-folder.ts';

/** Which stand-in cluster: its own folder, or the operator's folder with `cluster: 'namespace/name'`. */
export interface ControlOptions {
  readonly stateDir: string;
  readonly cluster?: string;
  /** The dev cluster's clock; real time if left out. */
  readonly now?: () => Date;
}

/** Opens the hand that moves a stand-in cluster. It works through the state folder, whether its servers run or not. */
export function openControl({ stateDir, cluster, now = () => new Date() }: ControlOptions): Control {
  const [namespace, name] = cluster?.split('/') ?? [];
  if (cluster !== undefined && (!namespace || !name)) throw new Error(`"${cluster}" is not namespace/name`);
  return new Control(new StateFolder(namespace && name ? clusterStateDir(stateDir, namespace, name) : stateDir), now);
}

/** The hand that moves a stand-in cluster. A database or server that does not exist is an error. */
export class Control {
  readonly #state: StateFolder;
  readonly #now: () => Date;

  constructor(state: StateFolder, now: () => Date) {
    this.#state = state;
    this.#now = now;
  }

  databases(): Database[] {
    return this.#state.databases();
  }

  database(name: string): Database {
    const database = this.#state.database(name);
    if (!database) throw new Error(`stand-in database "${name}" does not exist in ${this.#state.path}`);
    return database;
  }

  /** Creates the database unless it exists. */
  create(name: string, options: { storeBytes?: number } = {}): Database {
    return this.#state.ensureDatabase(name, options.storeBytes ?? 1024 * 1024, this.#now());
  }

  /** Commits transactions, each appending `bytesPerTx`; resolves to the last transaction's number. */
  async commit(name: string, count = 1, bytesPerTx = 256): Promise<number> {
    const now = this.#now();
    return lastTx(await this.#state.updateDatabase(name, (database) => withCommits(database, count, bytesPerTx, now)));
  }

  /** Drops the logs up to and including `tx`; left out: all of them, so that only what comes next can be a DIFF. */
  async pruneLogs(name: string, tx?: number): Promise<void> {
    await this.#state.updateDatabase(name, (database) => withPrunedLogs(database, tx ?? lastTx(database)));
  }

  drop(name: string): void {
    this.#state.dropDatabase(name);
  }

  /** The same name with a new identity and nothing of the old content. */
  recreate(name: string, options: { storeBytes?: number } = {}): Database {
    const { baseBytes } = this.database(name);
    this.#state.dropDatabase(name);
    return this.#state.ensureDatabase(name, options.storeBytes ?? baseBytes, this.#now());
  }

  /** Gives a database another store size, which makes it another database. */
  async resize(name: string, storeBytes: number): Promise<Database> {
    return this.#state.updateDatabase(name, () => newDatabase(name, storeBytes, this.#now()));
  }

  async setOnline(name: string, online: boolean): Promise<void> {
    await this.#state.updateDatabase(name, (database) => ({ ...database, online }));
  }

  /** What a restore of this database up to `tx` must bring back, by name or, also after a drop, by identity. */
  expectedStore(database: string, tx?: number): { bytes: number; digest: string; chunks(): Iterable<Buffer> } {
    const record = this.#state.databaseById(database) ?? this.database(database);
    const upTo = tx ?? lastTx(record);
    return {
      bytes: storeSize(record, upTo),
      digest: storeDigest(record, upTo),
      chunks: () => storeBytes(record, upTo),
    };
  }

  /** Spoils the next `times` calls of a neo4j-admin command. */
  async arm(fault: Fault, options: { command?: FaultyCommand; database?: string; times?: number } = {}): Promise<void> {
    const { command = 'backup', database, times = 1 } = options;
    await armFault(this.#state.faultsFile, { fault, command, times, ...(database === undefined ? {} : { database }) });
  }

  disarm(): void {
    writeJson(this.#state.faultsFile, []);
  }

  /** Sets a behaviour that is unconfirmed on the real binary (names: `admin/settings.ts`) for backups of this cluster. */
  async set(setting: string, value: string): Promise<void> {
    await updateJson<Record<string, string>>(this.#state.settingsFile, (current) => ({ ...current, [setting]: value }));
  }

  servers(): ServerReport[] {
    return this.#state.serverReports();
  }

  /** Changes how a server behaves; resolves when its process has followed. */
  async setServer(server: string, mode: ServerMode): Promise<void> {
    writeJson(this.#state.modeFile(server), mode);
    await this.#until(server, ({ listening }) => listening === (mode.state !== 'stopped'));
  }

  /** Closes a server's port and opens it again; connections are lost. */
  async restart(server: string): Promise<void> {
    await this.setServer(server, { state: 'stopped' });
    await this.setServer(server, { state: 'up' });
  }

  /** Targets into which two backup commands worked at the same time. */
  overlaps(): string[] {
    try {
      const lines = readFileSync(join(this.#state.path, 'runs', 'overlaps.jsonl'), 'utf8')
        .trim()
        .split('\n');
      return lines.map((line) => (JSON.parse(line) as { target: string }).target);
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }

  async #until(server: string, fact: (report: ServerReport) => boolean): Promise<void> {
    const deadline = Date.now() + 10_000;
    for (;;) {
      const report = readJson<ServerReport>(this.#state.reportFile(server));
      if (report && fact(report)) return;
      if (Date.now() > deadline)
        throw new Error(`stand-in server "${server}" did not follow: ${JSON.stringify(report)}`);
      await sleep(10);
    }
  }
}
