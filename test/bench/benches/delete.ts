import { inTurn, mustBe, type Bench, type Contender, type Contest, type Size } from '../harness/bench.ts';
import type { Program } from '../harness/processes.ts';
import { openShelf, whyShelf, type Shelf } from '../harness/shelf.ts';
import type { BucketUsed, BucketUser, BucketWish } from '../programs/use-bucket.ts';
import { startUser } from './list.ts';

export const deleting: Bench = {
  name: 'delete',
  about:
    'All keys of a bucket removed a thousand at a time: ours against `DeleteObjects` of the AWS SDK as its documentation shows it, whose answer names ' +
    `every key, and against the same with \`Quiet\`, as ours is. ${whyShelf} In the end nothing may be left.`,
  distance:
    'A thousand keys are one document to write, to digest and to sign, and an answer without a word; the connection itself takes the rest. A quiet ' +
    'batch of the SDK has little more to do, so that six times its speed is out of reach.',
  open: openContest,
};

const sizes = { smoke: 4_000, full: 100_000, large: 1_000_000 } as const;
const contestants: readonly (readonly [name: string, user: BucketUser])[] = [
  ['ours', 'ours'],
  ['the SDK', 'sdk'],
  ['the SDK, quiet', 'sdk-quiet'],
];

async function openContest(size: Size): Promise<Contest> {
  const shelf = await openShelf(sizes[size]);
  const programs: Program[] = [];
  const close = async (): Promise<void> => {
    for (const { stop } of [...programs, shelf]) await stop();
  };
  try {
    const contenders: Contender[] = [];
    for (const [name, user] of contestants) {
      const program = startUser(user, shelf);
      programs.push(program);
      await program.heard(); // that it is ready
      contenders.push({ name, run: () => removed(program, shelf) });
    }
    const title = `${shelf.count} keys removed, keys per CPU second`;
    const least = Math.ceil(shelf.count / 1_000);
    return {
      comparisons: [
        ...['the SDK', 'the SDK, quiet'].map((ruler) => ({
          title,
          ours: 'ours',
          ruler,
          value: 'keysPerCpuSecond',
          goal: { atLeast: 6 },
        })),
        { title: `requests for ${shelf.count} keys`, ours: 'ours', value: 'requests', goal: { atMost: least } },
      ],
      left: [],
      round: () => inTurn(contenders),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function removed(program: Program, shelf: Shelf): ReturnType<Contender['run']> {
  await shelf.fill();
  program.say({ remove: true } satisfies BucketWish);
  const { keys, ms, cpuSeconds } = await program.heard<BucketUsed>();
  const { objects, requests } = await shelf.told();
  mustBe(keys === shelf.count, `${keys} of ${shelf.count} keys were removed`);
  mustBe(objects === 0, `${objects} objects are left`);
  return { ms, cpuSeconds, keysPerCpuSecond: keys / cpuSeconds, requests: requests.remove };
}
