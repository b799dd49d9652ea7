import { backupFacts } from '@holdfast/core';
import { expect, test } from 'vitest';
import { anAdmittedRun, aWorld } from './a-world.ts';
import { changeRecord } from './change-record.ts';

function changing(told: { id?: string }) {
  const world = aWorld({ status: { activeRun: anAdmittedRun() } });
  let fenced = 0;
  const hands = { kube: world.kube, now: world.now, onFenced: () => void (fenced += 1) };
  const change = () =>
    changeRecord(backupFacts(world.backup()), anAdmittedRun(told), hands, (status) => ({
      ...status,
      lastRunTime: '2026-03-01T02:00:00Z',
    }));
  return { change, fenced: () => fenced, status: () => world.status() };
}

test('the run that the writer acts for is changed', async () => {
  const { change, fenced, status } = changing({});
  expect(await change()).toBe('written');
  expect(await change()).toBe('unchanged');
  expect(status().lastRunTime).toBeDefined();
  expect(fenced()).toBe(0);
});

test('a write for a run that is over is withheld, and counted', async () => {
  const { change, fenced, status } = changing({ id: 's20260228t020000z-1a2b3c4d' });
  expect(await change()).toBe('fenced');
  expect(status().lastRunTime).toBeUndefined();
  expect(fenced()).toBe(1);
});
