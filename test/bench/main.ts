// npm run bench -- <name> [--smoke] [--large] [--rounds N] [--json]: plays one bench. npm run bench -- --report: writes the page.
import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { benches } from './benches/index.ts';
import { keepOutcome, pageFile, readOutcomes, type Outcome } from './harness/outcome.ts';
import { play } from './harness/play.ts';
import { report } from './harness/report.ts';
import { costInWords, goalInWords, inUnit, ratioInWords } from './harness/words.ts';

interface Wishes {
  readonly smoke?: boolean;
  readonly large?: boolean;
  readonly rounds?: string;
  readonly json?: boolean;
  readonly report?: boolean;
}

const program = new Command('bench')
  .argument('[name]', [...benches.keys()].join(', '))
  .option('--smoke', 'smallest size: proves results, says nothing of speed, keeps nothing')
  .option('--large', 'also the sizes that take long')
  .option('--rounds <n>', 'rounds that are played, the first of them dropped; by itself as many as make a finding')
  .option('--json', 'print the outcome as JSON')
  .option('--report', 'write docs/performance.md from what was kept')
  .action((name: string | undefined, wishes: Wishes) => (wishes.report ? writeReport() : playOne(name, wishes)));
await program.parseAsync();

async function writeReport(): Promise<void> {
  await writeFile(pageFile, report(await readOutcomes(), [...benches.values()]));
}

async function playOne(name: string | undefined, { smoke, large, rounds, json }: Wishes): Promise<void> {
  const bench = benches.get(name ?? '');
  if (!bench) return program.error(`no bench "${name ?? ''}"; there are ${[...benches.keys()].join(', ')}`);
  const finding = bench.rounds ?? 8;
  const asked = Number(rounds ?? finding);
  if (!smoke && !(Number.isInteger(asked) && asked >= 2)) return program.error('--rounds takes a number of 2 or more');
  const outcome = await play(bench, {
    size: smoke ? 'smoke' : large ? 'large' : 'full',
    rounds: smoke ? 1 : asked,
    say: (line) => void process.stderr.write(`${line}\n`),
  });
  process.stdout.write(json ? `${JSON.stringify(outcome, null, 1)}\n` : inWords(outcome));
  // Fewer rounds are a look at something, not a finding.
  if (!smoke && outcome.rounds >= finding - 1 && outcome.judgements.length > 0) await keepOutcome(outcome);
}

function inWords({ bench, judgements, left, load, size }: Outcome): string {
  const lines = judgements.map((each) => {
    const { title, value, oursMedian, rulerMedian, ruler, met, cost } = each;
    const against = rulerMedian === undefined ? '' : ` against ${inUnit(rulerMedian, value)} (${ruler})`;
    const verdict = size === 'smoke' ? 'right' : met ? 'met' : 'MISSED';
    const spent = `${costInWords(cost.ours)}${cost.ruler ? ` / ${costInWords(cost.ruler)}` : ''}`;
    return `${verdict}  ${title}: ${inUnit(oursMedian, value)}${against}, ${ratioInWords(each)}, goal ${goalInWords(each)}; ${spent}`;
  });
  const omitted = left.map((sentence) => `left out: ${sentence}`);
  return [`${bench}, load ${load.before} … ${load.after}`, ...lines, ...omitted, ''].join('\n');
}
