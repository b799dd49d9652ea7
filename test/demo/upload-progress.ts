import { storeSize } from '../neo4j/state/content.ts';
import { lastTx } from '../neo4j/state/database.ts';
import type { Room } from './demo-room.ts';
import type { Place } from './place.ts';

const everyMs = 250;
/** Smaller uploads are over before anyone could watch them. */
const worthShowingBytes = 64 * 1024 * 1024;

/** Shows how much of the big database has arrived in the store, read from the store's own diary, until it is stopped. */
export function watchUpload({ cluster, print, seen }: Room, { inDiary }: Place): { stop(): Promise<void> } {
  const folder = inDiary;
  if (folder === undefined) return { stop: () => Promise.resolve() };
  const control = cluster.neo4j?.control(seen.namespace, 'production-cluster');
  const whole = Math.max(...(control?.databases() ?? []).map((database) => storeSize(database, lastTx(database))), 0);
  let before: number | undefined;
  let looking: Promise<void> | undefined;
  const look = async () => {
    const parts = (await cluster.stores.s3.eventLog()).filter(
      ({ operation, key, status }) => operation === 'uploadPart' && status < 300 && key.startsWith(folder),
    );
    const bytes = parts.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
    before ??= bytes;
    if (bytes > before && whole >= worthShowingBytes) print.progress('upload', bytes - before, whole);
  };
  const timer = setInterval(() => {
    looking ??= look()
      .catch((error: unknown) => print.note(`the upload's progress cannot be shown: ${String(error)}`))
      .finally(() => (looking = undefined));
  }, everyMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await looking;
    },
  };
}
