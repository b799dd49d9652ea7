import { reflect, type Kube, type Reflector, type resources } from '@holdfast/kube';
import { silentLog } from '../../../packages/kube/src/silent-log.ts';

/** What is followed: a kind without a controller, told by the label `v` of each object. */
export type Kind = typeof resources.leases | typeof resources.secrets;

/** A reflector as the services use it, with everything it asked and was told. */
export interface Follower {
  readonly picture: Reflector<string>;
  /** What its changes add up to, as `name=v`, sorted: nothing lost and nothing told twice makes it equal to the server's truth. */
  toldState(): string[];
  /** Mistakes in what it was told: a change of what was never there, or from another value than the last one. */
  readonly contradictions: readonly string[];
  /** Keys that it was told as gone, as often as it was told so. */
  readonly removals: readonly string[];
  /** Versions from which it has watched. */
  readonly watchedFrom: readonly string[];
  /** Versions that bookmarks have brought. */
  readonly bookmarks: readonly string[];
  /** How often the server said that a version is too old to go on from. */
  expirations(): number;
}

export interface FollowOptions {
  readonly kind: Kind;
  readonly namespace: string;
  readonly signal: AbortSignal;
  /** Real seconds after which the server ends each watch; as the reflector likes when left out. */
  readonly watchSeconds?: number;
  readonly silenceMs?: number;
  /** Awaited before each watch is asked for. */
  readonly beforeWatch?: () => Promise<void>;
  /** Objects of a page of a listing, and what happens after each page. */
  readonly pages?: { readonly limit: number; readonly after: () => Promise<void> };
}

/** Follows a kind in a namespace through this client. */
export function follow(kube: Kube, options: FollowOptions): Follower {
  const { kind, namespace, signal, silenceMs = 120_000 } = options;
  const state = new Map<string, string>();
  const contradictions: string[] = [];
  const removals: string[] = [];
  const seen = { watchedFrom: [] as string[], bookmarks: [] as string[], expirations: 0 };
  const picture = reflect({
    kube: overheard(kube, options, seen),
    type: kind,
    namespace,
    signal,
    silenceMs,
    pauseMs: 50,
    log: silentLog(),
    project: ({ metadata }) => metadata.labels?.['v'] ?? '',
    onChange: (key, current, previous) => {
      if (state.get(key) !== previous)
        contradictions.push(`${key} was ${state.get(key)} and is told as ${previous} → ${current}`);
      if (current !== undefined) return void state.set(key, current);
      state.delete(key);
      removals.push(key);
    },
  });
  return {
    picture,
    toldState: () => [...state].map(([key, v]) => `${key.slice(namespace.length + 1)}=${v}`).toSorted(),
    contradictions,
    removals,
    watchedFrom: seen.watchedFrom,
    bookmarks: seen.bookmarks,
    expirations: () => seen.expirations,
  };
}

/** The same client, with notes of what passes it, and with the sizes and times that the test wants. */
function overheard(
  kube: Kube,
  { watchSeconds, pages, beforeWatch }: FollowOptions,
  seen: { watchedFrom: string[]; bookmarks: string[]; expirations: number },
): Kube {
  const asked: Pick<Kube, 'listPage' | 'watch'> = {
    async listPage(type, options, signal) {
      const page = await kube.listPage(type, { ...options, ...(pages && { limit: pages.limit }) }, signal);
      await pages?.after();
      return page;
    },
    async *watch(type, options, signal) {
      await beforeWatch?.();
      seen.watchedFrom.push(options.resourceVersion);
      const wanted = { ...options, ...(watchSeconds && { timeoutSeconds: watchSeconds }) };
      for await (const event of kube.watch(type, wanted, signal)) {
        if (event.kind === 'bookmark') seen.bookmarks.push(event.resourceVersion);
        if (event.kind === 'expired') seen.expirations += 1;
        yield event;
      }
    },
  };
  return asked as Kube; // a reflector asks for nothing else
}
