// One retention worker, in a process that may be killed: plans and sweeps a folder as the product does, whenever it is told that the folder is its
// own, and says each step. Its lock is a file, as `status.activeRun` is the product's: it is read again before every batch.
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { below, limited, openS3, planFolder, retrying, sweepFolder, type S3Config } from '@holdfast/storage';

export interface SweepWish {
  readonly name: string;
  readonly lockFile: string;
  readonly store: S3Config;
  readonly folder: string;
  readonly maxCount: number;
}

/** What it says, a line each. */
export type SweepTold =
  | { readonly kind: 'ready' | 'planning' | 'batch' | 'stopped' }
  | { readonly kind: 'planned'; readonly artifacts: number }
  | { readonly kind: 'swept'; readonly removed: number };

const { name, lockFile, store, folder, maxCount } = JSON.parse(process.argv[2] ?? '{}') as SweepWish;
const say = (told: SweepTold): void => void process.stdout.write(`${JSON.stringify(told)}\n`);
const own = below(limited(retrying(await openS3(store)), 16), folder);
const isOurs = async (): Promise<boolean> => (await readFile(lockFile, 'utf8')) === name;

say({ kind: 'ready' });
for await (const _line of createInterface({ input: process.stdin })) {
  say({ kind: 'planning' });
  const facts = { now: new Date(), runDeadlineMs: 86_400_000 };
  const plan = await planFolder(own, { maxCount, suspended: false }, facts);
  say({ kind: 'planned', artifacts: plan.totals.remove.artifacts });
  const guard = async (): Promise<boolean> => {
    say({ kind: 'batch' });
    return isOurs();
  };
  const { removed } = await sweepFolder(own, plan, { guard });
  say((await isOurs()) ? { kind: 'swept', removed } : { kind: 'stopped' });
}
