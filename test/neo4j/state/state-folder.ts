import { existsSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newDatabase, type Database } from './database.ts';
import { readJson, updateJson } from './json-file.ts';

/** How a server behaves towards clients. */
export interface ServerMode {
  /** `stopped`: nothing listens. `hung`: connections are taken and never answered. */
  readonly state: 'up' | 'stopped' | 'hung';
  /** Ends each transfer of data after so many bytes, as a lost connection does. */
  readonly cutAfterBytes?: number;
  /** Databases this server does not host. */
  readonly without?: readonly string[];
}

/** What a running server says about itself. */
export interface ServerReport {
  readonly name: string;
  readonly pid: number;
  readonly address: string;
  readonly port: number;
  readonly role: string;
  readonly version: string;
  readonly listening: boolean;
  /** Changes whenever the process or its listener starts anew. */
  readonly generation: string;
}

/** The folder all servers of one stand-in cluster share: one file per database, all changes by atomic rename. */
export class StateFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    mkdirSync(join(path, 'databases'), { recursive: true });
    mkdirSync(join(path, 'servers'), { recursive: true });
  }

  get faultsFile(): string {
    return join(this.path, 'faults.json');
  }

  get settingsFile(): string {
    return join(this.path, 'settings.json');
  }

  databases(): Database[] {
    const names = readdirSync(join(this.path, 'databases')).filter((name) => name.endsWith('.json'));
    return names.flatMap((name) => readJson<Database>(join(this.path, 'databases', name)) ?? []);
  }

  database(name: string): Database | undefined {
    return readJson<Database>(this.#databaseFile(name));
  }

  /** Creates the database unless it exists; several servers may do so at once and one wins. */
  ensureDatabase(name: string, baseBytes: number, now: Date): Database {
    const path = this.#databaseFile(name);
    const fresh = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}.tmp`;
    if (existsSync(path)) return this.#existing(name);
    writeFileSync(fresh, JSON.stringify(newDatabase(name, baseBytes, now)));
    try {
      linkSync(fresh, path);
    } catch (error) {
      if (!existsSync(path)) throw error;
    } finally {
      rmSync(fresh, { force: true });
    }
    return this.#existing(name);
  }

  updateDatabase(name: string, change: (database: Database) => Database): Promise<Database> {
    return updateJson<Database>(this.#databaseFile(name), (current) => {
      if (!current) throw new Error(`stand-in database "${name}" does not exist in ${this.path}`);
      return change(current);
    });
  }

  /** Drops the database; its record is kept aside, so that what it contained can still be compared. */
  dropDatabase(name: string): void {
    const database = this.#existing(name);
    mkdirSync(join(this.path, 'dropped'), { recursive: true });
    renameSync(this.#databaseFile(name), join(this.path, 'dropped', `${database.id}.json`));
  }

  /** A database by identity, dropped ones included. */
  databaseById(id: string): Database | undefined {
    return (
      this.databases().find((database) => database.id === id) ??
      readJson<Database>(join(this.path, 'dropped', `${id}.json`))
    );
  }

  serverMode(server: string): ServerMode {
    return readJson<ServerMode>(this.modeFile(server)) ?? { state: 'up' };
  }

  modeFile(server: string): string {
    return join(this.path, 'servers', `${server}.mode.json`);
  }

  reportFile(server: string): string {
    return join(this.path, 'servers', `${server}.report.json`);
  }

  serverReports(): ServerReport[] {
    const names = readdirSync(join(this.path, 'servers')).filter((name) => name.endsWith('.report.json'));
    return names.flatMap((name) => readJson<ServerReport>(join(this.path, 'servers', name)) ?? []);
  }

  #existing(name: string): Database {
    const database = this.database(name);
    if (!database) throw new Error(`stand-in database "${name}" does not exist in ${this.path}`);
    return database;
  }

  #databaseFile(name: string): string {
    return join(this.path, 'databases', `${encodeURIComponent(name)}.json`);
  }
}

/** The state folder of one cluster or standalone below the operator's. */
export function clusterStateDir(root: string, namespace: string, name: string): string {
  return join(root, namespace, name);
}
