import type { Log } from '@holdfast/runtime';
import type { Bucket } from './bucket.ts';
import type { Cluster } from './cluster.ts';
import type { Dbms } from './dbms.ts';
import type { Effects } from './effects.ts';
import type { Mutation } from './mutations.ts';
import { current, type Simulation } from './simulation.ts';

/** What the code under test plays on. The seams (an opened store, a clock, the engine) find it through whoever is at work. */
export interface Stage {
  readonly simulation: Simulation;
  readonly effects: Effects;
  readonly cluster: Cluster;
  readonly bucket: Bucket;
  readonly dbms: Dbms;
  readonly log: Log;
  /** Termination messages by file. */
  readonly messages: Map<string, string>;
  /** A part of the product that is broken on purpose. */
  readonly mutation: Mutation | undefined;
}

/** The stage of the running task; undefined for code that nobody simulates. */
export function stage(): Stage | undefined {
  return current.getStore()?.world as Stage | undefined;
}

/** @throws when called by code that nobody simulates */
export function theStage(): Stage {
  const found = stage();
  if (!found) throw new Error('only simulated code may ask for this');
  return found;
}
