import { join } from 'node:path';
import { inTurn, mustBe, type Bench, type Contest, type Sample, type Size } from '../harness/bench.ts';
import { startProgram, type Program } from '../harness/processes.ts';
import { listingByRclone, openShelf, rcloneLsf, whyShelf } from '../harness/shelf.ts';
import type { PlannedShelf, PlanWish } from '../programs/plan-shelf.ts';
import { runsOf } from '../programs/shelved-objects.ts';

export const sweep: Bench = {
  name: 'sweep',
  about:
    'What a retention run does before it removes anything: it lists the folder of a backup, reads its manifests (a quarter of the objects) and ' +
    'plans, end to end. A service that comes back to a folder remembers what it read and reads only what is new, here nothing; the first time it ' +
    `reads them all. Against \`rclone lsf\`, which lists the names alone. ${whyShelf} The plan must know of every artifact.`,
  distance:
    'The first time there is a request for each manifest, which nobody has to make who lists names alone; what those requests leave for the collector is ' +
    'the memory. Coming back, the time is that of the listing, whose pages follow one another, and of the plan.',
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
    const visits = [
      { name: 'the first time', comesBack: false },
      { name: 'coming back', comesBack: true },
    ];
    return {
      comparisons: visits.flatMap(({ name }) => [
        ...(rclone
          ? [{ title: `${title}, ${name}`, ours: name, ruler: rcloneLsf, value: 'ms', goal: { atMost: 0.2 } }]
          : []),
        { title: `memory, ${name}`, ours: name, value: 'peakBytes', goal: { atMost: 300 * mebibyte } },
        {
          title: `longest time that the event loop was blocked, ${name}`,
          ours: name,
          value: 'blockedMs',
          goal: { atMost: 50 },
        },
      ]),
      left: rclone ? [] : ['rclone: it is not installed'],
      round: () =>
        inTurn([
          ...visits.map(({ name, comesBack }) => ({ name, run: () => planned(program, 2 * runs, { comesBack }) })),
          ...(rclone ? [rclone] : []),
        ]),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function planned(program: Program, artifacts: number, wish: PlanWish): Promise<Sample> {
  program.forgetPeak();
  program.say(wish);
  const { keep, remove, unexplained, ms, cpuSeconds, blockedMs } = await program.heard<PlannedShelf>();
  mustBe(keep + remove === artifacts && remove > 0, `${keep} stay and ${remove} go of ${artifacts}`);
  mustBe(unexplained === 0, `${unexplained} objects are unexplained`);
  return { ms, cpuSeconds, blockedMs, peakBytes: program.peakBytes() ?? Number.NaN };
}
