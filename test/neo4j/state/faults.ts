import { updateJson } from './json-file.ts';

/** The points of a backup at which the stand-in can stop or die. */
export type Moment = 'start' | 'transfer' | 'before-publish' | 'after-publish';

/** Trouble that the stand-in neo4j-admin makes on demand. */
export type Fault =
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  | { readonly kind: 'hang'; readonly at: Moment }
  | { readonly kind: 'die'; readonly at: Moment } // SIGKILL to itself
  | { readonly kind: 'exit'; readonly code: number } // after all work was done well
  | { readonly kind: 'no-artifact' } // exit 0, nothing written
  | { readonly kind: 'bad-artifact'; readonly how: 'empty' | 'truncated' | 'flipped' }
  | { readonly kind: 'no-space'; readonly where: 'temp' | 'target' }
  | { readonly kind: 'permission-denied' }
  | { readonly kind: 'cloud-auth' }
  | { readonly kind: 'checkpoint-timeout' }
  | { readonly kind: 'long-line'; readonly bytes: number }
  | { readonly kind: 'clock-back'; readonly ms: number } // artifacts are dated earlier
  | { readonly kind: 'parts'; readonly bytes: number } // companion parts of at most so many payload bytes
  | { readonly kind: 'inconsistent' } // check finds inconsistencies
  | { readonly kind: 'fail'; readonly message: string }; // the command fails with exit 1

/** The commands that can be given a fault. */
export type FaultyCommand = 'backup' | 'inspect' | 'aggregate' | 'check' | 'restore' | 'load' | 'validate';

/** A fault waiting for the next calls of a command. */
export interface ArmedFault {
  readonly fault: Fault;
  readonly command: FaultyCommand;
  /** Only while this database is worked on; left out: whatever the database. */
  readonly database?: string;
  /** How many calls of the command it spoils. */
  readonly times: number;
}

/** A fault as the running command knows it. */
export type ActiveFault = Pick<ArmedFault, 'fault' | 'database'>;

/** Adds a fault to the file. */
export async function armFault(path: string, fault: ArmedFault): Promise<void> {
  await updateJson<ArmedFault[]>(path, (armed = []) => [...armed, fault]);
}

/** The faults that the call of `command` which is starting now must show; each has one time less afterwards. */
export async function takeFaults(path: string, command: FaultyCommand): Promise<ActiveFault[]> {
  const taken: ActiveFault[] = [];
  await updateJson<ArmedFault[]>(path, (armed = []) => {
    taken.length = 0;
    return armed.flatMap((one) => {
      if (one.command !== command) return [one];
      taken.push(active(one));
      return one.times > 1 ? [{ ...one, times: one.times - 1 }] : [];
    });
  });
  return taken;
}

function active({ fault, database }: ArmedFault): ActiveFault {
  return database === undefined ? { fault } : { fault, database };
}
