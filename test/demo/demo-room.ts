import type { Compared } from './compare-bytes.ts';
import type { DevCluster } from '../cluster/start-cluster.ts';
import { lookAtRun, openPlace, type Held, type Place } from './place.ts';
import type { PodLog } from './pod-log.ts';
import type { Printer } from './print.ts';
import type { Seen, SeenRun } from './seen.ts';
import type { Sources } from './stage-facts.ts';

/** What every stage works with, and what the stages have found: the story and the document are both read from here. */
export interface Room {
  readonly cluster: DevCluster;
  readonly seen: Seen;
  readonly print: Printer;
  readonly signal: AbortSignal;
  readonly places: Map<string, Place>;
  /** Examples that were applied, by the name of the backup they made. */
  readonly examples: Map<string, string>;
  readonly held: Map<string, Held>;
  readonly logs: Map<string, PodLog>;
  restored?: Restored;
}

/** What came back by a restore, and how it compares with what the server held. */
export interface Restored extends Compared {
  readonly database: string;
  readonly backup: string;
  readonly chain: string;
  readonly artifacts: readonly string[];
  readonly transaction: number;
  /** Last transaction of the server when the two were compared. */
  readonly serverTransaction: number;
  readonly command: string;
}

/** Namespace of the examples. */
export const namespace = 'neo4j';

/** A room in which nothing has been found yet. */
export function openRoom(given: Pick<Room, 'cluster' | 'seen' | 'print' | 'signal'>): Room {
  return { ...given, places: new Map(), examples: new Map(), held: new Map(), logs: new Map() };
}

export async function placeOf(room: Room, backup: string): Promise<Place> {
  const known = room.places.get(backup);
  if (known) return known;
  const object = room.seen.backup(backup);
  if (!object) throw new Error(`backup ${backup} is not there`);
  const place = await openPlace(object, room.cluster);
  room.places.set(backup, place);
  return place;
}

export async function sourcesOf(room: Room, run: SeenRun): Promise<Sources> {
  const { cluster, seen, held } = room;
  return {
    seen,
    run,
    place: await placeOf(room, run.backup),
    held: held.get(run.id),
    redisPort: cluster.redis.port,
    offsetMs: run.offsetMs,
  };
}

/** Looks at what the store holds of a run, once it is over, and remembers it. */
export async function holdRun(room: Room, run: SeenRun): Promise<Held> {
  const held = await lookAtRun(await placeOf(room, run.backup), run.id);
  room.held.set(run.id, held);
  return held;
}
