import { isReason, type BackupType, type Reason } from '@holdfast/types';
import { formatDuration } from '../format/duration.ts';
import { newestFirst, type Chain } from './chains.ts';

export interface TypeQuestion {
  readonly asked: BackupType;
  /** Databases that must have an artifact afterwards; without any, those of the newest run stand in for them. */
  readonly expected: readonly string[];
  readonly chains: readonly Chain[];
  readonly limits: { readonly fullIntervalMs: number; readonly maxChainLength?: number | undefined };
  /** Reason word that makes this run a FULL; one from a newer service that we do not know counts as a broken chain. */
  readonly forceFull?: string | undefined;
  /** Chains in which something was found missing or changed. */
  readonly suspect?: ReadonlySet<string> | undefined;
  /** Ids of chains that do not stand where the engine works, each with why. */
  readonly outOfReach?: ReadonlyMap<string, string> | undefined;
  readonly now: Date;
}

/** The type to ask the engine for, why, and the sentence for people. */
export interface TypeChoice {
  readonly type: BackupType;
  readonly reason: Reason;
  readonly message: string;
}

/**
 * Decides between FULL and what was asked. It holds for the whole run, because the engine is called once for all databases: one
 * broken chain, or one at its limit, makes it a FULL for all, which also keeps the chains of a backup in step.
 */
export function chooseType(question: TypeQuestion): TypeChoice {
  if (question.asked === 'FULL') return { type: 'FULL', reason: 'AsAsked', message: 'a FULL was asked for' };
  const current = currentChains(question);
  const choice =
    forced(question) ??
    broken(current, question) ??
    due(current, question) ??
    unreachable(current, question) ??
    withoutParent(current, question);
  return (
    choice ?? { type: question.asked, reason: 'AsAsked', message: 'every expected database has a chain to build on' }
  );
}

/** The newest chain of each expected database, which is the one that a DIFF would extend. */
export function currentChains({
  chains,
  expected,
}: Pick<TypeQuestion, 'chains' | 'expected'>): ReadonlyMap<string, Chain | undefined> {
  const sorted = chains.toSorted(newestFirst);
  const newest = new Map<string, Chain>();
  for (const chain of sorted) if (!newest.has(chain.database)) newest.set(chain.database, chain);
  const names = expected.length > 0 ? expected : databasesOfNewestRun(sorted);
  return new Map(names.map((name) => [name, newest.get(name)]));
}

function databasesOfNewestRun(sorted: readonly Chain[]): string[] {
  const run = sorted[0]?.runs.at(-1);
  return run === undefined ? [] : sorted.filter(({ runs }) => runs.includes(run)).map(({ database }) => database);
}

type Current = ReadonlyMap<string, Chain | undefined>;

function forced({ forceFull }: TypeQuestion): TypeChoice | undefined {
  if (forceFull === undefined) return undefined;
  const reason = isReason(forceFull) ? forceFull : 'ChainBroken';
  return { type: 'FULL', reason, message: `a FULL is needed: ${forceFull}` };
}

function broken(current: Current, { suspect }: TypeQuestion): TypeChoice | undefined {
  for (const [database, chain] of current) {
    if (!chain) continue;
    const finding = chain.state === 'Broken' ? chain.findings[0] : undefined;
    if (finding === undefined && !suspect?.has(chain.id)) continue;
    const why = finding ?? 'something in it is missing or changed';
    return {
      type: 'FULL',
      reason: 'ChainBroken',
      message: `chain ${chain.id} of ${database} cannot be built on: ${why}`,
    };
  }
  return undefined;
}

function due(current: Current, { limits, now }: TypeQuestion): TypeChoice | undefined {
  for (const [database, chain] of current) {
    const limit = chain?.full && limitReached(chain, chain.full.manifest.startTime, limits, now);
    if (!limit) continue;
    return { type: 'FULL', reason: 'NewChainDue', message: `chain ${chain.id} of ${database} ${limit}` };
  }
  return undefined;
}

function limitReached(
  { length }: Chain,
  fullStartTime: string,
  { fullIntervalMs, maxChainLength }: TypeQuestion['limits'],
  now: Date,
): string | undefined {
  if (now.getTime() - Date.parse(fullStartTime) >= fullIntervalMs) {
    return `began more than ${formatDuration(fullIntervalMs)} ago`;
  }
  if (maxChainLength === undefined || length < maxChainLength) return undefined;
  return `has ${length} runs, and its limit is ${maxChainLength}`;
}

/** A chain is there and whole, and not where the engine could find it. */
function unreachable(current: Current, { outOfReach }: TypeQuestion): TypeChoice | undefined {
  for (const [database, chain] of current) {
    const why = chain && outOfReach?.get(chain.id);
    if (!why) continue;
    return { type: 'FULL', reason: 'NoWorkVolume', message: `chain ${chain.id} of ${database} ${why}` };
  }
  return undefined;
}

/** The engine fails a DIFF without a parent, so where only some databases have one, AUTO gives each what it can have. */
function withoutParent(current: Current, { asked }: TypeQuestion): TypeChoice | undefined {
  const lonely = [...current].filter(([, chain]) => !chain).map(([database]) => database);
  if (lonely.length === current.size)
    return { type: 'FULL', reason: 'NoParent', message: 'there is no earlier backup' };
  if (lonely.length === 0 || asked === 'AUTO') return undefined;
  return { type: 'AUTO', reason: 'NoParent', message: `there is no earlier backup of ${lonely.join(', ')}` };
}
