import { runFolder } from '@holdfast/core';
import { readDocument, writeDocument } from '@holdfast/storage';
import { z } from 'zod';
import type { Context } from '../context.ts';

const madeSchema = z.object({ v: z.literal(1), databases: z.array(z.string()) });

/**
 * Says in the store which databases the engine has brought, before any of them is uploaded. What is in the pod goes with the pod, and then nobody
 * else remembers databases that no object names.
 */
export async function noteMade(
  { plan, podUid, store }: Context,
  databases: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const key = `${runFolder(plan.run)}made-${plan.attempt}-${podUid.slice(0, 8)}.json`;
  await writeDocument(store, key, { v: 1, databases }, signal);
}

/** Databases that earlier pods of this run had brought. */
export async function madeBefore({ plan, store, signal }: Context): Promise<string[]> {
  const databases = new Set<string>();
  for await (const { key } of store.list(runFolder(plan.run), signal)) {
    if (!/\/made-\d+-[^/]+\.json$/.test(key)) continue;
    const made = madeSchema.safeParse(await readDocument(store, key, signal));
    for (const name of made.data?.databases ?? []) databases.add(name);
  }
  return [...databases];
}
