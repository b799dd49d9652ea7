import { loadavg } from 'node:os';
import type { Bench, Round, Size } from './bench.ts';
import { judge } from './judge.ts';
import { machine, versions } from './machine.ts';
import type { Outcome } from './outcome.ts';

export interface PlayOptions {
  readonly size: Size;
  /** The first one is played and dropped. */
  readonly rounds: number;
  readonly say: (line: string) => void;
}

/** Plays a bench to its end. A wrong result, at set-up or in any round, is thrown. */
export async function play(bench: Bench, { size, rounds, say }: PlayOptions): Promise<Outcome> {
  const startedAt = new Date();
  const loadBefore = load();
  const contest = await bench.open(size);
  try {
    const played: Round[] = [];
    for (let number = 1; number <= rounds; number += 1) {
      played.push(await contest.round());
      say(`${bench.name}: round ${number} of ${rounds}${number === 1 && rounds > 1 ? ', dropped' : ''}`);
    }
    const counted = rounds > 1 ? played.slice(1) : played;
    return {
      bench: bench.name,
      startTime: startedAt.toISOString(),
      size,
      rounds: counted.length,
      machine: machine(),
      versions: await versions(),
      load: { before: loadBefore, after: load() },
      judgements: contest.comparisons.map((comparison) => judge(comparison, counted)),
      left: contest.left,
    };
  } finally {
    await contest.close();
  }
}

/** Load average of the last minute. */
function load(): number {
  return Math.round((loadavg()[0] ?? 0) * 100) / 100;
}
