import { zoneOffset } from '../wall-clock.ts';
import { keepRules, type KeepRule, type KeepRules } from './plan.ts';
import { sortNumbersInSteps, type Steps } from '../steps.ts';
import type { RunTable } from './run-table.ts';

/** Start of each run that a rule keeps → why, such as `daily 2026-11-20`. */
export type KeptByRules = ReadonlyMap<number, readonly string[]>;

/**
 * Chooses the runs that stay whatever their age or count: the newest ones, and the last one of each of the newest hours, days, weeks,
 * months and years that have one, as the wall clock of the zone shows them. A run that no restore can reach takes no place.
 * @param untilMs runs that claim to have started later take no place either
 */
export function* keptByRules(starts: Float64Array, rules: KeepRules, timeZone: string): Steps<KeptByRules> {
  const kept = new Map<number, string[]>();
  const wallOf = wallClock(timeZone);
  for (const rule of keepRules.filter((each) => (rules[each] ?? 0) > 0)) {
    for (const found of lastOfEach(rule, rules[rule] ?? 0, { starts, wallOf })) {
      yield;
      if (!found) continue;
      const [startMs, word] = found;
      const words = kept.get(startMs);
      if (words) words.push(word);
      else kept.set(startMs, [word]);
    }
  }
  return kept;
}

/** Starts of the runs that can be restored and do not claim to be of the future, oldest first: plain numbers sort many times faster than runs. */
export function* restorableStarts({ startedMs, restorable }: RunTable, untilMs: number): Steps<Float64Array> {
  const starts = startedMs.filter((start, run) => restorable[run] === 1 && start <= untilMs);
  yield* sortNumbersInSteps(starts);
  return starts;
}

/** Walks back from the newest run and stops at the last place, so a long history costs no more than what is kept of it. */
function* lastOfEach(
  rule: KeepRule,
  places: number,
  { starts, wallOf }: { readonly starts: Float64Array; readonly wallOf: (instantMs: number) => number },
): Generator<[startMs: number, word: string] | undefined> {
  const seen = new Set<string>();
  const unitMs = rule === 'hourly' ? hourMs : dayMs;
  let [before, unitBefore] = [Number.NaN, Number.NaN];
  for (let index = starts.length - 1; index >= 0 && seen.size < places; index--) {
    if (index % looksOfStep === 0) yield undefined;
    const startMs = starts[index] ?? 0;
    if (startMs === before) continue;
    before = startMs;
    // Most runs share their day with the one before, and a date is dear to write.
    const unit = rule === 'last' ? startMs : Math.floor(wallOf(startMs) / unitMs);
    if (unit === unitBefore) continue;
    unitBefore = unit;
    const period = rule === 'last' ? `${seen.size + 1}` : periodOf[rule](unit * unitMs);
    if (seen.has(period)) continue;
    seen.add(period);
    yield [startMs, rule === 'last' ? `last ${places}` : `${rule} ${period}`];
  }
}

const looksOfStep = 4_096;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Names of the periods that a reading of the wall lies in. The hour that comes twice in autumn is one hour. */
const periodOf: { readonly [R in Exclude<KeepRule, 'last'>]: (wallMs: number) => string } = {
  hourly: (wallMs) => `${dateOf(wallMs).slice(0, 13)}:00`,
  daily: (wallMs) => dateOf(wallMs).slice(0, 10),
  weekly: isoWeek,
  monthly: (wallMs) => dateOf(wallMs).slice(0, 7),
  yearly: (wallMs) => dateOf(wallMs).slice(0, 4),
};

function dateOf(wallMs: number): string {
  return new Date(wallMs).toISOString();
}

/** Weeks begin on Monday and belong to the year of their Thursday. */
function isoWeek(wallMs: number): string {
  const day = Math.floor(wallMs / dayMs);
  const thursday = day - ((((day + 3) % 7) + 7) % 7) + 3;
  const year = new Date(thursday * dayMs).getUTCFullYear();
  const week = Math.floor((thursday - Date.UTC(year, 0, 1) / dayMs) / 7) + 1;
  return `${year}-W${String(week).padStart(2, '0')}`;
}

/** Asks for the zone's offset twice a day only, unless it changes that day: exact answers are dear, and there may be a run each minute. */
function wallClock(timeZone: string): (instantMs: number) => number {
  if (timeZone === 'UTC') return (instantMs) => instantMs;
  const ofDay = new Map<number, number | undefined>();
  const offsetOn = (day: number): number | undefined => {
    if (ofDay.has(day)) return ofDay.get(day);
    const [begin, end] = [zoneOffset(timeZone, day * dayMs), zoneOffset(timeZone, (day + 1) * dayMs)];
    const offset = begin === end ? begin : undefined;
    ofDay.set(day, offset);
    return offset;
  };
  return (instantMs) => instantMs + (offsetOn(Math.floor(instantMs / dayMs)) ?? zoneOffset(timeZone, instantMs));
}
