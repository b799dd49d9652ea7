import type { ObjectStore } from '@holdfast/storage';
import type { RetentionStatus } from '@holdfast/types';
import { until } from '../until.ts';
import type { Scene } from './scene.ts';

/** Keys of a folder of the scene's bucket, relative to it and sorted. */
export function keysBelow({ stores }: Scene, folder: string): Promise<string[]> {
  return keysIn(stores.bucket, folder);
}

/** The same for a folder of any store. */
export async function keysIn(store: ObjectStore, folder: string): Promise<string[]> {
  const keys = await Array.fromAsync(store.list(`${folder}/`), ({ key }) => key.slice(folder.length + 1));
  return keys.toSorted();
}

/** Edits the policy, and waits for the retention run that answers it. */
export async function retain(scene: Scene, name: string, maxCount: number): Promise<RetentionStatus> {
  const before = (await scene.status(name)).retention?.cause;
  await scene.patch(name, { spec: { retention: { maxCount, maxDeletePercent: 100 } } });
  const retained = async () => {
    const { retention, activeRun } = await scene.status(name);
    return !activeRun && retention?.lastRunTime && retention.cause !== before ? retention : undefined;
  };
  return until(retained, { saying: `retention of ${name} with maxCount ${maxCount}` });
}
