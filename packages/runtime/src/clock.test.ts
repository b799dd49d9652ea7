import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openClock } from './clock.ts';

const never = new AbortController().signal;

describe('the clock of a dev cluster', () => {
  let folder: string;
  let file: string;
  const jumpTo = (offsetMs: number) => {
    writeFileSync(`${file}.new`, JSON.stringify({ offsetMs }));
    renameSync(`${file}.new`, file);
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-clock-'));
    file = join(folder, 'clock.json');
    jumpTo(0);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('is real time plus the offset in the file, whenever that changes', async () => {
    const clock = openClock(file);
    expect(Math.abs(clock.now().getTime() - Date.now())).toBeLessThan(50);
    jumpTo(86_400_000);
    await expect.poll(() => clock.now().getTime() - Date.now()).toBeGreaterThan(86_399_000);
  });

  test('wakes a sleeper within 100 ms of the jump that makes it due', async () => {
    vi.useFakeTimers();
    try {
      let woke = false;
      const sleeping = openClock(file)
        .sleepUntil(new Date(Date.now() + 3_600_000), never)
        .then(() => (woke = true));
      await vi.advanceTimersByTimeAsync(60_000);
      expect(woke).toBe(false);
      jumpTo(3_600_000);
      await vi.advanceTimersByTimeAsync(100);
      expect(woke).toBe(true);
      await sleeping;
    } finally {
      vi.useRealTimers();
    }
  });

  test('tells of a jump and by how much', async () => {
    const clock = openClock(file);
    const jumps: number[] = [];
    const forget = clock.onJump?.((byMs) => jumps.push(byMs));
    jumpTo(5000);
    await expect.poll(() => jumps).toEqual([5000]);
    forget?.();
  });

  test('keeps the last good offset while the file is missing or half written', async () => {
    jumpTo(7_200_000);
    const clock = openClock(file);
    writeFileSync(file, '{"offs');
    const later = performance.now() + 60;
    await vi.waitFor(() => expect(performance.now()).toBeGreaterThan(later));
    expect(clock.now().getTime() - Date.now()).toBeGreaterThan(7_100_000);
    jumpTo(0);
    await expect.poll(() => clock.now().getTime() - Date.now()).toBeLessThan(1000);
  });

  test('refuses a file that is not there or holds no offset', () => {
    expect(() => openClock(join(folder, 'none.json'))).toThrow(/none\.json/);
    writeFileSync(file, '{"offset": 3}');
    expect(() => openClock(file)).toThrow(/no number offsetMs/);
  });
});

describe('real time', () => {
  test('a sleep ends when its time has come, and at once when that is past', async () => {
    const clock = openClock();
    await clock.sleepUntil(new Date(0), never);
    const at = new Date(Date.now() + 30);
    await clock.sleepUntil(at, never);
    expect(clock.now().getTime()).toBeGreaterThanOrEqual(at.getTime());
  });

  test('a sleep of years does not end at once', async () => {
    vi.useFakeTimers();
    try {
      let woke = false;
      const threeYearsMs = 3 * 365 * 86_400_000;
      const sleeping = openClock()
        .sleepUntil(new Date(Date.now() + threeYearsMs), never)
        .then(() => (woke = true));
      await vi.advanceTimersByTimeAsync(threeYearsMs - 1000);
      expect(woke).toBe(false);
      await vi.advanceTimersByTimeAsync(1000);
      await sleeping;
    } finally {
      vi.useRealTimers();
    }
  });

  test('an abort ends a sleep, also one that begins aborted', async () => {
    const stop = new AbortController();
    const sleeping = openClock().sleepUntil(new Date(Date.now() + 60_000), stop.signal);
    stop.abort(new Error('stopped'));
    await expect(sleeping).rejects.toThrow('stopped');
    await expect(openClock().sleepUntil(new Date(), stop.signal)).rejects.toThrow('stopped');
  });
});
