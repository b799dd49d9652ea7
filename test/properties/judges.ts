import { backupFacts, jobName } from '@holdfast/core';
import { resources, type ResourceType } from '@holdfast/kube';
import type { Depth } from '@holdfast/queue';
import { annotations, type Neo4jBackup } from '@holdfast/types';
import type { StoreEvents } from './bucket.ts';
import type { Cluster } from './cluster.ts';
import { FolderJudge, type PolicyInForce, type Surroundings } from './folder-judge.ts';
import { RecordJudge } from './record-judge.ts';
import { current, type Simulation } from './simulation.ts';
import type { BackupStory, Story } from './story.ts';

/** What became of a story. */
export interface Ending {
  /** Rules that were broken, each as one sentence that begins with its name. */
  readonly violations: readonly string[];
  readonly recorded: number;
  readonly removed: number;
  /** Every status that was written and every object that came or went, as one number: the same story always has the same. */
  readonly fingerprint: number;
}

const minute = 60_000;

/** One backup with those who watch it. */
interface Case {
  readonly story: BackupStory;
  readonly folder: FolderJudge;
  readonly record: RecordJudge;
  readonly policies: PolicyInForce[];
  /** Kinds of runs that held the folder, newest last. */
  readonly holders: { kind: string; untilMs: number; sinceMs: number }[];
  seen: Neo4jBackup | undefined;
}

/** Everybody who watches a story, and what they found. */
export class Judges implements StoreEvents {
  readonly #story: Story;
  readonly #simulation: Simulation;
  readonly #cluster: () => Cluster;
  readonly #cases: readonly Case[];
  readonly #violations: string[] = [];
  #fingerprint = 0;
  #recorded = 0;
  #removed = 0;

  constructor(story: Story, simulation: Simulation, cluster: () => Cluster) {
    this.#story = story;
    this.#simulation = simulation;
    this.#cluster = cluster;
    this.#cases = story.backups.map((backup) => {
      const accuse = (invariant: string, sentence: string) => this.#accuse(invariant, `${backup.name}: ${sentence}`);
      const folder = new FolderJudge(accuse);
      const record = new RecordJudge(accuse, (run) => folder.missingOf(run, story.databases));
      return { story: backup, folder, record, policies: [], holders: [], seen: undefined };
    });
  }

  created(key: string, body: Uint8Array): void {
    const found = this.#caseOf(key);
    this.#press(`+${key.replace(/-p\d.*$/, '')} ${this.#simulation.nowMs}`);
    found?.one.folder.created(found.key, body, this.#around(found.one));
  }

  removing(key: string): void {
    const found = this.#caseOf(key);
    this.#press(`-${key.replace(/-p\d.*$/, '')}`);
    if (found?.key.startsWith('manifests/')) this.#removed += 1;
    found?.one.folder.removing(found.key, this.#around(found.one));
  }

  removed(key: string): void {
    const found = this.#caseOf(key);
    found?.one.folder.removed(found.key);
  }

  /** To be told of every change in the cluster. */
  follow(type: ResourceType, name: string): void {
    if (type.plural !== resources.backups.plural) return;
    const one = this.#cases.find(({ story }) => story.name === name);
    const backup = this.#object(name);
    if (!one || !backup) return;
    this.#press(
      `${name} ${backup.status?.phase ?? ''} ${backup.status?.activeRun?.phase ?? ''} ${this.#simulation.nowMs}`,
    );
    one.record.written(one.seen, backup, current.getStore(), this.#simulation.nowMs);
    if (backup.status?.activeRun && backup.status.activeRun.id !== one.seen?.status?.activeRun?.id) this.#recorded += 1;
    if (JSON.stringify(backup).includes('secret of')) this.#accuse('I8', `${name}: a secret stands in its record`);
    this.#followPolicy(one, backup);
    this.#followHolder(one, backup);
    one.seen = backup;
  }

  /** Asked now and then while a watcher could have looked. */
  onTime(slackMs: number): void {
    for (const { story, record } of this.#cases) {
      const job = this.#cluster().look(resources.jobs, jobName(story.name, 'backup'));
      const run = this.#object(story.name)?.status?.activeRun;
      const own = job?.metadata.annotations?.[annotations.runId] === run?.id ? job : undefined;
      const createdAt = own && Date.parse(own.metadata.creationTimestamp);
      const { nowMs } = this.#simulation;
      record.onTime(run, { deadlineMs: story.deadlineMs, nowMs, jobCreatedMs: createdAt, slackMs });
    }
  }

  /** A moment between two slots of every backup, after the calm. */
  restAt(): number {
    const { nowMs } = this.#simulation;
    const next = this.#cases.map(({ seen, story }) => {
      const slotMs = Date.parse(seen?.status?.nextRunTime ?? '');
      return Number.isNaN(slotMs) ? nowMs : slotMs + 0.6 * story.everyMs;
    });
    return Math.max(nowMs, Math.min(...next));
  }

  /** The trouble is long over: the schedule is kept, what expired is gone, nobody has anything left to do. */
  atTheEnd(depth: Depth): void {
    const { nowMs } = this.#simulation;
    for (const one of this.#cases) {
      const { story, record, folder } = one;
      const object = this.#object(story.name);
      const { status = {}, spec } = object ?? {};
      record.told(
        this.#cluster()
          .all(resources.events)
          .map(({ message = '' }) => message),
      );
      const wrong = (sentence: string) => this.#accuse('I7', `${story.name}: ${sentence}`);
      const [newest] = (status.history ?? []).filter(({ trigger }) => trigger === 'Schedule');
      if (newest?.status !== 'Succeeded' || !newest.slot)
        wrong(`the newest scheduled run ended ${newest?.status ?? 'never'}: ${newest?.error ?? ''}`);
      const ageMs = nowMs - Date.parse(newest?.slot ?? '');
      if (!(ageMs < 1.7 * story.everyMs))
        wrong(`the newest slot that was answered is ${Math.round(ageMs / minute)} minutes old`);
      const digest = object && story.runsOnEdit ? backupFacts(object).specDigest : undefined;
      if (digest !== status.triggers?.specChanged?.digest) wrong('the newest edit of the spec started no run');
      if (status.activeRun) wrong(`run ${status.activeRun.id} is still ${status.activeRun.phase}`);
      if (status.retention?.held?.length) wrong(`retention is held: ${JSON.stringify(status.retention.held)}`);
      const policy = one.policies.at(-1);
      const left = policy && spec?.retention ? folder.leftovers(policy, this.#agesMs() - 2 * story.everyMs) : [];
      if (left.length > 0) wrong(`nobody removed ${left.join(', ')}`);
    }
    if (depth.active + depth.waiting > 0) this.#accuse('I7', `rings are left: ${JSON.stringify(depth)}`);
  }

  ending(): Ending {
    return {
      violations: [...new Set(this.#violations)],
      recorded: this.#recorded,
      removed: this.#removed,
      fingerprint: this.#fingerprint,
    };
  }

  #press(text: string): void {
    for (const character of text)
      this.#fingerprint = (Math.imul(this.#fingerprint, 31) + (character.codePointAt(0) ?? 0)) | 0;
  }

  #accuse(invariant: string, sentence: string): void {
    this.#violations.push(`${invariant} at ${this.#simulation.now().toISOString()}: ${sentence}`);
  }

  #caseOf(key: string): { one: Case; key: string } | undefined {
    const [, name, ...rest] = key.split('/');
    const one = this.#cases.find(({ story }) => story.name === name);
    return one && { one, key: rest.join('/') };
  }

  #around({ policies, holders, story: { deadlineMs } }: Case): Surroundings {
    const { nowMs } = this.#simulation;
    const recent = holders.filter(({ untilMs }) => untilMs > nowMs - 10 * minute);
    const sinceMs = Math.min(nowMs, ...recent.map((holder) => holder.sinceMs));
    const inForce = policies.filter((_, index) => (policies[index + 1]?.sinceMs ?? Infinity) >= sinceMs);
    return {
      nowMs,
      agesMs: this.#agesMs(),
      modifiedMs: nowMs + this.#story.storeAheadMs,
      task: current.getStore(),
      policies: inForce,
      holders: recent.map(({ kind }) => kind),
      deadlineMs,
    };
  }

  #agesMs(): number {
    return this.#simulation.nowMs + Math.min(0, this.#story.storeAheadMs);
  }

  #followPolicy({ policies, story }: Case, { spec }: Neo4jBackup): void {
    const { maxAge, maxCount, keep } = spec.retention ?? {};
    const rules = JSON.stringify(keep ?? {});
    const suspended = spec.suspend ?? false;
    const maxAgeMs = maxAge === undefined ? undefined : durationMs(maxAge);
    const last = policies.at(-1);
    const isSame = last?.maxAgeMs === maxAgeMs && last?.maxCount === maxCount && JSON.stringify(last?.keep) === rules;
    if (last && isSame && last.suspended === suspended) return;
    const { everyMs, timeZone } = story;
    const limits = { maxAgeMs, maxCount, keep: JSON.parse(rules) as Record<string, number>, timeZone };
    policies.push({ sinceMs: this.#simulation.nowMs, ...limits, suspended, everyMs });
  }

  #followHolder({ holders, seen }: Case, { status }: Neo4jBackup): void {
    const { nowMs } = this.#simulation;
    const run = status?.activeRun;
    if (run?.id === seen?.status?.activeRun?.id) return;
    const last = holders.at(-1);
    if (last?.untilMs === Infinity) last.untilMs = nowMs;
    if (run) holders.push({ kind: run.kind, sinceMs: nowMs, untilMs: Infinity });
  }

  #object(name: string): Neo4jBackup | undefined {
    return this.#cluster().look(resources.backups, name);
  }
}

function durationMs(text: string): number {
  const units = { m: minute, h: 60 * minute, d: 24 * 60 * minute };
  const [, count, unit] = /^(\d+)([mhd])$/.exec(text) ?? [];
  return Number(count) * units[unit as keyof typeof units];
}
