import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { attemptKey } from '@holdfast/core';
import { maxTerminationBytes, type AgentResult } from '@holdfast/types';
import type { Context } from '../context.ts';

/**
 * Leaves the result twice: whole in the store, and as much of it as fits in the pod's termination message. A store that refuses does not
 * silence the message, and the other way round.
 */
export async function report(
  result: AgentResult,
  context: Pick<Context, 'store' | 'podUid' | 'log'>,
  terminationLog: string,
): Promise<void> {
  const kept = await keep(result, context);
  await writeFile(terminationLog, terminationMessage({ ...result, ...kept }));
}

/** The result as a termination message: databases and planned chains are cut, last first, until it fits. */
export function terminationMessage(result: AgentResult): string {
  let shown: AgentResult = {
    ...result,
    databases: failedFirst(result.databases).slice(0, 10),
    message: clip(result.message, 600),
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
  { store, podUid, log }: Pick<Context, 'store' | 'podUid' | 'log'>,
): Promise<Pick<AgentResult, 'runKey' | 'runDigest'>> {
  if (result.verb !== 'backup') return {};
  const key = attemptKey(result.run, result.attempt, podUid);
  const body = Buffer.from(`${JSON.stringify(result, null, 2)}\n`);
  try {
    await store.create(key, body);
    return { runKey: key, runDigest: createHash('sha256').update(body).digest('hex') };
  } catch (error) {
    log.error(
      { err: error, run: result.run, reason: 'StorageUnreachable' },
      'the result could not be kept in the store',
    );
    return {};
  }
}

function shrink(result: AgentResult): AgentResult | undefined {
  if (result.databases.length > 0) return { ...result, databases: result.databases.slice(0, -1) };
  const { retention } = result;
  if (retention && retention.remove.length > 0)
    return { ...result, retention: { ...retention, remove: retention.remove.slice(0, -1) } };
  if (result.warnings.length > 0) return { ...result, warnings: result.warnings.slice(0, -1) };
  return undefined;
}

function failedFirst(databases: AgentResult['databases']): AgentResult['databases'] {
  return databases.toSorted((a, b) => Number(b.error !== undefined) - Number(a.error !== undefined));
}

function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
