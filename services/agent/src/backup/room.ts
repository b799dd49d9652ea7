import { statfs } from 'node:fs/promises';
import type { Context } from '../context.ts';
import { bytesBelow } from './stall.ts';

/** Bytes that can still be written in scratch. A part of the node's disk may be limited below what is free there. */
export async function roomInScratch({ scratch, plan }: Pick<Context, 'scratch' | 'plan'>): Promise<number> {
  const free = await freeBytes(scratch);
  const limit = plan.engine?.scratchBytes;
  return limit === undefined ? free : Math.max(0, Math.min(free, limit - (await bytesBelow([scratch]))));
}

/** The same for the folder where a staged run works. */
export function roomFor(
  { folder, kind }: { readonly folder: string; readonly kind: 'scratch' | 'work' },
  context: Pick<Context, 'scratch' | 'plan'>,
): Promise<number> {
  return kind === 'scratch' ? roomInScratch(context) : freeBytes(folder);
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
