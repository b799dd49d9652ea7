import { parseKey, runFolder } from '@holdfast/core';
import { type AgentResult, agentResultSchema, BackupError } from '@holdfast/types';
import type { ObjectStore } from '../object-store.ts';
import { readTyped } from './documents.ts';

/**
 * The newest result that a run's pods left in the store: highest attempt first, within it the one written last.
 * @returns undefined when no pod left one
 * @throws BackupError `EvidenceMissing`, terminal, when only unreadable ones are there: that is not the same as none
 */
export async function readAttempts(
  store: ObjectStore,
  run: string,
  signal?: AbortSignal,
): Promise<AgentResult | undefined> {
  const problems: string[] = [];
  for (const key of await newestFirst(store, run, signal)) {
    const document = await readTyped(store, key, { schema: agentResultSchema, signal });
    if (document.kind === 'read' && document.value.run === run) return document.value;
    if (document.kind === 'read') problems.push(`"${key}" says run ${document.value.run}`);
    if (document.kind === 'unreadable') problems.push(`"${key}" cannot be read: ${document.problem}`);
  }
  if (problems.length === 0) return undefined;
  throw new BackupError(
    'EvidenceMissing',
    'terminal',
    `${store.place}: ${problems.join('; ')}; look at the pod's log for what became of the run`,
  );
}

async function newestFirst(store: ObjectStore, run: string, signal: AbortSignal | undefined): Promise<string[]> {
  const found: { key: string; attempt: number; modifiedAt: Date }[] = [];
  for await (const { key, modifiedAt } of store.list(runFolder(run), signal)) {
    const parsed = parseKey(key);
    if (parsed?.kind === 'attempt') found.push({ key, attempt: parsed.attempt, modifiedAt });
  }
  return found
    .toSorted((a, b) => b.attempt - a.attempt || b.modifiedAt.getTime() - a.modifiedAt.getTime())
    .map(({ key }) => key);
}
