import { join } from 'node:path';
import { inTurn, mustBe, type Bench, type Contender, type Contest, type Size } from '../harness/bench.ts';
import { startProgram, type Program } from '../harness/processes.ts';
import { listingByRclone, openShelf, rcloneLsf, whyShelf, type Shelf } from '../harness/shelf.ts';
import type { BucketUsed, BucketUser, BucketWish } from '../programs/use-bucket.ts';

export const list: Bench = {
  name: 'list',
  about:
    'All keys of a bucket, as the folder of a backup holds them, page by page: ours against the paginator of the AWS SDK, each in a process that goes ' +
    `on from round to round, and against \`rclone lsf\`, its start included. ${whyShelf} Counts and sizes must be right.`,
  distance:
    'Half of what is left goes into the connection and the pages as text, which every reader needs; the other half makes an entry of each key. The best ' +
    'rounds meet the goals and the worst do not: a list of 200,000 keys is over in half a second, and whatever else runs in that half shows.',
  open: openContest,
};

const sizes = { smoke: 4_000, full: 200_000, large: 1_000_000 } as const;
const sdk = 'paginator of the SDK';

async function openContest(size: Size): Promise<Contest> {
  const shelf = await openShelf(sizes[size]);
  const programs: Program[] = [];
  const close = async (): Promise<void> => {
    for (const { stop } of [...programs, shelf]) await stop();
  };
  try {
    const lister = async (name: string, user: BucketUser): Promise<Contender> => {
      const program = startUser(user, shelf);
      programs.push(program);
      await program.heard(); // that it is ready
      return { name, run: () => listed(program, shelf) };
    };
    const rclone = listingByRclone(shelf);
    const contenders = [await lister('ours', 'ours'), await lister(sdk, 'sdk'), ...(rclone ? [rclone] : [])];
    const title = `${shelf.count} keys listed, keys per CPU second`;
    const against = (ruler: string) => ({
      title,
      ours: 'ours',
      ruler,
      value: 'keysPerCpuSecond',
      goal: { atLeast: 8 },
    });
    return {
      comparisons: [against(sdk), ...(rclone ? [against(rcloneLsf)] : [])],
      left: rclone ? [] : ['rclone: it is not installed'],
      round: () => inTurn(contenders),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A program that lists or removes when it is told to. */
export function startUser(user: BucketUser, { url }: Shelf): Program {
  return startProgram(join(import.meta.dirname, '../programs/use-bucket.ts'), { args: [user, url] });
}

async function listed(program: Program, { count, bytes }: Shelf): ReturnType<Contender['run']> {
  program.forgetPeak();
  program.say({ list: true } satisfies BucketWish);
  const used = await program.heard<BucketUsed>();
  mustBe(used.keys === count && used.bytes === bytes, `${used.keys} of ${count} keys, ${used.bytes} of ${bytes} bytes`);
  const peakBytes = program.peakBytes();
  const { ms, cpuSeconds, keys } = used;
  return { ms, cpuSeconds, keysPerCpuSecond: keys / cpuSeconds, ...(peakBytes !== undefined && { peakBytes }) };
}
