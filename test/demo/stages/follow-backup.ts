import { holdRun, placeOf, sourcesOf, type Room } from '../demo-room.ts';
import { followPodLog } from '../pod-log.ts';
import type { SeenRun } from '../seen.ts';
import { entryOf, stageFact, type Stage } from '../stage-facts.ts';
import { watchUpload } from '../upload-progress.ts';

/** Tells every stage of a run as it is seen, the lines of neo4j-admin among them. */
export async function followBackup(room: Room, run: SeenRun): Promise<void> {
  for (const stage of ['recorded', 'admitted', 'rung', 'job', 'pod'] as const) await tellStage(room, run, stage);
  await readEngine(room, run, (line) => room.print.fact('neo4j-admin', shortened(line)));
  await settleRun(room, run);
  await tellStage(room, run, 'artifacts');
  await tellObjects(room, run);
  await tellStage(room, run, 'verified');
  await tellStage(room, run, 'settled');
}

/** Waits for the run's end, which must be a success, and looks at what the store holds of it. */
export async function settleRun(room: Room, run: SeenRun): Promise<void> {
  const { seen } = room;
  const entry = await seen.until(
    `run ${run.id} of ${run.backup} is settled`,
    () => entryOf(seen, run) ?? retrying(run),
  );
  if (entry.status !== 'Succeeded')
    throw new Error(`run ${run.id} of ${run.backup} ended ${entry.status}: ${entry.error ?? entry.reason}`);
  const { findings } = await holdRun(room, run);
  if (findings.length > 0)
    throw new Error(`run ${run.id} is settled and its store says otherwise: ${findings.join('; ')}`);
}

/** Reads the pod's log to its end; meanwhile shows how far its upload is. */
export async function readEngine(room: Room, run: SeenRun, onLine?: (line: string) => void): Promise<void> {
  const { cluster, seen, signal } = room;
  await seen.until(`a pod of run ${run.id} runs`, () =>
    run.pod?.status?.containerStatuses?.find(({ state }) => state?.running ?? state?.terminated),
  );
  const upload = watchUpload(room, await placeOf(room, run.backup));
  try {
    room.logs.set(run.id, await followPodLog(cluster, { seen, run, signal }, onLine));
  } finally {
    await upload.stop();
  }
}

async function tellStage(room: Room, run: SeenRun, stage: Stage): Promise<void> {
  const sources = await sourcesOf(room, run);
  const fact = await room.seen.until(`${stage}: run ${run.id} of ${run.backup}`, () => stageFact(stage, sources));
  room.print.fact(fact.stage, fact.text, fact.look);
}

async function tellObjects(room: Room, run: SeenRun): Promise<void> {
  const place = await placeOf(room, run.backup);
  for (const { manifest, key } of room.held.get(run.id)?.manifests ?? []) {
    room.print.note(`${manifest.database}: ${manifest.type}, tx ${manifest.lowestTx} to ${manifest.highestTx}`);
    for (const object of manifest.objects) room.print.note(`  artifact ${place.at(object.key)}`);
    room.print.note(`  manifest ${place.at(key)}`);
  }
}

/** A second attempt would only come a minute later by the cluster's clock: what spoiled the first is what matters here. */
function retrying({ id, backup, states }: SeenRun): undefined {
  const again = states.find(({ attempt }) => attempt > 1);
  if (again)
    throw new Error(
      `the first attempt of run ${id} of ${backup} failed; attempt 2 is due at ${again.notBefore ?? '?'}`,
    );
  return undefined;
}

/** Addresses in the stand-in cluster are long, and their first word tells the server. */
function shortened(line: string): string {
  return line.replaceAll(/\.[a-z0-9-]+-headless\.\S+?:6362/g, '');
}
