import { keepRules, simulate } from '@holdfast/core';
import { Command } from 'commander';
import { writeTo, type Terminal } from '../terminal.ts';
import { printDays } from './print-days.ts';
import { readQuestion, type Asked } from './read-question.ts';

const examples = `
Plays a schedule and a policy day by day, with the planner that retention uses and the chain limits that a backup would have. Nothing is read
or changed: no cluster, no store. It takes every run for a success that takes no time, of one database.

Columns: when the day ends (UTC), artifacts and FULLs that exist then, their bytes, how old the newest restore point became at worst that
day, and the largest share of the artifacts that one plan removed.

Examples:
  # what does a month of nightly backups cost, kept for two weeks?
  kubectl neo4jbackup simulate --schedule "0 2 * * *" --max-age 14d --full-size 40Gi --diff-size 1Gi --days 30

  # everything of two days, then daily, weekly and monthly ones
  kubectl neo4jbackup simulate --schedule "0 */4 * * *" --max-age 2d --keep daily=14,weekly=8,monthly=12 \\
      --time-zone Europe/Stockholm --full-size 40Gi --days 400

  # which artifacts exist on each day, for programs: one JSON document a line
  kubectl neo4jbackup simulate --schedule @daily --max-count 7 --full-size 40Gi --json`;

/** The verb `simulate`. */
export function simulateCommand(terminal: Terminal): Command {
  return new Command('simulate')
    .description('Shows what a schedule and a retention policy come to, day by day.')
    .requiredOption('--schedule <cron>', 'as spec.schedule')
    .requiredOption('--full-size <size>', 'size of a FULL, such as 40Gi')
    .option('--diff-size <size>', 'size of a DIFF (default: a twentieth of a FULL)')
    .option('--time-zone <zone>', 'as spec.timeZone')
    .option('--max-age <duration>', 'as spec.retention.maxAge')
    .option('--max-count <number>', 'as spec.retention.maxCount')
    .option(
      '--keep <rule=number,...>',
      `as spec.retention.keep: ${keepRules.join(', ')}`,
      (value: string, before: string[]) => [...before, value],
      [],
    )
    .option('--max-delete-percent <number>', 'as spec.retention.maxDeletePercent')
    .option('--backup-type <type>', 'as spec.options.backupType')
    .option('--full-interval <duration>', 'as spec.options.fullInterval')
    .option('--max-chain-length <number>', 'as spec.options.maxChainLength')
    .option('--days <number>', 'how many days to play', '60')
    .option('--from <date>', 'the first day (default: today, UTC)')
    .option('--json', 'print each day, with its artifacts, as one line of JSON')
    .addHelpText('after', examples)
    .action((options: Asked & { json?: true }) => play(options, terminal));
}

async function play({ json, ...asked }: Asked & { json?: true }, { stdout }: Terminal): Promise<void> {
  const question = readQuestion(asked, new Date());
  const days = simulate(question);
  const lines = json ? asJson(days) : printDays(days, question.maxDeletePercent);
  for (const line of lines) await writeTo(stdout, Buffer.from(line));
}

function* asJson(days: Iterable<unknown>): Generator<string> {
  for (const day of days) yield `${JSON.stringify(day)}\n`;
}
