import { formatBytes } from '@holdfast/core';
import { reasons, type HistoryEntry } from '@holdfast/types';
import { example } from '../apply.ts';
import { namespace, placeOf, type Room } from '../demo-room.ts';
import type { SeenRun } from '../seen.ts';
import { entryOf } from '../stage-facts.ts';
import { readEngine, settleRun } from './follow-backup.ts';
import { apply } from './one-shots.ts';
import { bigDatabase } from './targets.ts';

/** The policy keeps two restore points, in chains of two: on the fourth day the first chain goes. */
const mostDays = 6;
const transactionsADay = 200;
const usualBytes = 4 * 1024;
/** On the day on which a new chain begins, somebody imports: from then on the store has more than 200 MB, and its FULL is long work. */
const importDay = 3;
const importBytes = 1024 * 1024;

/** Runs a schedule day by day until retention has removed a chain; answers the backup's name. */
export async function runSchedule(room: Room): Promise<string> {
  const { seen, print } = room;
  print.heading(`A schedule, day by day (${example('s3-scheduled')})`);
  const name = await apply(room, 's3-scheduled');
  for (let day = 1; day <= mostDays; day += 1) {
    const slot = await seen.until(`${name} has a next slot`, () => seen.backup(name)?.status?.nextRunTime);
    await commit(room, day === importDay ? importBytes : usualBytes);
    const run = await reachSlot(room, name, slot);
    await readEngine(room, run);
    await settleRun(room, run);
    tellRun(room, run, day);
    const retention = await answerOf(room, run);
    if (await tellRetention(room, retention)) return name;
  }
  throw new Error(`after ${mostDays} days of ${name} retention has removed nothing`);
}

async function commit({ cluster, print }: Room, bytesPerTransaction: number): Promise<void> {
  const { name, cluster: server } = bigDatabase;
  const tx = await cluster.neo4j?.control(namespace, server).commit(name, transactionsADay, bytesPerTransaction);
  const look = `npm run cluster -- neo4j --dir ${cluster.dir} --cluster ${namespace}/${server} list`;
  const what = `${transactionsADay} transactions of ${formatBytes(bytesPerTransaction)} to ${name}`;
  print.fact('committed', `${what}, the last is ${tx ?? '?'}`, look);
}

/** Moves the cluster's clock to a slot and waits for the run that answers it. */
async function reachSlot({ cluster, seen, print }: Room, name: string, slot: string): Promise<SeenRun> {
  cluster.clock.reach(new Date(slot));
  print.fact('clock', `moved to ${slot}`, `npm run cluster -- clock --dir ${cluster.dir}`);
  return seen.until(`slot ${slot} of ${name} is recorded`, () =>
    seen.runsOf(name).find(({ states }) => states[0].slot === slot),
  );
}

function tellRun({ seen, print, logs }: Room, run: SeenRun, day: number): void {
  const entry = entryOf(seen, run);
  const choice = logs.get(run.id)?.choice;
  const why = choice ? ` (${choice.reason}: ${choice.message})` : '';
  print.fact(
    `day ${day}`,
    `${entry?.type ?? '?'} ${entry?.status ?? '?'}${why}`,
    `kubectl get neo4jbackup -n ${namespace} ${run.backup} -o jsonpath='{.status.history[0]}'`,
  );
  for (const line of databasesOf(entry)) print.note(`  ${line}`);
}

function databasesOf(entry: HistoryEntry | undefined): string[] {
  return (entry?.databases ?? []).map(
    ({ name, type, bytes = 0, lowestTx, highestTx, chain }) =>
      `${name}: ${type ?? '?'}, ${formatBytes(bytes)}, ${highestTx === 0 ? 'nothing new' : `tx ${lowestTx} to ${highestTx}`}, chain ${chain ?? '?'}`,
  );
}

/** The retention run that a success brings about; the clock must not move before it is over. */
async function answerOf({ seen }: Room, run: SeenRun): Promise<SeenRun> {
  return seen.until(`retention after run ${run.id} is settled`, () => {
    const status = seen.backup(run.backup)?.status;
    if (status?.activeRun || !status?.retention?.cause?.startsWith(run.id)) return undefined;
    return seen
      .runsOf(run.backup)
      .findLast(({ states, outcome }) => states[0].kind === 'retention' && outcome?.cause === status.retention?.cause);
  });
}

/** True when something was removed. */
async function tellRetention(room: Room, { id, backup, plan, outcome }: SeenRun): Promise<boolean> {
  const { print } = room;
  const [held] = outcome?.held ?? [];
  if (held) throw new Error(`retention ${id} of ${backup} was held: ${held.reason}: ${held.message}`);
  const [kept, removed] = [outcome?.kept ?? 0, outcome?.removed ?? 0];
  const look = `kubectl get neo4jbackup -n ${namespace} ${backup} -o jsonpath='{.status.retention}'`;
  print.fact(
    'retention',
    `run ${id}: ${kept} restore point${kept === 1 ? '' : 's'} kept, ${removed} artifacts removed`,
    look,
  );
  if (removed === 0) return false;
  print.heading('Retention removed what expired');
  for (const { chain, database, artifacts, bytes, reason } of plan?.remove ?? []) {
    print.fact(
      'removed',
      `chain ${chain} of ${database}: ${artifacts} artifacts, ${formatBytes(bytes)}; ${reason}: ${sentenceOf(reason)}`,
    );
  }
  await tellRemovals(room, backup, plan?.time);
  return true;
}

/** In which order the store lost the objects, from its own diary: an artifact's manifest goes before the artifact. */
async function tellRemovals(room: Room, backup: string, since: string | undefined): Promise<void> {
  const place = await placeOf(room, backup);
  const from = Date.parse(since ?? '');
  const lost = [`${place.inDiary}manifests/`, `${place.inDiary}artifacts/`];
  const gone = (await room.cluster.stores.s3.eventLog()).filter(
    ({ operation, key, at, status }) =>
      operation === 'remove' && status < 300 && Date.parse(at) >= from && lost.some((folder) => key.startsWith(folder)),
  );
  for (const { key, at } of gone) room.print.note(`  ${at} removed ${place.at(key.slice(place.inDiary?.length))}`);
}

function sentenceOf(reason: string): string {
  return Object.hasOwn(reasons, reason) ? reasons[reason as keyof typeof reasons] : '';
}
