import type { EngineTrouble } from './dbms.ts';
import { Random } from './random.ts';

const minute = 60_000;
const hour = 60 * minute;

/** Everything that happens to a world, told by one seed. */
export interface Story {
  readonly seed: number;
  readonly startMs: number;
  /** How long there is trouble; afterwards nothing disturbs any more. */
  readonly troubledMs: number;
  readonly calmMs: number;
  readonly watchers: number;
  /** How often watchers look at everything again. */
  readonly resyncMs: number;
  readonly databases: readonly string[];
  readonly storeAheadMs: number;
  readonly backups: readonly BackupStory[];
  readonly troubles: readonly Trouble[];
}

export interface BackupStory {
  readonly name: string;
  readonly onClaim: boolean;
  readonly schedule: string;
  readonly timeZone: string;
  readonly everyMs: number;
  readonly startingDeadlineSeconds?: number;
  readonly options: Readonly<Record<string, unknown>>;
  readonly deadlineMs: number;
  readonly retention: Policy;
  /** Whether an edit of its spec starts a run. */
  readonly runsOnEdit: boolean;
}

export interface Policy {
  readonly maxAge?: string;
  readonly maxCount?: number;
  readonly keep?: Readonly<Record<string, number>>;
}

/** One thing that goes wrong, or that a person does. `atMs` counts from the story's start, `forMs` from then. */
export type Trouble = { readonly atMs: number } & (
  | {
      /** Dies before or after, or freezes at, its n-th change of the outside world. */
      readonly kind: 'fuse';
      readonly who: Who;
      readonly changes: number;
      readonly onlyRecords?: boolean;
      readonly when: 'before' | 'after' | 'freeze';
      readonly forMs: number;
    }
  | { readonly kind: 'stop'; readonly who: Who; readonly forMs: number }
  | { readonly kind: 'forgetQueue' | 'evict' | 'killPod' | 'deleteJob' | 'recreateDatabase' | 'loseObject' | 'request' }
  | { readonly kind: 'conflicts'; readonly count: number }
  | { readonly kind: 'down' | 'flaky'; readonly what: 'kube' | 'store' | 'queue'; readonly forMs: number }
  | {
      readonly kind: 'cutBatches' | 'stale' | 'holdPods' | 'loseSecret' | 'loseTarget' | 'unreadable' | 'suspend';
      readonly forMs: number;
    }
  | { readonly kind: 'jump'; readonly byMs: number }
  | { readonly kind: 'engine'; readonly trouble: EngineTrouble }
  | { readonly kind: 'policy'; readonly policy: Policy }
  | { readonly kind: 'recreate' }
);

/** A kind of process, by dice one of them, or one by its name. */
export type Who = 'watcher' | 'worker' | 'retention' | 'pod' | `${'worker' | 'retention'}-${0 | 1}`;

interface Rhythm {
  readonly schedule: string;
  readonly everyMs: number;
  readonly timeZone: string;
  /** What a retention policy and a chain limit of this rhythm may say. */
  readonly ages: readonly string[];
  readonly fullIntervals: readonly string[];
}

const rhythms: readonly Rhythm[] = [
  {
    schedule: '*/30 * * * *',
    everyMs: 30 * minute,
    timeZone: 'UTC',
    ages: ['100m', '4h', '5h'],
    fullIntervals: ['90m', '3h'],
  },
  {
    schedule: '7 * * * *',
    everyMs: hour,
    timeZone: 'Europe/Berlin',
    ages: ['3h', '8h', '12h'],
    fullIntervals: ['3h', '6h'],
  },
  {
    schedule: '15 */4 * * *',
    everyMs: 4 * hour,
    timeZone: 'Europe/Berlin',
    ages: ['13h', '30h'],
    fullIntervals: ['12h', '1d'],
  },
  {
    schedule: '30 2 * * *',
    everyMs: 24 * hour,
    timeZone: 'America/New_York',
    ages: ['3d', '5d'],
    fullIntervals: ['3d', '7d'],
  },
];

/** Shortly before clocks change in Europe and in America, so that schedules meet it. */
const beginnings = ['2026-03-07T23:00:00Z', '2026-03-28T12:00:00Z', '2026-05-12T00:00:00Z', '2026-10-24T12:00:00Z'];

/** Long enough for every deadline that trouble may have left behind. */
const recoveryMs = 4 * hour;

export function aStory(seed: number): Story {
  const random = new Random(seed);
  const rhythm = random.pick(rhythms);
  const slots = random.whole(6, 14);
  const troubledMs = slots * rhythm.everyMs;
  const second = random.chance(0.2)
    ? random.pick(rhythms.filter(({ everyMs }) => everyMs >= rhythm.everyMs))
    : undefined;
  const backups = [aBackup('nightly', rhythm, random), ...(second ? [aBackup('second', second, random)] : [])];
  const longestMs = Math.max(...backups.map(({ everyMs }) => everyMs));
  return {
    seed,
    startMs: Date.parse(random.pick(beginnings)) + random.whole(0, 6 * 60) * minute,
    troubledMs,
    calmMs: recoveryMs + 3 * longestMs,
    watchers: random.chance(0.2) ? 2 : 1,
    resyncMs: Math.max(20 * minute, rhythm.everyMs / 6),
    databases: ['system', 'orders', ...(random.chance(0.15) ? ['stock'] : [])],
    storeAheadMs: random.pick([0, 0, 0, 90 * minute, -90 * minute]),
    backups: backups.map((backup) => ({ ...backup, runsOnEdit: seed % 2 === 0 })),
    troubles: Array.from({ length: random.whole(0, 10) }, () => aTrouble(troubledMs, rhythm, random)).sort(
      (a, b) => a.atMs - b.atMs,
    ),
  };
}

function aBackup(name: string, rhythm: Rhythm, random: Random): Omit<BackupStory, 'runsOnEdit'> {
  const deadlineMs = Math.max(15 * minute, Math.min(rhythm.everyMs / 2, hour));
  const [fullInterval, maxChainLength] = [random.pick(rhythm.fullIntervals), random.whole(1, 6)];
  return {
    name,
    onClaim: random.chance(0.25),
    schedule: rhythm.schedule,
    timeZone: rhythm.timeZone,
    everyMs: rhythm.everyMs,
    ...(random.chance(0.2) && { startingDeadlineSeconds: Math.round(rhythm.everyMs / 2000) }),
    options: {
      backupType: random.pick(['AUTO', 'AUTO', 'AUTO', 'DIFF', 'FULL']),
      deadline: `${Math.round(deadlineMs / minute)}m`,
      retries: random.whole(0, 2),
      ...(random.chance(0.6) && { fullInterval }),
      ...(random.chance(0.5) && { maxChainLength }),
    },
    deadlineMs,
    retention: aPolicy(rhythm, random),
  };
}

function aPolicy({ ages }: Rhythm, random: Random): Policy {
  const [maxCount, maxAge] = [random.whole(1, 6), random.pick(ages)];
  const limits: Policy = random.pick([{ maxCount }, { maxCount }, { maxAge }, { maxCount, maxAge }]);
  if (!random.chance(0.4)) return limits;
  return { ...limits, keep: { [random.pick(['last', 'hourly', 'daily'])]: random.whole(1, 4) } };
}

function aTrouble(troubledMs: number, rhythm: Rhythm, random: Random): Trouble {
  const atMs = random.whole(0, troubledMs);
  const who = random.pick<Who>(['watcher', 'worker', 'worker', 'retention', 'retention', 'pod', 'pod']);
  const shortMs = random.whole(5_000, Math.min(rhythm.everyMs, 20 * minute));
  const longMs = random.whole(minute, random.pick([0.5, 2, 4]) * rhythm.everyMs);
  const when = random.pick(['before', 'after'] as const);
  const die = { kind: 'fuse', who, when, changes: random.whole(1, 12), forMs: random.pick([shortMs, longMs]) } as const;
  const served = random.pick(['watcher', 'worker', 'retention'] as const);
  const what = random.pick(['kube', 'store', 'store', 'queue'] as const);
  const engine = random.pick<EngineTrouble>(['oneFails', 'failsAfterAll', 'makesNothing', 'isSlow', 'logsPruned']);
  const trouble = random.pick<() => Omit<Trouble, 'atMs'>>([
    () => die,
    () => die,
    () => die,
    () => ({ kind: 'stop', who: served, forMs: longMs }),
    () => ({ kind: 'fuse', who: served, when: 'freeze', changes: random.whole(1, 8), forMs: shortMs }),
    () => ({ kind: 'forgetQueue' }),
    () => ({ kind: random.pick(['evict', 'killPod', 'deleteJob'] as const) }),
    () => ({ kind: 'conflicts', count: random.whole(1, 14) }),
    () => ({ kind: 'down', what, forMs: shortMs }),
    () => ({ kind: 'flaky', what, forMs: longMs }),
    () => ({ kind: random.pick(['cutBatches', 'unreadable', 'suspend'] as const), forMs: longMs }),
    () => ({ kind: random.pick(['stale', 'holdPods', 'loseSecret', 'loseTarget'] as const), forMs: shortMs * 2 }),
    () => ({ kind: 'jump', byMs: longMs }),
    () => ({ kind: 'engine', trouble: engine }),
    () => ({ kind: 'engine', trouble: engine }),
    () => ({ kind: 'policy', policy: aPolicy(rhythm, random) }),
    () => ({ kind: random.pick(['recreateDatabase', 'loseObject', 'request', 'request', 'recreate'] as const) }),
  ])();
  return { atMs, ...trouble } as Trouble;
}
