import { CronExpressionParser, type CronExpression } from 'cron-parser';
import type { EffectiveSchedule } from '@holdfast/types';
import { makeRoom } from './make-room.ts';
import { endOfGap, instantsOf, zoneOffset } from './wall-clock.ts';

/*
 * The daylight-saving rule. The expression is read on the wall clock of the schedule's zone.
 *
 * - An expression that names hours (`30 2 * * *`, `0 0,12 * * *`, also a step such as every second hour) fires once for each
 *   time it names: in the hour that is skipped in spring, once at the first instant after the jump (all skipped times
 *   together); in the hour that comes twice in autumn, the first time only.
 * - An expression for every hour (`*` as its hour) fires whenever the wall clock shows the minute: through both passes of the
 *   doubled hour, and not in the skipped one, so that the time between two slots stays the same.
 *
 * The cron library runs in UTC over readings of the wall, because its own handling of zones depends on where one starts asking.
 */

/** No change of clocks moves the wall by more. */
const widestShiftMs = 3 * 3_600_000;

/** Searches the first slot strictly after an instant. */
export function findSlot({ expression, timeZone }: EffectiveSchedule, after: Date): Date {
  const everyHour = expression.split(' ')[1] === '*';
  const cron = parsed(expression);
  cron.reset(new Date(startOfSearch(timeZone, after.getTime(), everyHour)));
  let best = Infinity;
  for (;;) {
    const wallMs = cron.next().getTime();
    const instants = slotsOfReading(timeZone, wallMs, everyHour);
    if (instants.length > 0 && Math.min(...instants) >= best) return new Date(best);
    best = Math.min(best, ...instants.filter((instantMs) => instantMs > after.getTime()));
    if (best < Infinity && !everyHour) return new Date(best);
    if (best < Infinity && zoneOffset(timeZone, best) === zoneOffset(timeZone, best - widestShiftMs))
      return new Date(best);
  }
}

/**
 * The reading from which to search. Readings only grow with time, except where the clock goes back: there a reading that has
 * passed comes again, and the search starts a little earlier.
 */
function startOfSearch(timeZone: string, afterMs: number, everyHour: boolean): number {
  const wallMs = afterMs + zoneOffset(timeZone, afterMs);
  const shifts = zoneOffset(timeZone, afterMs - widestShiftMs) !== zoneOffset(timeZone, afterMs + widestShiftMs);
  return everyHour && shifts ? wallMs - widestShiftMs : wallMs;
}

function slotsOfReading(timeZone: string, wallMs: number, everyHour: boolean): number[] {
  if (timeZone === 'UTC') return [wallMs];
  const instants = instantsOf(timeZone, wallMs);
  if (everyHour) return instants;
  return [instants[0] ?? endOfGap(timeZone, wallMs)];
}

/** Expressions that stay parsed. */
const mostParsed = 2000;
const cache = new Map<string, CronExpression>();

/** A parse costs more than finding a slot; the parsed value is an iterator and is reset before each use. */
function parsed(expression: string): CronExpression {
  const known = cache.get(expression);
  if (known) return known;
  makeRoom(cache, mostParsed);
  const fresh = CronExpressionParser.parse(`0 ${expression}`, { tz: 'UTC' });
  cache.set(expression, fresh);
  return fresh;
}
