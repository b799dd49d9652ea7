import type { Chain } from '../chains/chains.ts';
import { formatDuration } from '../format/duration.ts';
import type { AgeHold } from './holds.ts';
import type { Because } from './plan.ts';
import type { Protection } from './protected-chains.ts';
import type { RunTable } from './run-table.ts';
import { fall, isWanted, type Limits, type WantedRuns } from './wanted-runs.ts';

/** What decides about one chain. */
export interface Grounds {
  readonly table: RunTable;
  readonly wanted: WantedRuns;
  /** Differs from `wanted` while age is held. */
  readonly inForce: WantedRuns;
  readonly safe: ReadonlyMap<Chain, Protection>;
  readonly ageHold: AgeHold | undefined;
  readonly limits: Limits;
}

/** Why a chain stays: the first ground makes the reason and the sentence, all of them the words. Undefined for one that goes. */
export function whyKept(chain: Chain, grounds: Grounds): Because | undefined {
  const { table, wanted, inForce, safe, ageHold } = grounds;
  const protection = safe.get(chain);
  const run = newestOf(chain, wanted, table);
  const words = [...wordsOfRuns(chain, grounds), ...(protection ? [protection.word] : [])];
  if (run !== undefined)
    return { reason: 'Kept', sentence: `the policy wants run ${run}, which needs this chain`, words };
  if (protection) return { reason: 'NewestVerifiedChain', sentence: protection.sentence, words };
  if (!ageHold) return undefined;
  const spared = newestOf(chain, inForce, table);
  if (spared === undefined) return undefined;
  return {
    reason: ageHold.reason,
    sentence: `run ${spared} stays: ${ageHold.sentence}`,
    words: [`age is held: ${ageHold.reason}`],
  };
}

/** Which limit the newest run of a chain fell to, that goes. */
export function whyRemoved(chain: Chain, { table, wanted, limits }: Grounds): Because {
  const newest = table.ofChain.get(chain)?.runs.at(-1) ?? -1;
  const isOld = wanted.fellTo[newest] === fall.age;
  const [age, count] = [formatDuration(limits.maxAgeMs ?? 0), limits.maxCount ?? 0];
  const limit = isOld ? `older than ${age}` : `beyond the newest ${count} restore points`;
  return {
    reason: 'Expired',
    sentence: `no run in it is wanted; its newest, ${table.ids[newest] ?? ''}, is ${limit}`,
    words: [isOld ? limit : `beyond the newest ${count}`],
  };
}

/** Newest run of a chain among those wanted. */
function newestOf(chain: Chain, { fellTo }: WantedRuns, { ids, ofChain }: RunTable): string | undefined {
  const run = ofChain.get(chain)?.runs.findLast((each) => isWanted(fellTo[each]));
  return run === undefined ? undefined : ids[run];
}

/** A chain of a thousand hourly runs needs no thousand words. */
const mostWords = 6;

/** The grounds of a chain's runs, newest run first. */
function wordsOfRuns(chain: Chain, { table, wanted, limits }: Grounds): string[] {
  const runs = table.ofChain.get(chain)?.runs ?? new Int32Array();
  const words = new Set<string>(runs.some((run) => wanted.fellTo[run] === fall.none) ? [withinLimits(limits)] : []);
  if (wanted.kept.size === 0) return [...words];
  let more = 0;
  for (const run of runs.toReversed()) {
    if (!isWanted(wanted.fellTo[run]) || table.restorable[run] !== 1) continue;
    for (const word of wanted.kept.get(table.startedMs[run] ?? 0) ?? []) {
      if (words.has(word)) continue;
      if (words.size < mostWords) words.add(word);
      else more += 1;
    }
  }
  return more > 0 ? [...words, `${more} more`] : [...words];
}

function withinLimits({ maxAgeMs, maxCount }: Limits): string {
  const age = maxAgeMs === undefined ? [] : [`younger than ${formatDuration(maxAgeMs)}`];
  return [...age, ...(maxCount === undefined ? [] : [`newest ${maxCount}`])].join(' and ');
}
