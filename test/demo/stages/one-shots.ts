import { applyExample, example } from '../apply.ts';
import type { Room } from '../demo-room.ts';
import { followBackup } from './follow-backup.ts';

/** Applies a backup that runs once at S3 and one on a volume at the same time, and follows one after the other. */
export async function oneShots(room: Room): Promise<void> {
  const [s3, pvc] = [await apply(room, 's3-database'), await apply(room, 'pvc-one-shot')];
  room.print.heading(`One backup to S3, stage by stage (${example('s3-database')})`);
  await follow(room, s3);
  room.print.heading(`One backup to a volume; it went its way meanwhile (${example('pvc-one-shot')})`);
  await follow(room, pvc);
}

/** Applies an example that is one backup; answers the backup's name when the watch has told of it. */
export async function apply(room: Room, file: string): Promise<string> {
  const [made] = await applyExample(room.cluster.client, file);
  const name = made?.metadata.name ?? '';
  await room.seen.until(`${example(file)} is applied`, () => room.seen.backup(name));
  room.examples.set(name, file);
  return name;
}

async function follow(room: Room, name: string): Promise<void> {
  const run = await room.seen.until(
    `a run of ${name} is recorded`,
    () => room.seen.runsOf(name)[0] ?? refused(room, name),
  );
  await followBackup(room, run);
}

function refused({ seen }: Room, name: string): undefined {
  const ready = seen.backup(name)?.status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status === 'False') throw new Error(`${name} was refused: ${ready.reason}: ${ready.message}`);
  return undefined;
}
