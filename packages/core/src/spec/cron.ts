import { corrections, scheduleAliases } from '@holdfast/types';
import { CronExpressionParser } from 'cron-parser';
import { replaceHashes } from './cron-hash.ts';
import { Refused, shown } from './refused.ts';

/**
 * Our own gate before the cron library, which takes an empty text for "every minute", six fields for seconds and any text for a
 * zone. Reads exactly five fields (lists, ranges, steps, names, `L`, `#`, `H`) or a known alias.
 * @param seed what `H` is derived from; the same seed always gives the same values
 * @returns five fields without `H`, single spaces between them, and the zone
 * @throws Refused
 */
export function parseSchedule(text: string, timeZone: string, seed: string): { expression: string; timeZone: string } {
  if (text.includes('=')) throw new Refused(`is ${shown(text)}; ${corrections.scheduleZone}`);
  const fields = fieldsOf(text);
  const expression = replaceHashes(fields, seed).join(' ');
  refuseWhatNeverFires(expression, text);
  return { expression, timeZone };
}

/**
 * @returns the zone's name as it was written
 * @throws Refused when this runtime does not know it
 */
export function parseTimeZone(timeZone: string): string {
  if (knownZones.has(timeZone)) return timeZone;
  try {
    new Intl.DateTimeFormat('en', { timeZone }).format(0);
    // Offsets such as +02:00 are accepted by the runtime, but have no daylight-saving rule, which is what people expect of a zone.
    if (/^[A-Za-z]/.test(timeZone)) return remember(knownZones, timeZone);
  } catch {
    // an unknown name; said below
  }
  throw new Refused(`is ${shown(timeZone)}, which is no known time zone; ${corrections.timeZone}`);
}

/** What was found good, because asking the runtime or the cron library costs more than all other reading of a spec together. */
const knownZones = new Set<string>();
const knownToFire = new Set<string>();
const rememberedWords = 2000;

function remember(words: Set<string>, word: string): string {
  if (words.size >= rememberedWords) words.clear();
  words.add(word);
  return word;
}

function fieldsOf(text: string): string[] {
  const trimmed = text.trim();
  if (trimmed.startsWith('@')) {
    const expression = scheduleAliases[trimmed.toLowerCase()];
    if (!expression) throw new Refused(`is ${shown(text)}; ${corrections.scheduleAlias}`);
    return expression.split(' ');
  }
  const fields = trimmed === '' ? [] : trimmed.split(/[ \t\n\f\r]+/);
  if (fields.length === 6) throw new Refused(`is ${shown(text)}, which has six fields; ${corrections.scheduleSeconds}`);
  if (fields.length !== 5) throw new Refused(`is ${shown(text)}; ${corrections.scheduleFields}`);
  return fields;
}

/** Any day will do: whether an expression ever fires does not depend on when one asks. */
const someDay = new Date(Date.UTC(2026, 0, 1));

function refuseWhatNeverFires(expression: string, text: string): void {
  if (knownToFire.has(expression)) return;
  try {
    CronExpressionParser.parse(`0 ${expression}`, { tz: 'UTC', currentDate: someDay }).next();
    remember(knownToFire, expression);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (/day of month definition|loop limit/i.test(why))
      throw new Refused(`is ${shown(text)}, which never fires; no such day exists`);
    throw new Refused(`is ${shown(text)}, which is no cron expression (${why}); ${corrections.scheduleNumbers}`);
  }
}
