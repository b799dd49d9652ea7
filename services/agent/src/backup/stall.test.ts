import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchForStall } from './stall.ts';

let folder: string;
let nowMs = 0;
const clock = { now: () => new Date(nowMs), sleepUntil: () => Promise.resolve() };

beforeEach(() => {
  nowMs = 0;
  folder = mkdtempSync(join(tmpdir(), 'holdfast-stall-'));
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

test('silence for longer than the timeout is a stall', async () => {
  const watch = watchForStall([folder], 1_000, clock, 1);
  const looks = vi.waitFor(() => (nowMs += 600) > 3_000 || Promise.reject(new Error('not yet')));
  expect(await watch.stalled).toBe(true);
  await looks;
});

test('bytes that grow are progress, also below the folder and without a word', async () => {
  const watch = watchForStall([folder], 1_000, clock, 1);
  let stalled = false;
  void watch.stalled.then((answer) => (stalled = answer));
  let looked = 0;
  const spy = vi.spyOn(clock, 'now').mockImplementation(() => {
    looked += 1;
    return new Date(nowMs);
  });
  for (let growth = 0; growth < 5; growth += 1) {
    appendFileSync(join(folder, 'growing'), 'more');
    nowMs += 900;
    const before = looked;
    await vi.waitFor(() => expect(looked).toBeGreaterThan(before + 1));
  }
  expect(stalled).toBe(false);
  watch.stop();
  expect(await watch.stalled).toBe(false);
  spy.mockRestore();
});

test('a watch that is stopped while it measures leaves no timer that would keep the pod alive', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const watch = watchForStall([folder], 1_000, clock, 10);
  vi.advanceTimersByTime(10); // now it measures
  watch.stop();
  expect(await watch.stalled).toBe(false);
  for (let turn = 0; turn < 20; turn += 1) await readdir(folder);
  expect(vi.getTimerCount()).toBe(0);
});
