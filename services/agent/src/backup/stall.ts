import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@holdfast/runtime';

/** Watches for progress: a line of output, or a change in the bytes below some folders. */
export interface StallWatch {
  /** Something happened. */
  progress(): void;
  /** Resolves with true once nothing has happened for the timeout, with false when stopped. */
  readonly stalled: Promise<boolean>;
  stop(): void;
}

/** How often folders are measured; a fraction of any sensible timeout. */
const usualLookMs = 1_000;

/** A long transfer prints nothing for a long time, so the growth of its files counts as progress too. */
export function watchForStall(
  folders: readonly string[],
  timeoutMs: number,
  clock: Clock,
  lookEveryMs: number = usualLookMs,
): StallWatch {
  let lastAt = clock.now();
  let lastBytes = -1;
  let stopped = false;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const look = async () => {
    const bytes = await bytesBelow(folders);
    if (stopped) return; // meanwhile: a timer that is set now would keep the process alive
    if (bytes !== lastBytes) lastAt = clock.now();
    lastBytes = bytes;
    if (clock.now().getTime() - lastAt.getTime() > timeoutMs) resolve(true);
    else timer = setTimeout(() => void look(), lookEveryMs);
  };
  let timer = setTimeout(() => void look(), lookEveryMs);
  return {
    progress: () => void (lastAt = clock.now()),
    stalled: promise,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      resolve(false);
    },
  };
}

/** Files come and go while the engine works: what vanished between two calls counts as nothing. */
export async function bytesBelow(folders: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const folder of folders) {
    for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => [])) {
      if (entry.isFile())
        bytes += await stat(join(entry.parentPath, entry.name)).then(
          ({ size }) => size,
          () => 0,
        );
    }
  }
  return bytes;
}
