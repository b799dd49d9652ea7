import { mkdirSync, readFileSync, renameSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const staleLockMs = 5_000;

/** Reads one JSON file of the state folder; a missing file is `undefined`. The files are only written by this folder. */
export function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Writes by atomic rename, so that a reader in another process sees the old or the new value, never half of one. */
export function writeJson(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  const fresh = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}.tmp`;
  writeFileSync(fresh, JSON.stringify(value, null, 1));
  renameSync(fresh, path);
}

/** Reads, changes and writes one file while no other process does; returns what was written. */
export async function updateJson<T>(path: string, change: (current: T | undefined) => T): Promise<T> {
  await lock(path);
  try {
    const next = change(readJson<T>(path));
    writeJson(path, next);
    return next;
  } finally {
    rmdirSync(lockOf(path));
  }
}

/** True for the error of a file or folder that does not exist. */
export function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT');
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

async function lock(path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  for (;;) {
    try {
      return mkdirSync(lockOf(path));
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
      breakStaleLock(path);
      await sleep(3);
    }
  }
}

/** A killed process leaves its lock behind; no holder needs more than a moment. */
function breakStaleLock(path: string): void {
  try {
    if (Date.now() - statSync(lockOf(path)).mtimeMs > staleLockMs) rmdirSync(lockOf(path));
  } catch (error) {
    if (!isMissing(error)) throw error; // somebody else released it
  }
}

function lockOf(path: string): string {
  return `${path}.lock`;
}
