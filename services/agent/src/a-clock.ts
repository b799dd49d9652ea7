import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openClock, type Clock } from '@holdfast/runtime';

/** For tests: one clock for pods and stand-ins. */
export interface SharedClock {
  /** Two seconds on: artifacts know their time to the second, and those of one second have the same name. */
  later(): Clock;
  stop(): void;
}

export function startClock(): SharedClock {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-clock-'));
  const file = join(folder, 'clock.json');
  let seconds = 0;
  const later = () => {
    seconds += 2;
    writeFileSync(file, JSON.stringify({ offsetMs: seconds * 1_000 }));
    return openClock(file);
  };
  later();
  process.env['HOLDFAST_CLOCK_FILE'] = file;
  return {
    later,
    stop: () => {
      delete process.env['HOLDFAST_CLOCK_FILE'];
      rmSync(folder, { recursive: true });
    },
  };
}
