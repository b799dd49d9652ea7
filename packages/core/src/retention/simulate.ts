import type { EffectiveSchedule, Manifest } from '@holdfast/types';
import type { CatalogueEntry } from '../chains/catalogue-entry.ts';
import { chains, type Chain } from '../chains/chains.ts';
import { chooseType } from '../chains/choose-type.ts';
import { nextSlot } from '../schedule.ts';
import type { RetentionPolicy } from './plan.ts';
import { planRetention } from './plan-retention.ts';

/** What is asked: one database, whose runs all succeed at once, under one policy. */
export interface Simulated {
  readonly policy: Pick<RetentionPolicy, 'maxAgeMs' | 'maxCount' | 'keep' | 'timeZone'>;
  readonly schedule: EffectiveSchedule;
  readonly asked: 'AUTO' | 'FULL';
  readonly limits: { readonly fullIntervalMs: number; readonly maxChainLength?: number | undefined };
  readonly fullBytes: number;
  readonly diffBytes: number;
  readonly from: Date;
  readonly days: number;
}

/** What there is at the end of a day. */
export interface SimulatedDay {
  readonly until: Date;
  readonly artifacts: readonly SimulatedArtifact[];
  readonly bytes: number;
  /** The largest share of the folder that a plan of that day removed, in percent; above `maxDeletePercent` it would wait. */
  readonly removedPercent: number;
  /** How old the newest restore point became at worst; absent as long as there is none. */
  readonly worstAgeMs?: number;
}

export interface SimulatedArtifact {
  readonly startedAt: Date;
  readonly type: 'FULL' | 'DIFF';
  readonly chain: string;
  readonly bytes: number;
  /** Why its chain stays. */
  readonly because: readonly string[];
}

const dayMs = 86_400_000;

/** Plays a schedule day by day and lets the planner apply the policy after each run and whenever a restore point comes of age. */
export function* simulate(question: Simulated): Generator<SimulatedDay> {
  const folder = new Folder(question);
  let slot = nextSlot(question.schedule, new Date(question.from.getTime() - 1));
  for (let day = 1; day <= question.days; day += 1) {
    const until = new Date(question.from.getTime() + day * dayMs);
    folder.beginDay(new Date(until.getTime() - dayMs));
    for (;;) {
      const expiry = folder.nextExpiry;
      if (expiry && expiry <= slot && expiry <= until) folder.retain(expiry);
      else if (slot < until) {
        folder.back(slot);
        slot = nextSlot(question.schedule, slot);
      } else break;
    }
    yield folder.endDay(until);
  }
}

/** The folder of one backup, as its manifests tell it. */
class Folder {
  readonly #question: Simulated;
  /** Newest first; only the first is ever extended, so the others are not put together again. */
  #chains: readonly Chain[] = [];
  #because: ReadonlyMap<string, readonly string[]> = new Map();
  #newestMs: number | undefined;
  #transaction = 0;
  #worstAgeMs: number | undefined;
  #removedPercent = 0;
  nextExpiry: Date | undefined;

  constructor(question: Simulated) {
    this.#question = question;
  }

  beginDay(at: Date): void {
    this.#removedPercent = 0;
    this.#worstAgeMs = undefined;
    this.#age(at);
  }

  endDay(until: Date): SimulatedDay {
    this.#age(until);
    const artifacts = this.#chains.flatMap(({ id, entries }) =>
      entries.map(({ manifest }) => ({
        startedAt: new Date(manifest.startTime),
        type: manifest.type,
        chain: id,
        bytes: manifest.bytes,
        because: this.#because.get(id) ?? [],
      })),
    );
    return {
      until,
      artifacts: artifacts.toSorted((a, b) => b.startedAt.getTime() - a.startedAt.getTime()),
      bytes: this.#chains.reduce((sum, { bytes }) => sum + bytes, 0),
      removedPercent: this.#removedPercent,
      ...(this.#worstAgeMs !== undefined && { worstAgeMs: this.#worstAgeMs }),
    };
  }

  /** One run: a FULL or a DIFF, as the agent would choose, and the retention that follows it. */
  back(at: Date): void {
    this.#age(at);
    const { asked, limits } = this.#question;
    const [newest, ...others] = this.#chains;
    const { type } = chooseType({ asked, expected: [database], chains: newest ? [newest] : [], limits, now: at });
    this.#transaction += 1;
    const extended = type === 'FULL' ? undefined : newest;
    const entry = this.#entry(at, extended);
    const made = chains(extended ? [...extended.entries, entry] : [entry]);
    this.#chains = extended ? [...made, ...others] : [...made, ...this.#chains];
    this.#newestMs = at.getTime();
    this.retain(at);
  }

  retain(at: Date): void {
    const { policy } = this.#question;
    const plan = planRetention({ ...policy, suspended: false }, this.#chains, { unreadable: 0, lastSuccessAt: at }, at);
    const { keep, remove } = plan.totals;
    this.#removedPercent = Math.max(
      this.#removedPercent,
      (remove.artifacts * 100) / Math.max(1, remove.artifacts + keep.artifacts),
    );
    this.#chains = plan.keep.map(({ chain }) => chain);
    this.#because = new Map(plan.keep.map(({ chain, because }) => [chain.id, because.words]));
    this.nextExpiry = plan.nextExpiry;
  }

  #age(at: Date): void {
    if (this.#newestMs === undefined) return;
    this.#worstAgeMs = Math.max(this.#worstAgeMs ?? 0, at.getTime() - this.#newestMs);
  }

  #entry(at: Date, extended: Chain | undefined): CatalogueEntry {
    const time = at.toISOString();
    const { fullBytes, diffBytes } = this.#question;
    const bytes = extended ? diffBytes : fullBytes;
    const artifact = `${database}-${time}`;
    const parent = extended?.entries.at(-1)?.manifest.artifact;
    const manifest: Manifest = {
      formatVersion: 1,
      kind: 'ArtifactManifest',
      run: time,
      attempt: 1,
      backupUid: '',
      database,
      databaseId: database,
      artifact,
      objects: [{ key: artifact, bytes }],
      bytes,
      type: extended ? 'DIFF' : 'FULL',
      lowestTx: extended ? this.#transaction : 1,
      highestTx: this.#transaction,
      empty: false,
      compressed: true,
      recovered: !extended,
      ...(parent !== undefined && { parent }),
      chain: extended?.id ?? artifact,
      artifactTime: time,
      startTime: time,
      completionTime: time,
      origin: 'written',
      verified: { level: 'objects', time },
      engineVersion: '5.26.0',
      toolVersion: '',
    };
    return { manifest, key: time, modifiedAt: at };
  }
}

/** Databases of one backup share their runs, so one stands for all. */
const database = 'db';
