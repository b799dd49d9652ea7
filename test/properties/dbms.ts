import { judgeExit, type InspectRow, type OutputReport } from '@holdfast/core';
import { BackupError, type BackupType } from '@holdfast/types';
import type { Context } from '../../services/agent/src/context.ts';
import type { BackupCall, Engine, EngineRun } from '../../services/agent/src/backup/engine.ts';
import type { Random } from './random.ts';
import { current, type Simulation } from './simulation.ts';

/** What the next call of the engine meets. */
export type EngineTrouble = 'oneFails' | 'failsAfterAll' | 'makesNothing' | 'isSlow' | 'logsPruned';

interface Database {
  id: string;
  readonly bornMs: number;
  /** One transaction every so often. */
  readonly everyMs: number;
}

const minute = 60_000;

/** The databases of the target, and the artifacts that its engine made, by their full key. */
export class Dbms {
  readonly databases = new Map<string, Database>();
  readonly troubles: EngineTrouble[] = [];
  readonly #rows = new Map<string, InspectRow>();
  readonly #random: Random;
  readonly #simulation: Simulation;
  /** Longest time for one database. */
  readonly #longestMs: number;
  #ids = 0;

  constructor(
    names: readonly string[],
    given: { startMs: number; longestMs: number; random: Random; simulation: Simulation },
  ) {
    this.#simulation = given.simulation;
    this.#random = given.random;
    this.#longestMs = given.longestMs;
    for (const name of names) this.create(name, given.startMs);
  }

  /** A database of this name begins anew, with another identity. */
  create(name: string, nowMs: number): void {
    this.#ids += 1;
    const everyMs = this.#random.pick([minute, 30 * minute, 600 * minute]);
    this.databases.set(name, { id: `id-${name}-${this.#ids}`, bornMs: nowMs - everyMs, everyMs });
  }

  /** As `neo4j-admin` in one pod, writing into the folder that the pod was given. */
  engine(context: Context): Engine {
    return {
      version: '5.26.0',
      backup: (call) => this.#backup(call, context),
      inspect: (_path, signal) => this.#inspect(context, signal),
    };
  }

  async #backup({ type, databases, signal }: BackupCall, context: Context): Promise<EngineRun> {
    const trouble = this.troubles.shift();
    const names = databases.includes('*') ? [...this.databases.keys()] : databases;
    const failing = trouble === 'oneFails' ? this.#random.pick(names) : undefined;
    const reports: OutputReport['databases'][number][] = [];
    for (const database of names) {
      await this.#work(
        trouble === 'isSlow' ? 50 * this.#longestMs : this.#random.whole(1_000, this.#longestMs),
        signal,
      );
      if (signal.aborted || trouble === 'makesNothing') break;
      if (database === failing) {
        reports.push({ database, fellBack: false, failure: 'the database is offline' });
        continue;
      }
      const made = await this.#make(database, { type, pruned: trouble === 'logsPruned', signal }, context);
      reports.push({ database, fellBack: false, ...made });
    }
    const badly = failing !== undefined || trouble === 'failsAfterAll' || reports.some(({ failure }) => failure);
    const exit = { code: badly ? 1 : 0, ...(signal.aborted && { endedFor: endedFor(signal) }) };
    const report: OutputReport = { databases: reports, unreachable: [], signs: new Map(), completed: !badly };
    const verdict = judgeExit(exit, report, { toPath: '/store', tempPath: '/scratch' });
    return { report, ...(verdict && { verdict }), exitCode: exit.code };
  }

  /** Time passes in pieces, so that a signal ends it soon. */
  async #work(ms: number, signal: AbortSignal): Promise<void> {
    const simulation = this.#simulation;
    const task = current.getStore();
    if (!task) throw new Error('the engine runs in a pod');
    const untilMs = simulation.nowMs + ms;
    while (simulation.nowMs < untilMs && !signal.aborted)
      await simulation.sleepUntil(Math.min(untilMs, simulation.nowMs + 10 * minute), task);
  }

  /** One artifact by the chain rules of the engine: the parent is the latest in the folder that carries something. */
  async #make(
    database: string,
    { type, pruned, signal }: { type: BackupType; pruned: boolean; signal: AbortSignal },
    context: Context,
  ): Promise<{ artifact: string; type: 'FULL' | 'DIFF' } | { failure: string }> {
    const known = this.databases.get(database);
    if (!known) return { failure: 'no such database' };
    const { plan, store, clock } = context;
    const own = (await this.#inspect(context, signal)).filter(({ databaseId }) => databaseId === known.id);
    const parent = own.findLast((row) => row.full || row.highestTx > 0);
    if (type === 'DIFF' && (!parent || pruned)) return { failure: 'no parent for a differential backup' };
    const full = type === 'FULL' || !parent || pruned;
    const now = clock.now();
    const last = Math.floor((now.getTime() - known.bornMs) / known.everyMs);
    const empty = !full && last <= parent.highestTx;
    const lowestTx = full ? 1 : empty ? 0 : parent.highestTx + 1;
    const file = `${database}-${now.toISOString().slice(0, 19).replaceAll(':', '-')}.backup`;
    const body = JSON.stringify({ run: plan.run, database, file, lowestTx, last });
    this.#rows.set(`${plan.folder}/${file}`, {
      file,
      uri: `s3://backups/${plan.folder}/artifacts/${file}`,
      database,
      databaseId: known.id,
      time: new Date(Math.floor(now.getTime() / 1000) * 1000),
      full,
      compressed: true,
      lowestTx,
      highestTx: empty ? 0 : last,
      recovered: full,
    });
    try {
      if (this.#random.chance(0.2)) await store.create(`artifacts/${file}.1`, Buffer.from(`${body} part 1`));
      await store.create(`artifacts/${file}`, Buffer.from(body));
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      return { failure: 'the store does not answer' };
    }
    return { artifact: file, type: full ? 'FULL' : 'DIFF' };
  }

  async #inspect({ plan, store }: Context, signal: AbortSignal): Promise<readonly InspectRow[]> {
    const rows: InspectRow[] = [];
    for await (const { key } of store.list('artifacts/', signal)) {
      const row = this.#rows.get(`${plan.folder}/${key.slice('artifacts/'.length)}`);
      if (row) rows.push(row);
    }
    return rows.sort((a, b) => a.time.getTime() - b.time.getTime() || a.highestTx - b.highestTx);
  }
}

function endedFor({ reason }: AbortSignal): 'DeadlineExceeded' | 'Interrupted' {
  return reason === 'DeadlineExceeded' ? 'DeadlineExceeded' : 'Interrupted';
}
