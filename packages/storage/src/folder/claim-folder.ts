import { judgeOwner, ownerKey, type FolderClaim, type LastOwner, type Ownership } from '@holdfast/core';
import { BackupError, ownerRecordSchema, type OwnerRecord } from '@holdfast/types';
import type { ObjectStore } from '../object-store.ts';
import { readTyped, writeDocument } from './documents.ts';

/**
 * Makes sure that the folder is the claimant's before anything is written or removed in it: takes it when it is nobody's, or was given up
 * by name. Of two that take it at once one writes the record; the other reads it and is told whose the folder is.
 */
export async function claimFolder(
  store: ObjectStore,
  claim: FolderClaim,
  options: { now: Date; signal?: AbortSignal | undefined },
): Promise<Exclude<Ownership, { kind: 'free' }>> {
  for (let look = 0; look < mostLooks; look += 1) {
    const ownership = await ownerOf(store, claim, options.signal);
    if (ownership.kind !== 'free') return ownership;
    await writeRecord(store, ownership.number, recordOf(claim, options.now), options.signal);
  }
  throw new BackupError(
    'StorageUnreachable',
    'transient',
    `${store.place} does not show the record of the folder's owner that was just written; it is tried again`,
  );
}

/** Whose folder it is, without claiming it. */
export async function ownerOf(store: ObjectStore, claim: FolderClaim, signal?: AbortSignal): Promise<Ownership> {
  return judgeOwner(await lastOwner(store, signal), claim);
}

/** One look claims, the next one sees; more only while others take the folder over at the same time. */
const mostLooks = 5;

const mostRecords = 1_000;

/** Reads one record after the other rather than listing them: a listing that is cut short must never make a folder look free. */
async function lastOwner(store: ObjectStore, signal: AbortSignal | undefined): Promise<LastOwner | undefined> {
  let last: LastOwner | undefined;
  for (let number = 1; number <= mostRecords; number += 1) {
    const read = await readTyped(store, ownerKey(number), { schema: ownerRecordSchema, signal });
    if (read.kind === 'missing') return last;
    last = read.kind === 'read' ? { number, record: read.value } : { number, problem: read.problem };
  }
  return { number: mostRecords, problem: `it is followed by more records than the ${mostRecords} that are read` };
}

async function writeRecord(
  store: ObjectStore,
  number: number,
  record: OwnerRecord,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await writeDocument(store, ownerKey(number), record, signal);
  } catch (error) {
    // Somebody was faster: the next look says who.
    if (!(error instanceof BackupError) || error.reason !== 'NameTaken') throw error;
  }
}

function recordOf({ clusterId, namespace, name, backupUid }: FolderClaim, now: Date): OwnerRecord {
  return { v: 1, clusterId, namespace, name, backupUid, time: now.toISOString() };
}
