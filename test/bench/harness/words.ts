import type { Cost, Judgement } from './judge.ts';

/** A number in the unit that its name ends with. */
export function inUnit(value: number, name: string): string {
  if (name.endsWith('Bytes')) return `${rounded(value / 2 ** 20)} MiB`;
  if (name.endsWith('Seconds')) return `${rounded(value)} s`;
  if (/^ms$|Ms$/.test(name)) return `${rounded(value)} ms`;
  if (/[mM]ibPer/.test(name)) return `${rounded(value)} MiB/s`;
  if (/[pP]erSecond$/.test(name)) return `${rounded(value)}/s`;
  return rounded(value);
}

/** Three digits that mean something. */
export function rounded(value: number): string {
  if (value === 0 || Math.abs(value) >= 100) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

export function goalInWords({ goal, ruler, value }: Judgement): string {
  const word = (number: number) => (ruler === undefined ? inUnit(number, value) : `${number} ×`);
  return 'atMost' in goal ? `≤ ${word(goal.atMost)}` : `≥ ${word(goal.atLeast)}`;
}

/** Ratio of the medians with the smallest and largest of a round. */
export function ratioInWords({ ratio, smallest, largest, ruler, value }: Judgement): string {
  const word = (number: number) => (ruler === undefined ? inUnit(number, value) : rounded(number));
  return `${word(ratio)}${ruler === undefined ? '' : ' ×'} (${word(smallest)} … ${word(largest)})`;
}

/** What was spent, or a dash where nothing was measured. */
export function costInWords({ cpuSeconds, peakBytes }: Cost): string {
  const parts = [
    ...(cpuSeconds === undefined ? [] : [`${rounded(cpuSeconds)} s CPU`]),
    ...(peakBytes === undefined ? [] : [inUnit(peakBytes, 'peakBytes')]),
  ];
  return parts.join(', ') || '–';
}
