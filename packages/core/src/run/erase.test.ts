import type { Status } from '@holdfast/types';
import { describe, expect, test } from 'vitest';
import { holdErase, settleErase } from '../status/erase-changes.ts';
import { aBackup, anEraseRun, anObserved, aRun, aThawRun, at } from './an-observed.ts';
import { decide } from './decide.ts';
import { intentChange } from './intent-change.ts';
import type { BackupFacts } from './observed.ts';

const now = at('02T02:10');
const asks = { eraseOnDelete: true } as const;
const deleted = { spec: asks, deleting: true, held: true } as const;
const decideOn = (told: Parameters<typeof anObserved>[0], when = now) => decide(anObserved(told), when);

describe('an object whose data goes with it', () => {
  test('is held before anything else is done with it', () => {
    expect(decideOn({ spec: asks })).toEqual({ kind: 'finalizer', keep: true, reason: 'FinalizerChanged' });
    expect(decideOn({ spec: asks, status: { activeRun: aRun() } })).toMatchObject({ kind: 'finalizer', keep: true });
    expect(decideOn({ spec: asks, held: true }).kind).not.toBe('finalizer');
  });

  test('is held no more when its spec says otherwise, and stays as it is while its spec is refused', () => {
    expect(decideOn({ held: true })).toMatchObject({ kind: 'finalizer', keep: false });
    const refusals = [{ reason: 'SpecInvalid', field: 'spec', message: 'no' }] as const;
    const { spec: _refused, ...backup } = aBackup({ held: true });
    expect(decide({ backup: { ...backup, refusals } }, now).kind).toBe('refuse');
  });

  test('is not held for the first time when it is already being deleted', () => {
    expect(decideOn({ spec: asks, deleting: true })).toMatchObject({ kind: 'idle', reason: 'Cancelled' });
  });
});

describe('when it is deleted', () => {
  test.each([
    ['a backup', aRun()],
    ['a thaw', aThawRun({ phase: 'Running' })],
  ])('%s that is under way is cancelled', (_what, activeRun) => {
    const intent = decideOn({ ...deleted, status: { activeRun } });
    expect(intent).toMatchObject({
      kind: 'expire',
      status: 'Cancelled',
      reason: 'Cancelled',
      run: { id: activeRun.id },
    });
    const backup = aBackup({ status: { activeRun } });
    expect(intentChange(intent, backup, undefined, now)).not.toHaveProperty('activeRun');
  });

  test('its data is erased by a run of its own kind, which a slot that is due does not keep waiting', () => {
    expect(decideOn(deleted)).toMatchObject({
      kind: 'record',
      reason: 'EraseDue',
      run: { kind: 'erase', trigger: 'Erase' },
    });
    const activeRun = anEraseRun({ phase: 'Recorded', recordedAt: '2026-03-02T02:05:00Z' });
    expect(decideOn({ ...deleted, status: { activeRun } })).toMatchObject({ kind: 'admit' });
    const admitted = { ...activeRun, phase: 'Admitted' } as const;
    expect(decideOn({ ...deleted, status: { activeRun: admitted } })).toMatchObject({
      kind: 'ring',
      queue: 'retention',
    });
  });

  test('it is let go when its data is gone', () => {
    const status = settleErase({ activeRun: anEraseRun() }, { objects: 3, bytes: 2048, foreign: 1 }, now);
    expect(status).toEqual({
      erase: {
        done: true,
        reason: 'DataErased',
        message: '3 objects with 2.0 KiB were erased; 1 that Holdfast did not make are left where they are',
        lastRunTime: '2026-03-02T02:10:00Z',
      },
    });
    expect(decideOn({ ...deleted, status })).toEqual({ kind: 'finalizer', keep: false, reason: 'DataErased' });
  });

  test('trouble is told with the way out, and it is tried again after a while', () => {
    const status = holdErase({ activeRun: anEraseRun() }, { reason: 'StorageUnreachable', message: 'no answer' }, now);
    expect(status.erase?.message).toBe(
      'no answer; it is tried again, and the annotation neo4j.neo4j.com/force-delete=true lets the object go without it',
    );
    expect(decideOn({ ...deleted, status })).toEqual({ kind: 'idle', until: at('02T02:20'), reason: 'EraseFailed' });
    const again = decideOn({ ...deleted, status }, at('02T02:20'));
    expect(again).toMatchObject({ kind: 'record', run: { kind: 'erase' } });
    expect(again.kind === 'record' && again.run.id).not.toBe(recordedId(deleted));
  });

  test.each<[string, Partial<BackupFacts>, Status]>([
    ['a person says so', { forceDelete: true }, {}],
    ['a person says so, whatever is under way', { forceDelete: true }, { activeRun: anEraseRun() }],
  ])('it is let go with its data still there when %s', (_why, more, status) => {
    const { spec: _same, ...facts } = deleted;
    expect(decideOn({ ...facts, spec: asks, ...(more as object), status })).toMatchObject({
      keep: false,
      reason: 'DataLeft',
    });
  });

  test('it is let go when the wish is taken back', () => {
    expect(decideOn({ deleting: true, held: true })).toMatchObject({
      kind: 'finalizer',
      keep: false,
      reason: 'DataLeft',
    });
  });

  test('a run that nobody finished is held like any trouble', () => {
    const activeRun = anEraseRun({ recordedAt: '2026-03-02T00:00:00Z' });
    const intent = decideOn({ ...deleted, status: { activeRun } });
    expect(intent).toMatchObject({ kind: 'expire', reason: 'DeadlineExceeded' });
    const status = intentChange(intent, aBackup({ status: { activeRun } }), undefined, now);
    expect(status).toMatchObject({ erase: { done: false, reason: 'DeadlineExceeded' } });
    expect(status).not.toHaveProperty('activeRun');
  });

  function recordedId(told: Parameters<typeof anObserved>[0]): string | undefined {
    const intent = decideOn(told);
    return intent.kind === 'record' ? intent.run.id : undefined;
  }
});
