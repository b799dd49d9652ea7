import type { VerificationStatus } from '@holdfast/types';
import { expect, test } from 'vitest';
import { aBackup, anEnding, anObserved, aSpec, at, aVerifyRun, daily } from './an-observed.ts';
import { decide } from './decide.ts';
import { verificationAt, verificationCause } from './verification-cause.ts';
import { mustYield, verifyUntil } from './verify-until.ts';

const verifying = { ...aSpec().options, verify: true, fullIntervalMs: 2 * 86_400_000 };
const success = anEnding({ completionTime: '2026-03-02T02:10:00Z' });
const answered = { lastSlotTime: '2026-03-04T02:00:00Z' };

/** A daily backup with `verifyBackup` that succeeded on 2 March; its slots are answered until 4 March. */
function aVerified(verification?: VerificationStatus, told: Parameters<typeof anObserved>[0] = {}) {
  const { spec, ...more } = told;
  return anObserved({
    spec: { schedule: daily, options: verifying, ...spec },
    status: { ...answered, history: [success], ...(verification && { verification }) },
    ...more,
  });
}
const intent = (...given: Parameters<typeof aVerified>) => decide(aVerified(...given), at('04T03:00'));

test('a new token has everything read back, once for each token, and begins a round of its own', () => {
  const asked = intent({ provenSince: '2026-03-04T00:00:00Z' }, { verifyToken: 'please' });
  expect(asked).toMatchObject({
    kind: 'record',
    reason: 'Requested',
    run: { kind: 'verify', trigger: 'Verification', token: 'please', round: '2026-03-04T03:00:00.000Z' },
  });
  expect('run' in asked && asked.run.id).toMatch(/^v[0-9a-f]{10}-1a2b3c4d$/);
  const known = { provenSince: '2026-03-04T00:00:00Z', lastTokens: ['other', 'please'] };
  expect(intent(known, { verifyToken: 'please' }).kind).toBe('idle');
});

test('with verifyBackup a round begins by itself when the oldest proof is older than a chain may grow', () => {
  expect(intent({ provenSince: '2026-03-02T03:00:00Z' })).toMatchObject({ kind: 'record', reason: 'VerificationDue' });
  expect(intent({ provenSince: '2026-03-02T03:00:01Z' })).toMatchObject({ kind: 'idle', until: at('04T03:00:01') });
  expect(intent({ provenSince: '2026-03-01T00:00:00Z' }, { spec: { options: aSpec().options } }).kind).toBe('idle');
});

test('the first round counts from the oldest success that is known, and without one nothing counts', () => {
  expect(verificationAt(aVerified().backup)).toEqual(at('04T02:10'));
  expect(verificationAt(aVerified(undefined, { status: answered }).backup)).toBeUndefined();
});

test('however short the chains, a proof may become a day old', () => {
  const options = { ...verifying, fullIntervalMs: 60_000 };
  const backup = aBackup({
    spec: aSpec({ options }),
    status: { verification: { provenSince: '2026-03-01T00:00:00Z' } },
  });
  expect(verificationAt(backup)).toEqual(at('02T00:00'));
});

test('an unfinished round goes on as another run of the same round, also without verifyBackup, and after trouble in an hour', () => {
  const unfinished = { unfinished: true, round: '2026-03-03T00:00:00Z', lastRunTime: '2026-03-04T02:00:00Z' };
  const first = intent(unfinished, { spec: { options: aSpec().options } });
  const second = intent({ ...unfinished, lastRunTime: '2026-03-04T02:30:00Z' });
  expect(first).toMatchObject({ kind: 'record', run: { round: '2026-03-03T00:00:00Z' } });
  expect('run' in first && 'run' in second && first.run.id !== second.run.id).toBe(true);
  const held = { ...unfinished, notBefore: '2026-03-04T04:00:00Z' };
  expect(intent(held)).toMatchObject({ kind: 'idle', until: at('04T04:00') });
});

test('a due slot and a request for a backup go first', () => {
  const due = { provenSince: '2026-03-01T00:00:00Z' };
  const slot = { status: { ...answered, lastSlotTime: '2026-03-03T02:00:00Z', verification: due } };
  expect(decide(aVerified(due, slot), at('04T03:00'))).toMatchObject({ run: { kind: 'backup' } });
  expect(intent(due, { requestToken: 'now', verifyToken: 'too' })).toMatchObject({ run: { kind: 'backup' } });
});

test('a suspended backup verifies nothing, asked or not', () => {
  const { backup } = aVerified(
    { provenSince: '2026-03-01T00:00:00Z' },
    { spec: { suspend: true }, verifyToken: 'now' },
  );
  expect(verificationCause(backup, at('04T03:00'))).toBeUndefined();
});

test('it reads for fifty minutes at most, and until the next slot, even one that came due before it began', () => {
  const run = aVerifyRun({ recordedAt: '2026-03-04T01:30:00Z', startedAt: '2026-03-04T01:30:05Z' });
  const { backup } = aVerified(undefined, { status: { lastSlotTime: '2026-03-03T02:00:00Z' } });
  expect(verifyUntil(backup, run)).toEqual(at('04T02:00'));
  expect(verifyUntil(backup, { ...run, startedAt: '2026-03-04T02:00:30Z' })).toEqual(at('04T02:00'));
  expect(
    verifyUntil(aVerified().backup, { ...run, recordedAt: '2026-03-04T03:00:00Z', startedAt: '2026-03-04T03:00:00Z' }),
  ).toEqual(at('04T03:50'));
});

test('it makes room when its time is over and when a person asks for a backup', () => {
  const run = aVerifyRun({ recordedAt: '2026-03-04T03:00:00Z', startedAt: '2026-03-04T03:00:00Z' });
  const { backup } = aVerified();
  expect(mustYield(backup, run, at('04T03:49'))).toBe(false);
  expect(mustYield(backup, run, at('04T03:50'))).toBe(true);
  expect(mustYield({ ...backup, requestToken: 'now' }, run, at('04T03:01'))).toBe(true);
  const known = { ...backup.status, lastRunTokens: ['now'] };
  expect(mustYield({ ...backup, requestToken: 'now', status: known }, run, at('04T03:01'))).toBe(false);
});
