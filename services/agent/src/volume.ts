import { statfs } from 'node:fs/promises';
import type { VolumeReport } from '@holdfast/types';
import type { Context } from './context.ts';

/** How full the claim's volume is; undefined where the store is none, or its file system does not say. */
export async function volumeOf({
  storeFolder,
  log,
  plan,
}: Pick<Context, 'storeFolder' | 'log' | 'plan'>): Promise<VolumeReport | undefined> {
  if (!storeFolder) return undefined;
  try {
    const { blocks, bavail, bsize } = await statfs(storeFolder);
    return blocks > 0 ? { capacityBytes: blocks * bsize, freeBytes: bavail * bsize } : undefined;
  } catch (error) {
    log.warn({ err: error, run: plan.run, reason: 'UnexpectedError' }, 'the volume cannot be looked at');
    return undefined;
  }
}
