import { createInterface } from 'node:readline';

/** One way of staying informed of all backups. */
export interface Follower {
  /** Begins, and resolves when every backup is known. `onChange` is called at each change after that. */
  sync(onChange: () => void): Promise<void>;
  /** `status.stats.sizeBytes` of each backup as it is known now. */
  sizes(): Iterable<number | undefined>;
}

/** What a follower is asked on its standard input. */
export type FollowerWish = { readonly sync: true } | { readonly changes: number };

/** What it answers: how much is known, and what came of it so far. */
export interface Followed {
  readonly backups: number;
  readonly sizeBytes: number;
  /** Of this process, since the wish was heard. */
  readonly cpuSeconds: number;
}

/** Says that it is ready, then hears wishes: one sync, then numbers of changes to wait for. Each is answered when it has come true. */
export async function follow({ sync, sizes }: Follower): Promise<void> {
  process.once('SIGTERM', () => process.exit());
  let left = 0;
  let allSeen: (() => void) | undefined;
  const onChange = (): void => {
    left -= 1;
    if (left === 0) allSeen?.();
  };
  say({ ready: true });
  for await (const line of createInterface({ input: process.stdin })) {
    const wish = JSON.parse(line) as FollowerWish;
    const before = process.cpuUsage();
    if ('sync' in wish) await sync(onChange);
    else {
      const { promise, resolve } = Promise.withResolvers<void>();
      [left, allSeen] = [wish.changes, resolve];
      say({ listening: true });
      await promise;
    }
    const { user, system } = process.cpuUsage(before);
    const known = [...sizes()];
    const sizeBytes = known.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0);
    say({ backups: known.length, sizeBytes, cpuSeconds: (user + system) / 1e6 } satisfies Followed);
  }
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
