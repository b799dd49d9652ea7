import { join } from 'node:path';
import { shelvedObjects } from '../programs/shelved-objects.ts';
import type { ShelfTold, ShelfWish } from '../programs/bucket-shelf.ts';
import { mustBe, type Contender, type Sample } from './bench.ts';
import { isInstalled, runCommand } from './commands.ts';
import { startProgram } from './processes.ts';

/** The S3 server of a bench, in a process of its own. */
export interface Shelf {
  readonly url: string;
  /** How many objects lie there after `fill`, and their size. */
  readonly count: number;
  readonly bytes: number;
  fill(): Promise<void>;
  told(): Promise<ShelfTold>;
  stop(): Promise<void>;
}

/** Why a real server is none for these benches. */
export const whyShelf =
  'The server is a small one of the bench’s own, in another process: a real one spends more on a page than its readers do.';

export async function openShelf(objects: number): Promise<Shelf> {
  const program = startProgram(join(import.meta.dirname, '../programs/bucket-shelf.ts'));
  const { url } = await program.heard<ShelfTold>();
  const ask = async (wish: ShelfWish): Promise<ShelfTold> => {
    program.say(wish);
    return program.heard<ShelfTold>();
  };
  const { objects: count } = await ask({ fill: objects });
  const bytes = shelvedObjects(objects).reduce((sum, object) => sum + object.bytes, 0);
  return {
    url,
    count,
    bytes,
    fill: async () => void (await ask({ fill: objects })),
    told: () => ask({ tell: true }),
    stop: () => program.stop(),
  };
}

export const rcloneLsf = 'rclone lsf';

/** Lists the shelf with `rclone lsf`, in as few requests as it can; undefined where it is not installed. */
export function listingByRclone({ url, count }: Shelf): Contender | undefined {
  if (!isInstalled('rclone')) return undefined;
  const settings = {
    TYPE: 's3',
    PROVIDER: 'Other',
    ENDPOINT: url,
    ACCESS_KEY_ID: 'a',
    SECRET_ACCESS_KEY: 'b',
    REGION: 'us-east-1',
    FORCE_PATH_STYLE: 'true',
    LIST_VERSION: '2',
  };
  const named = Object.entries(settings).map(([name, value]) => [`RCLONE_CONFIG_SHELF_${name}`, value]);
  const env = { ...Object.fromEntries(named), RCLONE_CONFIG: '/dev/null' } as Record<string, string>;
  const run = async (): Promise<Sample> => {
    const {
      output,
      ms,
      cpuSeconds = Number.NaN,
    } = await runCommand('rclone', ['lsf', '--recursive', '--fast-list', '--files-only', 'shelf:shelf'], { env });
    const keys = output.split('\n').filter((line) => line.includes('/')).length;
    mustBe(keys === count, `rclone listed ${keys} of ${count} keys`);
    return { ms, cpuSeconds, keysPerCpuSecond: keys / cpuSeconds };
  };
  return { name: rcloneLsf, run };
}
