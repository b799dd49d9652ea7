import type { Comparison, Goal, Round } from './bench.ts';

/** What the rounds say of one comparison. */
export interface Judgement {
  readonly title: string;
  readonly ours: string;
  readonly ruler?: string;
  readonly value: string;
  readonly goal: Goal;
  readonly oursMedian: number;
  readonly rulerMedian?: number;
  /** Of the medians; without a ruler the median itself. */
  readonly ratio: number;
  /** Smallest and largest of a round. */
  readonly smallest: number;
  readonly largest: number;
  /** Judged by the unfavourable end. */
  readonly met: boolean;
  /** Medians of what the value cost, where it was measured. */
  readonly cost: { readonly ours: Cost; readonly ruler?: Cost };
}

export interface Cost {
  readonly cpuSeconds?: number;
  readonly peakBytes?: number;
}

/** Judges one comparison by all rounds that count. */
export function judge(comparison: Comparison, rounds: readonly Round[]): Judgement {
  const { title, ours, ruler, value, goal } = comparison;
  const oursEach = valuesOf(rounds, ours, value);
  const rulerEach = ruler === undefined ? undefined : valuesOf(rounds, ruler, value);
  const ratios = oursEach.map((each, index) => each / (rulerEach?.[index] ?? 1));
  const oursMedian = median(oursEach);
  const rulerMedian = rulerEach && median(rulerEach);
  const [smallest, largest] = [Math.min(...ratios), Math.max(...ratios)];
  return {
    title,
    ours,
    ...(ruler !== undefined && { ruler }),
    value,
    goal,
    oursMedian,
    ...(rulerMedian !== undefined && { rulerMedian }),
    ratio: oursMedian / (rulerMedian ?? 1),
    smallest,
    largest,
    met: 'atMost' in goal ? largest <= goal.atMost : smallest >= goal.atLeast,
    cost: { ours: costOf(rounds, ours), ...(ruler !== undefined && { ruler: costOf(rounds, ruler) }) },
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[middle - 1 + (sorted.length % 2)] ?? Number.NaN, sorted[middle] ?? Number.NaN];
  return (low + high) / 2;
}

/** The value that `share` of all values do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function valuesOf(rounds: readonly Round[], contender: string, value: string): number[] {
  return rounds.map((round) => {
    const found = round[contender]?.[value];
    if (found === undefined) throw new Error(`"${contender}" showed no ${value}`);
    return found;
  });
}

function costOf(rounds: readonly Round[], contender: string): Cost {
  const medianOf = (value: keyof Cost) => {
    const each = rounds.flatMap((round) => round[contender]?.[value] ?? []);
    return each.length === rounds.length ? { [value]: median(each) } : {};
  };
  return { ...medianOf('cpuSeconds'), ...medianOf('peakBytes') };
}
