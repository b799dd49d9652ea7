import { corrections } from '@holdfast/types';
import { Refused, shown } from './refused.ts';

const unitMs = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 } as const;

/** A hundred years: longer is a slip of the hand, and sums of times stay exact. */
const longestMs = 36_525 * unitMs.d;

/**
 * Reads whole numbers with `w`, `d`, `h`, `m` or `s`, such as `30d`, `720h`, `1h30m`. Parts add up in any order.
 * @returns milliseconds, above zero
 * @throws Refused
 */
export function parseDuration(text: string): number {
  if (!/^(\d{1,12}[wdhms])+$/.test(text)) throw new Refused(`is ${shown(text)}; ${corrections.duration}`);
  let sumMs = 0;
  for (const [, digits = '0', unit] of text.matchAll(/(\d+)([wdhms])/g))
    sumMs += Number(digits) * unitMs[unit as keyof typeof unitMs];
  if (sumMs === 0) throw new Refused(`is ${shown(text)}; ${corrections.durationZero}`);
  if (sumMs > longestMs) throw new Refused(`is ${shown(text)}; ${corrections.durationLong}`);
  return sumMs;
}
