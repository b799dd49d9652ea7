import { isEmptyRow, type InspectRow, type Placement } from '@holdfast/core';
import { readBack } from '@holdfast/storage';
import type { StoredObject, VerificationLevel } from '@holdfast/types';
import type { Context } from '../context.ts';
import { checkConsistency } from './consistency.ts';
import type { RunLog } from './run-log.ts';

/** A new artifact between its arrival in the store and its manifest. */
export interface Arrived {
  readonly row: InspectRow;
  readonly objects: readonly StoredObject[];
  readonly place: Placement;
  /** Plain local file of the artifact, its parts beside it; absent when only the store has it. */
  readonly localFile?: string | undefined;
  /** Opens what was stored under a plain file name, so that each segment of an encrypted object is authenticated; absent for plain objects. */
  readonly open?: ((stored: AsyncIterable<Uint8Array>, name: string) => AsyncIterable<Uint8Array>) | undefined;
}

export type Verified =
  | {
      readonly kind: 'proven';
      readonly level: VerificationLevel;
      /** With the digests that reading them back established. */
      readonly objects: readonly StoredObject[];
      /** One sentence about a check that could not be made. */
      readonly remark?: string;
    }
  /** It must not count. */
  | { readonly kind: 'rejected'; readonly message: string };

/**
 * Verifies an artifact before a manifest says that it counts: reads back what the store holds, sees that its transactions join those before
 * it, and has the engine check a FULL. An artifact that `inspect` did not list never gets here.
 */
export async function verifyArtifact(
  arrived: Arrived,
  desk: { context: Context; version: string; runLog: RunLog },
  signal: AbortSignal,
): Promise<Verified> {
  const { row, place, open } = arrived;
  if (place.kind === 'orphan' && !isEmptyRow(row)) {
    const range = `transactions ${row.lowestTx} to ${row.highestTx}`;
    return { kind: 'rejected', message: `${row.file} carries ${range}, which join no artifact before it` };
  }
  const objects: StoredObject[] = [];
  for (const [index, object] of arrived.objects.entries()) {
    const name = index === 0 ? row.file : `${row.file}.${index}`;
    const through = open && ((stored: AsyncIterable<Uint8Array>) => open(stored, name));
    // What was digested before its encryption says nothing of the stored bytes; opening them does.
    const digest = through && object.digest?.of === 'plain' ? undefined : object.digest;
    const read = await readBack(desk.context.store, object, { digest, through, signal });
    if (read.kind === 'spoiled') return { kind: 'rejected', message: read.finding.message };
    objects.push({ ...object, digest: object.digest ?? read.digest });
  }
  return checkFull({ ...arrived, objects }, desk, signal);
}

async function checkFull(
  { row, objects, localFile }: Arrived,
  desk: { context: Context; version: string; runLog: RunLog },
  signal: AbortSignal,
): Promise<Verified> {
  const content: Verified = { kind: 'proven', level: 'content', objects };
  if (!row.full) return content;
  if (row.recovered === false) {
    desk.runLog.say(`${row.file} is not recovered, so neo4j-admin cannot check it; it was read back`);
    return content;
  }
  const verdict = await checkConsistency(
    { database: row.database, artifact: row.file, objects, localFile },
    desk,
    signal,
  );
  switch (verdict.kind) {
    case 'consistent':
      return { ...content, level: 'consistency' };
    case 'inconsistent':
      return {
        kind: 'rejected',
        message: `neo4j-admin database check finds ${row.file} inconsistent: ${verdict.line}`,
      };
    case 'notRun': {
      const remedy = 'see the log, and give scratch room for the database and a copy of its artifact';
      return { ...content, remark: `${row.file} was read back and could not be checked: ${verdict.line}; ${remedy}` };
    }
  }
}
