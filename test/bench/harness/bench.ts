/** What one contender showed in one round: named numbers, each with its unit in its name. */
export type Sample = Readonly<Record<string, number>>;

/** What every contender of one round showed. */
export type Round = Readonly<Record<string, Sample>>;

/** The value of ours divided by the ruler's, or without a ruler the value itself. */
export type Goal = { readonly atMost: number } | { readonly atLeast: number };

/** One line of the table: a value of ours, the same value of the ruler, and what their ratio must be. */
export interface Comparison {
  readonly title: string;
  /** Name of a contender. */
  readonly ours: string;
  /** Name of a contender; absent when the goal is a plain number. */
  readonly ruler?: string;
  /** Which number of a sample is compared. */
  readonly value: string;
  readonly goal: Goal;
}

/** A bench that has been set up. */
export interface Contest {
  readonly comparisons: readonly Comparison[];
  /** Rulers and sizes that could not be had here, each with its reason. */
  readonly left: readonly string[];
  /** Plays one round, every contender once and in turn. A wrong result throws: it fails the bench, whatever its speed. */
  round(): Promise<Round>;
  close(): Promise<void>;
}

/** `smoke` proves that results are right and says nothing of speed; `large` adds the sizes that take long. */
export type Size = 'smoke' | 'full' | 'large';

export interface Bench {
  readonly name: string;
  /** What is measured against what, in a sentence or two for people. */
  readonly about: string;
  /** What lies between ours and its goals, for people, where one is missed. */
  readonly distance?: string;
  /** Rounds that make a finding, the dropped one among them; default 8. Fewer only where `about` says why they are enough. */
  readonly rounds?: number;
  open(size: Size): Promise<Contest>;
}

/** One who takes part in a round. */
export interface Contender {
  readonly name: string;
  run(): Promise<Sample>;
}

/** One round in which the contenders take turns: A B C. */
export async function inTurn(contenders: readonly Contender[]): Promise<Round> {
  const samples: Record<string, Sample> = {};
  for (const { name, run } of contenders) samples[name] = await run();
  return samples;
}

/** A wrong result: the bench has failed. */
export function mustBe(fact: boolean, sentence: string): void {
  if (!fact) throw new Error(`wrong result: ${sentence}`);
}
