import { closeSync, openSync } from 'node:fs';
import { decodeTransactions } from '../state/transaction-records.ts';
import { CommandError, type Context } from './context.ts';
import type { Folder } from './folder.ts';
import { payloadOf, type FoundArtifact } from './inventory.ts';
import type { Until } from './restore-until.ts';
import { StoreFile } from './store-file.ts';

/** Where and how far. */
export interface Rebuilding {
  readonly file: string;
  readonly until: Until;
  readonly context: Context;
}

/** Writes the store that a chain leads to, proving every artifact on the way. */
export async function rebuild(
  folder: Folder,
  [full, ...diffs]: readonly FoundArtifact[],
  { file, until, context }: Rebuilding,
): Promise<{ tx: number; bytes: number; sha256: string }> {
  if (!full) throw new CommandError('The backup chain is empty.');
  const opened = openSync(file, 'w+');
  try {
    const store = new StoreFile(opened, full.highestTx, until);
    for await (const bytes of payloadOf(folder, full)) store.append(bytes);
    await context.faults.reach('transfer', full.database);
    for (const diff of diffs) await decodeTransactions(payloadOf(folder, diff), store);
    return { tx: store.tx, bytes: store.bytes, sha256: store.digest() };
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(
      `The backup chain of database '${full.database}' cannot be used: ${error instanceof Error ? error.message : String(error)}`,
    );
  } finally {
    closeSync(opened);
  }
}
