import type { Status, ThawStatus } from '@holdfast/types';
import { describe, expect, test } from 'vitest';
import { aBackup, anObserved, at, aThawRun } from '../run/an-observed.ts';
import { decide } from '../run/decide.ts';
import { intentChange } from '../run/intent-change.ts';
import { holdThaw, settleThaw } from '../status/thaw-changes.ts';
import { thawWish } from './thaw-cause.ts';

const now = at('02T02:30');
const coming: ThawStatus = {
  chain: 'orders-1',
  state: 'Coming',
  reason: 'Thawing',
  message: '',
  requestedTime: '2026-03-02T02:00:00Z',
  lastRunTime: '2026-03-02T02:00:00Z',
  nextRunTime: '2026-03-02T02:40:00Z',
};
const running: Status = { activeRun: aThawRun({ phase: 'Running' }) };
const looked = { chain: 'orders-1', message: 'so far', objects: 2, readable: 0 };

/** What is recorded for a backup without schedule that has run; undefined when nothing is. */
function recorded(status: Status, thawChain?: string, when = now) {
  const observed = anObserved({
    status: { lastRunTime: '2026-03-01T02:00:00Z', ...status },
    ...(thawChain && { thawChain }),
  });
  const intent = decide(observed, when);
  return intent.kind === 'record' ? intent.run : undefined;
}

describe('the archive is looked at', () => {
  test('when the annotation names a chain, once, and as a run of its own kind', () => {
    const run = recorded({}, 'orders-1');
    expect(run).toMatchObject({ kind: 'thaw', trigger: 'Thaw', token: 'ask for orders-1' });
    expect(run?.id).toMatch(/^t[0-9a-f]{10}-/);
    expect(recorded({}, 'orders-1')?.id).toBe(run?.id);
    expect(recorded({ thaw: { ...coming, state: 'Readable' } }, 'orders-1', at('02T02:31'))).toBeUndefined();
  });

  test('again when the store should be asked how far it is, and not before', () => {
    expect(recorded({ thaw: coming }, 'orders-1')).toBeUndefined();
    expect(
      decide(anObserved({ status: { lastRunTime: '2026-03-01T02:00:00Z', thaw: coming }, thawChain: 'orders-1' }), now),
    ).toMatchObject({
      kind: 'idle',
      until: at('02T02:40'),
    });
    expect(recorded({ thaw: coming }, 'orders-1', at('02T02:40'))).toMatchObject({ kind: 'thaw' });
  });

  test('when the annotation goes, or names another chain', () => {
    expect(recorded({ thaw: coming })).toMatchObject({ token: 'from orders-1 to none after 2026-03-02T02:00:00Z' });
    expect(recorded({ thaw: coming }, 'orders-2')).toMatchObject({ kind: 'thaw' });
    const facts = aBackup({ status: { thaw: coming }, thawChain: 'orders-2' });
    expect(thawWish(facts)).toEqual({ chain: 'orders-2', ended: 'orders-1' });
  });

  test('not before its time after trouble, whatever the annotation says', () => {
    const thaw = { ...coming, notBefore: '2026-03-02T02:35:00Z' };
    for (const wish of [undefined, 'orders-1', 'orders-2']) {
      expect(recorded({ thaw }, wish)).toBeUndefined();
      expect(recorded({ thaw }, wish, at('02T02:35'))).toMatchObject({ kind: 'thaw' });
    }
  });
});

describe('what a look changes', () => {
  test('a chain that still comes is asked for again in half an hour, and since when it was wanted stays', () => {
    const { activeRun, thaw } = settleThaw({ ...running, thaw: coming }, { ...looked, state: 'Coming' }, now);
    expect(activeRun).toBeUndefined();
    expect(thaw).toMatchObject({
      reason: 'Thawing',
      requestedTime: coming.requestedTime,
      lastRunTime: '2026-03-02T02:30:00Z',
      nextRunTime: '2026-03-02T03:00:00Z',
      objects: 2,
    });
  });

  test('a chain that can be read says where, and is asked for again when the store takes it back', () => {
    const until = '2026-03-09T02:30:00.500Z';
    const result = { ...looked, state: 'Readable' as const, readable: 2, folder: 'archive/orders-1/artifacts/', until };
    const { thaw } = settleThaw({ ...running, thaw: coming }, result, now);
    expect(thaw).toMatchObject({
      reason: 'Thawed',
      folder: 'archive/orders-1/artifacts/',
      readableUntil: '2026-03-09T02:30:00Z',
      nextRunTime: '2026-03-09T02:30:00Z',
    });
    const { until: _taken, ...forGood } = result;
    expect(settleThaw(running, forGood, now).thaw).not.toHaveProperty('nextRunTime');
  });

  test('a chain that is not archived is not looked for again', () => {
    const { thaw } = settleThaw(running, { ...looked, state: 'NotArchived' }, now);
    expect(thaw).toMatchObject({ reason: 'NotArchived', message: 'so far' });
    expect(recorded({ ...(thaw && { thaw }) }, 'orders-1', at('09T00:00'))).toBeUndefined();
  });

  test('when nobody asks any more nothing is left of it', () => {
    expect(settleThaw({ ...running, thaw: coming }, { message: 'over', objects: 0, readable: 0 }, now)).toEqual({});
  });

  test('trouble keeps what was known, and what has to end is still to be ended', () => {
    const because = { reason: 'StorageUnreachable', message: 'no answer' } as const;
    const { activeRun, thaw } = holdThaw({ ...running, thaw: coming }, { ...because, chain: 'orders-2' }, now);
    expect(activeRun).toBeUndefined();
    expect(thaw).toMatchObject({ chain: 'orders-1', ...because, notBefore: '2026-03-02T02:40:00Z' });
    expect(holdThaw(running, { ...because, chain: 'orders-2' }, now).thaw).toMatchObject({
      chain: 'orders-2',
      ...because,
    });
    expect(holdThaw(running, because, now)).toEqual({});
  });

  test('a run that nobody finished expires like trouble', () => {
    const run = aThawRun();
    const intent = { kind: 'expire', run, status: 'Failed', message: 'too long', reason: 'DeadlineExceeded' } as const;
    const backup = aBackup({ status: { activeRun: run }, thawChain: 'orders-1' });
    const status = intentChange(intent, backup, undefined, now);
    expect(status).toMatchObject({ thaw: { chain: 'orders-1', reason: 'DeadlineExceeded' } });
    expect(status).not.toHaveProperty('activeRun');
  });
});
