import type { Bench } from '../harness/bench.ts';
import { agent } from './agent.ts';
import { cold } from './cold.ts';
import { cronjobs } from './cronjobs.ts';
import { deleting } from './delete.ts';
import { eventJob, eventJobReal } from './event-job.ts';
import { idle } from './idle.ts';
import { list } from './list.ts';
import { plan } from './plan.ts';
import { schedules } from './schedules.ts';
import { storm } from './storm.ts';
import { sweep } from './sweep.ts';
import { watcher } from './watcher.ts';
import { writes } from './writes.ts';

const all: readonly Bench[] = [
  eventJob,
  eventJobReal,
  schedules,
  cronjobs,
  watcher,
  storm,
  list,
  plan,
  sweep,
  deleting,
  writes,
  agent,
  cold,
  idle,
];

/** Every bench by its name, in the order of the page. */
export const benches: ReadonlyMap<string, Bench> = new Map(all.map((bench) => [bench.name, bench]));
