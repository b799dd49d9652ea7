import { randomUUID } from 'node:crypto';

/** Transactions that were committed together; each appends `bytesPerTx` to the store. */
export interface Commit {
  readonly firstTx: number;
  readonly lastTx: number;
  readonly bytesPerTx: number;
  readonly committedAt: string;
}

/** One database of a stand-in DBMS. Its content at any transaction follows from this record alone (`content.ts`). */
export interface Database {
  readonly name: string;
  /** The identity: a dropped and recreated database gets another one. */
  readonly id: string;
  readonly online: boolean;
  readonly createdAt: string;
  /** Bytes of the store at transaction 1, the creation. */
  readonly baseBytes: number;
  readonly commits: readonly Commit[];
  /** The oldest transaction whose log the servers still have. */
  readonly firstAvailableTx: number;
}

/** A database as `CREATE DATABASE` leaves it: transaction 1, new identity. */
export function newDatabase(name: string, baseBytes: number, now: Date): Database {
  return {
    name,
    id: randomUUID(),
    online: true,
    createdAt: now.toISOString(),
    baseBytes,
    commits: [],
    firstAvailableTx: 1,
  };
}

/** The last committed transaction. */
export function lastTx(database: Database): number {
  return database.commits.at(-1)?.lastTx ?? 1;
}

/** When a transaction was committed (ISO, UTC). */
export function committedAt(database: Database, tx: number): string {
  const commit = database.commits.find(({ firstTx, lastTx: last }) => firstTx <= tx && tx <= last);
  return commit?.committedAt ?? database.createdAt;
}

/** The database after `count` more transactions of `bytesPerTx` each. */
export function withCommits(database: Database, count: number, bytesPerTx: number, now: Date): Database {
  if (count < 1) throw new Error(`a commit has at least one transaction, not ${count}`);
  const firstTx = lastTx(database) + 1;
  const commit = { firstTx, lastTx: firstTx + count - 1, bytesPerTx, committedAt: now.toISOString() };
  return { ...database, commits: [...database.commits, commit] };
}

/** The database after its servers dropped every transaction log up to and including `tx`. */
export function withPrunedLogs(database: Database, tx: number): Database {
  return { ...database, firstAvailableTx: Math.max(database.firstAvailableTx, tx + 1) };
}
