import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Size } from './bench.ts';
import type { Judgement } from './judge.ts';
import type { Machine } from './machine.ts';

/** One played bench, as it is kept. */
export interface Outcome {
  readonly bench: string;
  readonly startTime: string;
  readonly size: Size;
  /** Rounds that count. */
  readonly rounds: number;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  /** Load average of the minute before and of the last minute of the bench. */
  readonly load: { readonly before: number; readonly after: number };
  readonly judgements: readonly Judgement[];
  /** Rulers and sizes that were left out, with the reason. */
  readonly left: readonly string[];
}

const docs = resolve(import.meta.dirname, '../../../docs');

/** Every outcome that was ever kept, oldest first. */
export const outcomesFile: string = join(docs, 'performance.json');
export const pageFile: string = join(docs, 'performance.md');

export async function readOutcomes(): Promise<Outcome[]> {
  return existsSync(outcomesFile) ? (JSON.parse(await readFile(outcomesFile, 'utf8')) as Outcome[]) : [];
}

export async function keepOutcome(outcome: Outcome): Promise<void> {
  await writeFile(outcomesFile, `${JSON.stringify([...(await readOutcomes()), outcome], null, 1)}\n`);
}
