import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openClusterClock } from './clock.ts';

const dir = mkdtempSync(join(tmpdir(), 'holdfast-clock-'));
afterAll(() => rmSync(dir, { recursive: true }));

test('a jump of one clock is seen by every reader of its file', async () => {
  const setter = openClusterClock(join(dir, 'a.json'));
  const reader = openClusterClock(join(dir, 'a.json'));
  reader.now();
  setter.advance(86_400_000);
  await expect.poll(() => reader.offsetMs()).toBe(86_400_000);
  expect(setter.offsetMs()).toBe(86_400_000);
});

test('a clock is set to an instant and goes on from there', () => {
  const clock = openClusterClock(join(dir, 'b.json'));
  const to = new Date(Date.now() + 3_600_000);
  clock.set(to);
  expect(clock.now().getTime() - to.getTime()).toBeLessThan(1_000);
});

test('a clock reaches an instant once, and is left alone when it has come already', () => {
  const clock = openClusterClock(join(dir, 'd.json'));
  const to = new Date(Date.now() + 3_600_000);
  clock.reach(to);
  const offsetMs = clock.offsetMs();
  expect(clock.now().getTime()).toBeGreaterThanOrEqual(to.getTime());
  clock.reach(to);
  expect(clock.offsetMs()).toBe(offsetMs);
});

test('a clock refuses to go back', () => {
  const clock = openClusterClock(join(dir, 'c.json'));
  expect(() => clock.set(new Date(0))).toThrow('only goes forward');
});
