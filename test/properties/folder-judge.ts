import type { Manifest } from '@holdfast/types';
import type { Task } from './simulation.ts';

/** A policy as people wrote it, and since when. */
export interface PolicyInForce {
  readonly sinceMs: number;
  readonly maxAgeMs?: number | undefined;
  readonly maxCount?: number | undefined;
  /** How many of the newest runs, hours and days keep their last run, by the wall clock of the zone. */
  readonly keep: Readonly<Record<string, number>>;
  readonly timeZone: string;
  readonly suspended: boolean;
  readonly everyMs: number;
}

/** What the judge of a folder must know of the world at one instant. */
export interface Surroundings {
  readonly nowMs: number;
  /** The earlier of our clock and the store's. */
  readonly agesMs: number;
  readonly modifiedMs: number;
  /** Who did it; undefined for the story's own meddling, which breaks rules on purpose. */
  readonly task: Task | undefined;
  /** Every policy that held at some time since the present run of the folder began. */
  readonly policies: readonly PolicyInForce[];
  /** Kind of the run that holds the folder, or held it within the last minutes. */
  readonly holders: readonly string[];
  /** Longest time that a run may take. */
  readonly deadlineMs: number;
}

interface Known {
  readonly manifest: Manifest;
  readonly modifiedMs: number;
}

const slackMs = 15 * 60_000;

/**
 * Watches every event of one backup's folder and says which rule it broke. It knows the rules from their text alone: artifacts
 * before manifests, manifests removed first, whole chains from the newest end, nothing that a wanted run needs, never the newest
 * verified chain. None of the product's own judgement is asked.
 */
export class FolderJudge {
  readonly #objects = new Map<string, { bytes: number; run: string | undefined; createdMs: number }>();
  readonly #manifests = new Map<string, Known>();
  readonly #notes = new Map<string, Manifest>();
  readonly #unreadableSinceMs = new Map<string, number>();
  /** Artifacts by run and database: a run makes one of each. */
  readonly #made = new Map<string, string>();
  readonly #accuse: (invariant: string, sentence: string) => void;

  constructor(accuse: (invariant: string, sentence: string) => void) {
    this.#accuse = accuse;
  }

  created(key: string, body: Uint8Array, around: Surroundings): void {
    const [folder] = key.split('/');
    const text = Buffer.from(body).toString('utf8');
    if (folder === 'manifests') return this.#manifestCreated(key, text, body.length, around);
    const createdMs = around.modifiedMs;
    this.#objects.set(key, { bytes: body.length, run: /"run":"([^"]+)"/.exec(text)?.[1], createdMs });
    if (folder === 'removing') this.#notes.set(key, JSON.parse(text) as Manifest);
    if (folder === 'artifacts' && key.endsWith('.backup')) this.#artifactCreated(key, text);
  }

  removing(key: string, around: Surroundings): void {
    if (!around.task) return this.#lost(key); // the story removes behind everybody's back
    if (key.startsWith('manifests/')) this.#manifestRemoved(key, around);
    else if (key.startsWith('artifacts/')) this.#objectRemoved(key, around);
    else if (key.startsWith('runs/')) this.#documentRemoved(key);
  }

  removed(key: string): void {
    this.#objects.delete(key);
    this.#manifests.delete(key);
    this.#notes.delete(key);
    this.#unreadableSinceMs.delete(key);
  }

  /** Whether a run's manifests cover these databases, with objects that are there and as large as they say. */
  missingOf(run: string, databases: readonly string[]): string[] {
    const own = [...this.#manifests.values()].filter(({ manifest }) => manifest.run === run);
    const absent = databases.filter((name) => !own.some(({ manifest }) => manifest.database === name));
    return [...absent, ...own.flatMap(({ manifest }) => this.#absentObjects(manifest))];
  }

  /** Whole chains that the policy wants no more and that nothing protects; empty once retention has done its work. */
  leftovers(policy: PolicyInForce, agesMs: number): string[] {
    const wanted = this.#wantedRuns(policy, agesMs);
    const names = new Set<string>();
    for (const [chain, members] of this.#chains()) {
      if (members.some(({ manifest }) => wanted.has(manifest.run))) continue;
      if (this.#isNewestVerified(chain) || members.some(({ manifest }) => !this.#restorable(manifest))) continue;
      names.add(chain);
    }
    return [...names];
  }

  get size(): { artifacts: number; runs: number } {
    const runs = new Set([...this.#manifests.values()].map(({ manifest }) => manifest.run));
    return { artifacts: this.#manifests.size, runs: runs.size };
  }

  #manifestCreated(key: string, text: string, bytes: number, { nowMs, modifiedMs }: Surroundings): void {
    this.#objects.set(key, { bytes, run: undefined, createdMs: modifiedMs });
    const manifest = parse(text);
    if (!manifest) return void this.#unreadableSinceMs.set(key, nowMs);
    const absent = this.#absentObjects(manifest);
    if (absent.length > 0) this.#accuse('order', `manifest ${key} was written before ${absent.join(', ')}`);
    this.#manifests.set(key, { manifest, modifiedMs });
  }

  #artifactCreated(key: string, text: string): void {
    const { run, database } = JSON.parse(text) as { run: string; database: string };
    const earlier = this.#made.get(`${run}/${database}`);
    if (earlier) this.#accuse('I1', `run ${run} made ${earlier} and ${key} of ${database}`);
    this.#made.set(`${run}/${database}`, key);
  }

  #manifestRemoved(key: string, around: Surroundings): void {
    const known = this.#manifests.get(key);
    if (!known) return;
    const { manifest } = known;
    const who = around.task?.life.name ?? '';
    const byRetention = who.startsWith('retention') || /^pod \S+-sweep /.test(who);
    if (!byRetention) this.#accuse('I4', `${who} removed manifest ${key}; only retention removes artifacts`);
    if (!around.holders.includes('retention'))
      this.#accuse('I4', `${key} was removed while the folder was held by ${around.holders.join() || 'nobody'}`);
    for (const [bad, sinceMs] of this.#unreadableSinceMs)
      if (sinceMs < around.nowMs - slackMs) this.#accuse('I4', `${key} was removed although ${bad} cannot be read`);
    const before = this.#restorableKeys();
    const wanted = around.policies.every((policy) => this.#wantedRuns(policy, around.agesMs).has(manifest.run));
    if (wanted && before.has(key)) this.#accuse('I4', `${key} was removed although run ${manifest.run} is wanted`);
    if (this.#isNewestVerified(manifest.chain))
      this.#accuse('I5', `${key} is of ${manifest.chain}, the newest verified chain of ${manifest.database}`);
    this.#manifests.delete(key);
    const after = this.#restorableKeys();
    for (const each of before)
      if (each !== key && !after.has(each))
        this.#accuse('I4', `the removal of ${key} broke ${each}, which hangs on it`);
    this.#manifests.set(key, known);
  }

  /** Its run may make it once more. */
  #lost(key: string): void {
    for (const [place, made] of this.#made) if (made === key) this.#made.delete(place);
  }

  #objectRemoved(key: string, around: Surroundings): void {
    const life = around.task?.life.name ?? '';
    const naming = [...this.#manifests].find(([, { manifest }]) =>
      manifest.objects.some((object) => object.key === key),
    );
    if (naming) this.#accuse('I4', `${life} removed ${key}, which ${naming[0]} names`);
    const noted = [...this.#notes.values()].some(({ objects }) => objects.some((object) => object.key === key));
    if (!noted && !this.#isLeftover(key, around))
      this.#accuse('order', `${life} removed ${key} without a note that its removal began`);
  }

  /** What never counted may go an hour after the longest run, once a newer FULL of its database is verified. */
  #isLeftover(key: string, { agesMs, deadlineMs }: Surroundings): boolean {
    const createdMs = this.#objects.get(key)?.createdMs ?? agesMs;
    const database = /^artifacts\/(.+)-\d{4}-\d\d-\d\dT/.exec(key)?.[1];
    const newer = [...this.#manifests.values()].some(
      ({ manifest }) =>
        manifest.database === database && manifest.type === 'FULL' && Date.parse(manifest.startTime) > createdMs,
    );
    return newer && agesMs - createdMs > deadlineMs + 3_600_000;
  }

  #documentRemoved(key: string): void {
    const run = key.split('/')[1] ?? '';
    const left = [...this.#manifests.values()].find(({ manifest }) => manifest.run === run);
    if (left) this.#accuse('order', `${key} was removed although an artifact of run ${run} still counts`);
  }

  #absentObjects(manifest: Manifest): string[] {
    return manifest.objects.filter(({ key, bytes }) => this.#objects.get(key)?.bytes !== bytes).map(({ key }) => key);
  }

  /** Restore points that a policy wants: young enough, and among the newest so many that can be restored. */
  #wantedRuns(policy: PolicyInForce, agesMs: number): ReadonlySet<string> {
    const { maxAgeMs, maxCount, suspended, everyMs } = policy;
    const runs = new Map<string, { startedMs: number; agedFromMs: number; restorable: boolean }>();
    let lastSuccessMs = 0;
    for (const { manifest, modifiedMs } of this.#manifests.values()) {
      const startedMs = Date.parse(manifest.startTime);
      const known = runs.get(manifest.run);
      runs.set(manifest.run, {
        startedMs: Math.max(known?.startedMs ?? 0, startedMs),
        agedFromMs: Math.max(known?.agedFromMs ?? 0, startedMs, modifiedMs),
        restorable: known?.restorable === true || this.#restorable(manifest),
      });
      lastSuccessMs = Math.max(lastSuccessMs, Date.parse(manifest.completionTime));
    }
    if (maxAgeMs === undefined && maxCount === undefined) return new Set(runs.keys());
    const stale = agesMs - lastSuccessMs > 2 * everyMs + slackMs;
    const starts = [...runs.values()].filter((run) => run.restorable).map((run) => run.startedMs);
    const oldestCounted = starts.toSorted((a, b) => b - a)[(maxCount ?? Infinity) - 1] ?? -Infinity;
    const wanted = [...runs].filter(
      ([, run]) =>
        run.startedMs >= oldestCounted &&
        (maxAgeMs === undefined || suspended || stale || run.agedFromMs > agesMs - maxAgeMs),
    );
    const newestFirst = [...runs]
      .filter(([, run]) => run.restorable)
      .toSorted(([, a], [, b]) => b.startedMs - a.startedMs);
    return new Set([...wanted.map(([run]) => run), ...keptBy(policy, newestFirst)]);
  }

  #chains(): Map<string, Known[]> {
    return Map.groupBy(this.#manifests.values(), ({ manifest }) => manifest.chain);
  }

  #isNewestVerified(chain: string): boolean {
    const chains = this.#chains();
    const database = chains.get(chain)?.[0]?.manifest.database;
    let newest: { chain: string; atMs: number } | undefined;
    for (const [id, members] of chains) {
      if (members[0]?.manifest.database !== database) continue;
      if (members.some(({ manifest }) => !this.#restorable(manifest))) continue;
      const atMs = Math.max(...members.map(({ manifest }) => Date.parse(manifest.startTime)));
      if (!newest || atMs > newest.atMs) newest = { chain: id, atMs };
    }
    return newest?.chain === chain;
  }

  #restorableKeys(): Set<string> {
    return new Set([...this.#manifests].filter(([, { manifest }]) => this.#restorable(manifest)).map(([key]) => key));
  }

  /** Whether the manifests lead from this artifact to a FULL, each link right after its parent. */
  #restorable(manifest: Manifest): boolean {
    if (manifest.type === 'FULL') return true;
    const parent = [...this.#manifests.values()].find(
      (other) => other.manifest.artifact === manifest.parent && other.manifest.databaseId === manifest.databaseId,
    )?.manifest;
    if (!parent || (parent.type === 'DIFF' && parent.highestTx === 0)) return false;
    const isEmpty = manifest.lowestTx === 0 && manifest.highestTx === 0;
    return (isEmpty || manifest.lowestTx === parent.highestTx + 1) && this.#restorable(parent);
  }
}

/** The last run of each of the newest periods that have one. */
function* keptBy(
  { keep, timeZone }: PolicyInForce,
  newestFirst: readonly (readonly [run: string, { readonly startedMs: number }])[],
): Generator<string> {
  for (const [rule, places] of Object.entries(keep)) {
    const seen = new Set<string>();
    for (const [run, { startedMs }] of newestFirst) {
      const wall = new Date(startedMs).toLocaleString('sv-SE', { timeZone });
      const period = rule === 'last' ? run : wall.slice(0, rule === 'hourly' ? 13 : 10);
      if (seen.has(period) || seen.size === places) continue;
      seen.add(period);
      yield run;
    }
  }
}

function parse(text: string): Manifest | undefined {
  try {
    const manifest = JSON.parse(text) as Manifest;
    return manifest.formatVersion === 1 ? manifest : undefined;
  } catch {
    return undefined;
  }
}
