import { KubeError, type Kube, type KubeObject, memoryKube, resources, type ResourceType } from '@holdfast/kube';
import type { Call, Effects } from './effects.ts';

/** Something about an object of the cluster changed. */
export type Changed = (type: ResourceType, name: string) => void;

/** The cluster, as the story changes it and as processes reach it. */
export interface Cluster {
  /** What services are given. */
  readonly kube: Kube;
  /** The object as it is, for the story, its controllers and its judges: without faults and without a copy, so it is only looked at. */
  look<T extends KubeObject>(type: ResourceType<T>, name: string): T | undefined;
  all<T extends KubeObject>(type: ResourceType<T>): T[];
  put<T extends KubeObject>(type: ResourceType<T>, object: unknown): void;
  remove(type: ResourceType, name: string): Promise<void>;
}

export const namespace = 'neo4j';

/** Types whose changes somebody in the story follows. */
const followed: readonly ResourceType[] = [resources.backups, resources.jobs, resources.events];

export function openCluster(now: () => Date, effects: Effects, onChange: Changed): Cluster {
  const truth = memoryKube(now);
  const reading: Call = { outside: 'kube', changes: false, error: unavailable };
  const writing: Call = { outside: 'kube', changes: true, error: unavailable };
  const seen = new Map<ResourceType, Map<string, KubeObject>>(followed.map((type) => [type, new Map()]));
  const told = (type: ResourceType, object: KubeObject) => {
    seen.get(type)?.set(object.metadata.name, object);
    // Events are kept by who looks; in a store that others search they would only take time.
    if (type === resources.events) void truth.remove(type, { namespace, name: object.metadata.name }, background);
    onChange(type, object.metadata.name);
  };
  /** What was removed took its dependents along. */
  const lookAgain = (type: ResourceType, name: string) => {
    for (const each of [resources.backups, resources.jobs] as ResourceType[])
      seen.set(each, new Map(truth.all(each).map((object) => [object.metadata.name, object])));
    onChange(type, name);
  };
  const kube: Kube = {
    ...truth,
    get: (type, key, signal) => effects.carryOut(reading, () => truth.get(type, key, signal)),
    async *list(type, options, signal) {
      yield* await effects.carryOut(reading, () => Array.fromAsync(truth.list(type, options, signal)));
    },
    create: (type, draft, signal) =>
      effects.carryOut(writing, async () => {
        const made = await truth.create<KubeObject>(type, draft, signal);
        if (made.created) told(type, made.object);
        return made as never;
      }),
    replaceStatus: (type, object, signal) =>
      effects.carryOut({ ...writing, isRecord: true }, async () => {
        const { weather } = effects;
        if (type.plural === resources.backups.plural && weather.conflicts > 0) {
          weather.conflicts -= 1;
          return 'conflict';
        }
        const written = await truth.replaceStatus(type, object, signal);
        if (typeof written === 'object') told(type, written);
        return written;
      }),
    remove: (type, key, options, signal) =>
      effects.carryOut(writing, async () => {
        const removed = await truth.remove(type, key, options, signal);
        if (removed === 'removed') lookAgain(type, key.name);
        return removed;
      }),
  };
  return {
    kube,
    look: <T extends KubeObject>(type: ResourceType<T>, name: string) => seen.get(type)?.get(name) as T | undefined,
    all: <T extends KubeObject>(type: ResourceType<T>) => [...(seen.get(type)?.values() ?? [])] as T[],
    put(type, object) {
      const written = truth.put<KubeObject, never>(type, object as never);
      if (written.metadata.deletionTimestamp && !written.metadata.finalizers?.length)
        lookAgain(type, written.metadata.name);
      else told(type, written);
    },
    async remove(type, name) {
      await truth.remove(type, { namespace, name }, background);
      lookAgain(type, name);
    },
  };
}

const background = { propagation: 'Background' } as const;

function unavailable(how: string): Error {
  return new KubeError('transient', `the API server ${how}`, { status: 503 });
}
