import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { attemptKey } from '@holdfast/core';
import { maxTerminationBytes, type AgentResult } from '@holdfast/types';
import type { Context } from '../context.ts';

/**
 * Leaves the result twice: whole in the store, and as much of it as fits in the pod's termination message. A store that refuses or
 * hangs does not silence the message, and the other way round.
 */
export async function report(result: AgentResult, desk: Desk, terminationLog: string): Promise<void> {
  const tell = (message: AgentResult) =>
    writeFile(terminationLog, terminationMessage(message)).catch((error: unknown) => {
      desk.log.error({ err: error, run: result.run, reason: 'UnexpectedError' }, 'the termination message is lost');
    });
  await tell(result);
  const kept = await keep(result, desk);
  if (kept) await tell({ ...result, ...kept });
}

/** The pod may have been told to stop long ago. */
const keepingMs = 20_000;

/** Without a store there is only the termination message. */
type Desk = Pick<Context, 'podUid' | 'log'> & Partial<Pick<Context, 'store'>>;

/** The result as a termination message: databases and planned chains are cut, last first, until it fits. */
export function terminationMessage(result: AgentResult): string {
  let shown: AgentResult = {
    ...result,
    databases: failedFirst(result.databases).slice(0, 10),
    message: clip(result.message, 600),
    ...(result.folder && { folder: shortened(result.folder) }),
  };
  for (;;) {
    const text = JSON.stringify(shown);
    if (Buffer.byteLength(text) <= maxTerminationBytes) return text;
    const smaller = shrink(shown);
    if (!smaller) return JSON.stringify({ ...shown, message: clip(shown.message, 100), warnings: [] });
    shown = smaller;
  }
}

async function keep(
  result: AgentResult,
  { store, podUid, log }: Desk,
): Promise<Pick<AgentResult, 'runKey' | 'runDigest'> | undefined> {
  if (!store || result.verb !== 'backup') return undefined;
  const key = attemptKey(result.run, result.attempt, podUid);
  const body = Buffer.from(`${JSON.stringify(result, null, 2)}\n`);
  try {
    await store.create(key, body, { signal: AbortSignal.timeout(keepingMs) });
    return { runKey: key, runDigest: createHash('sha256').update(body).digest('hex') };
  } catch (error) {
    log.error(
      { err: error, run: result.run, reason: 'StorageUnreachable' },
      'the result could not be kept in the store',
    );
    return undefined;
  }
}

function shrink(result: AgentResult): AgentResult | undefined {
  if (result.databases.length > 0) return { ...result, databases: result.databases.slice(0, -1) };
  const { retention } = result;
  if (retention && retention.remove.length > 0)
    return { ...result, retention: { ...retention, remove: retention.remove.slice(0, -1) } };
  const { folder } = result;
  if (folder && folder.damaged.length > 1)
    return { ...result, folder: { ...folder, damaged: folder.damaged.slice(0, -1) } };
  if (result.warnings.length > 0) return { ...result, warnings: result.warnings.slice(0, -1) };
  return undefined;
}

function shortened(folder: NonNullable<AgentResult['folder']>): AgentResult['folder'] {
  return { ...folder, damaged: folder.damaged.map((damaged) => ({ ...damaged, message: clip(damaged.message, 300) })) };
}

function failedFirst(databases: AgentResult['databases']): AgentResult['databases'] {
  return databases.toSorted((a, b) => Number(b.error !== undefined) - Number(a.error !== undefined));
}

function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
