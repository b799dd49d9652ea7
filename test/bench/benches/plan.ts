import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { chains, planRetention } from '@holdfast/core';
import { inTurn, mustBe, type Bench, type Contest, type Sample, type Size } from '../harness/bench.ts';
import { runCommand } from '../harness/commands.ts';
import { startProgram, type Program } from '../harness/processes.ts';
import { onSite, type Site } from '../harness/site.ts';
import { linesOf, manyEntries, policyFor } from '../programs/many-entries.ts';
import type { PlannedMany } from '../programs/plan-many.ts';

export const plan: Bench = {
  name: 'plan',
  about:
    'Chains and a retention plan over the manifests of hourly runs of two databases, which are in memory and in no order, by a policy with age and all ' +
    'rules: against `LC_ALL=C sort` of a line for each of them. More memory is what the process grew by at most; how long the event loop was ' +
    'blocked is told by its own histogram. Every plan must be the one that is made of all of it at once.',
  distance:
    'Sorting compares bytes. A plan finds the chain of each artifact, applies every rule on the calendar of a time zone and gives each chain its ' +
    'reasons, in one thread of JavaScript; more memory is what chains and reasons take. What blocks the event loop longest are collections of ' +
    'a heap that holds a million manifests, which no step of ours can cut short.',
  open: (size) => onSite((site) => openContest(site, size)),
};

const sizes = { smoke: 20_000, full: 1_000_000, large: 1_000_000 } as const;
const mebibyte = 2 ** 20;
const sorting = 'LC_ALL=C sort';

async function openContest(site: Site, size: Size): Promise<Contest> {
  const count = sizes[size];
  const lines = join(site.dir, 'lines');
  await pipeline(Readable.from(linesOf(count)), createWriteStream(lines));
  const { policy, now } = policyFor(count);
  const wanted = planRetention(policy, chains(manyEntries(count)), { unreadable: 0 }, now);
  const program = startProgram(join(import.meta.dirname, '../programs/plan-many.ts'), {
    args: [String(count)],
    env: { NODE_OPTIONS: '--max-old-space-size=8192' },
  });
  site.later(() => program.stop());
  await program.heard(); // that it is ready
  const [id, removed] = [wanted.proposal?.id, wanted.totals.remove.artifacts];
  mustBe(removed > 0, 'the plan removes nothing');
  const ours = { title: `${count} artifacts planned`, ours: 'ours' };
  return {
    comparisons: [
      { ...ours, ruler: sorting, value: 'ms', goal: { atMost: 1 } },
      { ...ours, title: 'more memory', value: 'moreBytes', goal: { atMost: 60 * mebibyte } },
      { ...ours, title: 'longest time that the event loop was blocked', value: 'blockedMs', goal: { atMost: 50 } },
    ],
    left: [],
    round: () =>
      inTurn([
        { name: 'ours', run: () => planned(program, { count, id, removed }) },
        { name: sorting, run: () => sorted(lines) },
      ]),
    close: () => site.close(),
  };
}

async function planned(
  program: Program,
  wanted: { readonly count: number; readonly id: string | undefined; readonly removed: number },
): Promise<Sample> {
  program.forgetPeak();
  const before = program.residentBytes() ?? Number.NaN;
  program.say({ plan: true });
  const { keep, remove, id, ms, cpuSeconds, blockedMs } = await program.heard<PlannedMany>();
  const peakBytes = program.peakBytes() ?? Number.NaN;
  mustBe(keep + remove === wanted.count, `${keep} stay and ${remove} go of ${wanted.count}`);
  mustBe(
    id === wanted.id && remove === wanted.removed,
    `plan ${id} removes ${remove}, plan ${wanted.id} ${wanted.removed}`,
  );
  return { ms, cpuSeconds, blockedMs, peakBytes, moreBytes: peakBytes - before };
}

async function sorted(lines: string): Promise<Sample> {
  const { ms, cpuSeconds } = await runCommand('sort', [lines, '-o', `${lines}.sorted`], { env: { LC_ALL: 'C' } });
  return { ms, ...(cpuSeconds !== undefined && { cpuSeconds }) };
}
