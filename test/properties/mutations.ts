import type { mayWrite, planRetention, RetentionPlan } from '@holdfast/core';
import type { ObjectStore, sweepFolder } from '@holdfast/storage';
import type { Policy, Story, Trouble, Who } from './story.ts';

/** Parts of the product in a deliberately broken form, made from the real ones. What is absent is the real thing. */
export interface Mutation {
  readonly planRetention?: (real: typeof planRetention) => typeof planRetention;
  readonly mayWrite?: typeof mayWrite;
  readonly sweepFolder?: typeof sweepFolder;
  /** How a pod's store behaves. */
  readonly podStore?: (store: ObjectStore) => ObjectStore;
}

/** A mistake somebody could make, the rule that it breaks, and stories in which it must show. */
export interface Mistake {
  readonly name: string;
  readonly breaks: readonly string[];
  readonly mutation: Mutation;
  /** Turns any story into one that meets the mistake. */
  readonly meeting: (story: Story) => Story;
}

export const mistakes: readonly Mistake[] = [
  {
    name: 'a planner that forgets which runs are wanted',
    breaks: ['I4'],
    mutation: {
      planRetention:
        (real) =>
        (policy, ...rest) =>
          real({ ...policy, maxCount: 1 }, ...rest),
    },
    meeting: (story) => quietChains(story),
  },
  {
    name: 'a planner that forgets what the rules of keep choose',
    breaks: ['I4'],
    mutation: {
      planRetention:
        (real) =>
        (policy, ...rest) =>
          real({ ...policy, keep: undefined }, ...rest),
    },
    meeting: (story) => quietChains(story, { maxCount: 1, keep: { last: 6 } }),
  },
  {
    name: 'a planner that removes a DIFF from the middle of a chain',
    breaks: ['I4'],
    mutation: {
      planRetention:
        (real) =>
        (...given) =>
          withoutMiddle(real(...given)),
    },
    meeting: (story) => quietChains(story),
  },
  {
    name: 'a planner that does not spare the newest verified chain',
    breaks: ['I5'],
    mutation: {
      planRetention:
        (real) =>
        (...given) => {
          const plan = real(...given);
          return plan.held.length > 0 ? plan : { ...plan, keep: [], remove: [...plan.remove, ...plan.keep] };
        },
    },
    meeting: (story) => quietChains(story),
  },
  {
    name: 'a fence that lets everybody write',
    breaks: ['I1', 'I2', 'I3', 'I6', 'I7'],
    mutation: { mayWrite: () => true },
    meeting: sleepyWorkers,
  },
  {
    name: 'a pod that writes manifests before artifacts',
    breaks: ['order'],
    mutation: { podStore: artifactsLast },
    meeting: (story) => quietChains(story),
  },
  {
    name: 'a sweep that removes objects before manifests',
    breaks: ['I4'],
    mutation: { sweepFolder: (store, plan) => objectsFirst(store, plan) },
    meeting: (story) => quietChains(story),
  },
];

/** Nothing disturbs; chains of several runs grow and expire. */
function quietChains(story: Story, retention: Policy = { maxCount: 4 }): Story {
  const [first] = story.backups;
  if (!first) return story;
  const options = { backupType: 'AUTO', deadline: '1h', maxChainLength: 3 };
  return {
    ...story,
    backups: [{ ...first, options, deadlineMs: 60 * 60_000, retention }],
    databases: ['system', 'orders'],
    troubles: [],
  };
}

/**
 * A worker stands still just before it settles a run, until somebody else has settled it and the run after it, which nobody serves,
 * holds the folder.
 */
function sleepyWorkers(story: Story): Story {
  const quiet = quietChains(story);
  const everyMs = quiet.backups[0]?.everyMs ?? 0;
  const troubledMs = 16 * everyMs;
  const away = (who: Who): Trouble => ({ atMs: 0, kind: 'stop', who, forMs: troubledMs });
  const troubles: Trouble[] = [away('retention-0'), away('retention-1')];
  const asleep = { kind: 'fuse', who: 'worker-0', changes: 2, onlyRecords: true, when: 'freeze' } as const;
  for (let slot = 0; slot < 16; slot += 1) troubles.push({ ...asleep, atMs: slot * everyMs, forMs: 12 * 60_000 });
  return { ...quiet, troubledMs, troubles, backups: quiet.backups.map((backup) => ({ ...backup, onClaim: false })) };
}

function withoutMiddle(plan: RetentionPlan): RetentionPlan {
  const long = plan.keep.find(({ chain }) => chain.entries.length > 2);
  if (!long) return plan;
  const entries = long.chain.entries.slice(1, 2);
  return { ...plan, remove: [...plan.remove, { ...long, chain: { ...long.chain, entries } }] };
}

/** Artifacts reach the store only when their manifest has. */
function artifactsLast(store: ObjectStore): ObjectStore {
  const heldBack = new Map<string, Parameters<ObjectStore['create']>>();
  return {
    ...store,
    async create(...given) {
      const [key, body] = given;
      if (key.includes('/artifacts/') && body instanceof Uint8Array) {
        heldBack.set(key, given);
        return { created: true, entry: { key, bytes: body.length, modifiedAt: new Date(0) } };
      }
      const created = await store.create(...given);
      if (key.includes('/manifests/')) for (const each of heldBack.values()) await store.create(...each);
      if (key.includes('/manifests/')) heldBack.clear();
      return created;
    },
    async head(key, signal) {
      const body = heldBack.get(key)?.[1];
      return body instanceof Uint8Array
        ? { key, bytes: body.length, modifiedAt: new Date(0) }
        : store.head(key, signal);
    },
    async *list(prefix, signal) {
      yield* store.list(prefix, signal);
      for (const [key, [, body]] of heldBack)
        if (key.startsWith(prefix) && body instanceof Uint8Array)
          yield { key, bytes: body.length, modifiedAt: new Date(0) };
    },
  };
}

async function objectsFirst(store: ObjectStore, plan: RetentionPlan): ReturnType<typeof sweepFolder> {
  let removed = 0;
  for (const { chain } of plan.remove) {
    for (const { manifest, key } of chain.entries.toReversed()) {
      await store.removeMany(manifest.objects.map((object) => object.key));
      await store.remove(key);
      removed += 1;
    }
  }
  const archive = { chains: 0, artifacts: 0, bytes: 0, newest: [] };
  return {
    removed,
    archived: 0,
    archivedBytes: 0,
    held: [],
    archive,
    reclaimedBytes: 0,
    removedLeftovers: { objects: 0, runs: 0, uploads: 0 },
  };
}
