import { join } from 'node:path';
import { inTurn, mustBe, type Bench, type Contest, type Sample, type Size } from '../harness/bench.ts';
import { startProgram, type Program } from '../harness/processes.ts';
import { listingByRclone, openShelf, rcloneLsf, whyShelf } from '../harness/shelf.ts';
import type { PlannedShelf } from '../programs/plan-shelf.ts';
import { runsOf } from '../programs/shelved-objects.ts';

export const sweep: Bench = {
  name: 'sweep',
  about:
    'What a retention run does before it removes anything: it lists the folder of a backup, reads every manifest (a quarter of the objects) and ' +
    `plans, end to end; against \`rclone lsf\`, which lists the names alone. ${whyShelf} The plan must know of every artifact.`,
  open: openContest,
};

const sizes = { smoke: 4_000, full: 100_000, large: 1_000_000 } as const;
const mebibyte = 2 ** 20;

async function openContest(size: Size): Promise<Contest> {
  const shelf = await openShelf(sizes[size]);
  const runs = runsOf(sizes[size]);
  const program = startProgram(join(import.meta.dirname, '../programs/plan-shelf.ts'), {
    args: [shelf.url, String(Math.floor(runs / 2))],
  });
  const close = async (): Promise<void> => {
    await program.stop();
    await shelf.stop();
  };
  try {
    await program.heard(); // that it is ready
    const rclone = listingByRclone(shelf);
    const title = `${shelf.count} objects listed and planned`;
    return {
      comparisons: [
        ...(rclone ? [{ title, ours: 'ours', ruler: rcloneLsf, value: 'ms', goal: { atMost: 0.2 } }] : []),
        { title: 'memory', ours: 'ours', value: 'peakBytes', goal: { atMost: 300 * mebibyte } },
        {
          title: 'longest time that the event loop was blocked',
          ours: 'ours',
          value: 'blockedMs',
          goal: { atMost: 50 },
        },
      ],
      left: rclone ? [] : ['rclone: it is not installed'],
      round: () => inTurn([{ name: 'ours', run: () => planned(program, 2 * runs) }, ...(rclone ? [rclone] : [])]),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function planned(program: Program, artifacts: number): Promise<Sample> {
  program.forgetPeak();
  program.say({ plan: true });
  const { keep, remove, unexplained, ms, cpuSeconds, blockedMs } = await program.heard<PlannedShelf>();
  mustBe(keep + remove === artifacts && remove > 0, `${keep} stay and ${remove} go of ${artifacts}`);
  mustBe(unexplained === 0, `${unexplained} objects are unexplained`);
  return { ms, cpuSeconds, blockedMs, peakBytes: program.peakBytes() ?? Number.NaN };
}
