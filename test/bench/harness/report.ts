import type { Bench } from './bench.ts';
import type { Outcome } from './outcome.ts';
import type { Judgement } from './judge.ts';
import { costInWords, goalInWords, inUnit, ratioInWords } from './words.ts';

/** The page for people: of every bench its newest outcome, each with the machine and the load it was played under. */
export function report(outcomes: readonly Outcome[], benches: readonly Bench[]): string {
  const newest = new Map(outcomes.filter(({ size }) => size !== 'smoke').map((outcome) => [outcome.bench, outcome]));
  const sections = benches.flatMap((bench) => section(bench, newest.get(bench.name)));
  return `${[...opening, ...sections].join('\n')}\n`;
}

const opening = [
  '# Speed and memory',
  '',
  'Made by `npm run bench -- --report` from `docs/performance.json`; a change here is lost. `npm run bench -- <name>` plays a bench and',
  'adds its outcome there.',
  '',
  'Ours and the ruler are played in turn in the same run, and the first round is dropped. The ratio is that of the medians, in brackets',
  'the smallest and the largest of a round; a goal is met when the unfavourable end meets it. CPU seconds and peak memory stand beside',
  'it where they were measured, ours first, both as medians of a round.',
];

function section({ name, about, distance }: Bench, outcome: Outcome | undefined): string[] {
  const head = ['', `## ${name}`, '', about, ''];
  if (!outcome) return [...head, 'Not played yet.'];
  const missed = outcome.judgements.some(({ met }) => !met);
  return [
    ...head,
    '| Measured | Against | Ours | Ruler | Ratio | Goal | Met | Cost of ours | Cost of the ruler |',
    '|---|---|---|---|---|---|---|---|---|',
    ...outcome.judgements.map(row),
    '',
    ...(missed && distance !== undefined ? [`What is missed: ${distance}`, ''] : []),
    ...outcome.left.map((sentence) => `- Left out: ${sentence}.`),
    ...(outcome.left.length > 0 ? [''] : []),
    circumstances(outcome),
  ];
}

function row(judgement: Judgement): string {
  const { title, ruler, value, oursMedian, rulerMedian, met, cost } = judgement;
  const cells = [
    title,
    ruler ?? '–',
    inUnit(oursMedian, value),
    rulerMedian === undefined ? '–' : inUnit(rulerMedian, value),
    ratioInWords(judgement),
    goalInWords(judgement),
    met ? 'yes' : '**no**',
    costInWords(cost.ours),
    cost.ruler ? costInWords(cost.ruler) : '–',
  ];
  return `| ${cells.join(' | ')} |`;
}

function circumstances({ startTime, rounds, machine, versions, load, size }: Outcome): string {
  const tools = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const { processor, cores, memoryGib, system } = machine;
  return (
    `${rounds} rounds${size === 'large' ? ' of the large size' : ''} on ${startTime.slice(0, 16).replace('T', ' ')} UTC; ` +
    `${processor}, ${cores} cores, ${memoryGib} GiB, ${system}; load ${load.before} before and ${load.after} after; ${tools.join(', ')}.`
  );
}
