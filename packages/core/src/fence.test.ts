import { expect, test } from 'vitest';
import type { ActiveRun } from '@holdfast/types';
import { mayWrite } from './fence.ts';

const aRun = (change: Partial<ActiveRun> = {}): ActiveRun => ({
  id: 's20260301t020000z-1a2b3c4d',
  kind: 'backup',
  trigger: 'Schedule',
  phase: 'Running',
  attempt: 2,
  recordedAt: '2026-03-01T02:00:00Z',
  ...change,
});
const run = aRun().id;

test('a run may be recorded where none is active', () => {
  expect(mayWrite(undefined, aRun(), {})).toBe(true);
});

test('a run is not recorded over another one', () => {
  expect(mayWrite(aRun(), aRun({ id: 'other' }), {})).toBe(false);
});

test('whoever acts for a run may end it, and record the next one in its place', () => {
  expect(mayWrite(aRun(), undefined, { run })).toBe(true);
  expect(mayWrite(aRun(), aRun({ id: 'other' }), { run })).toBe(true);
});

test('nobody ends a run without naming it', () => {
  expect(mayWrite(aRun(), undefined, {})).toBe(false);
});

test('a run that was settled by someone else is not settled again', () => {
  expect(mayWrite(undefined, undefined, { run })).toBe(false);
  expect(mayWrite(undefined, aRun(), { run })).toBe(false);
});

test('a writer that believes in another run is refused', () => {
  expect(mayWrite(aRun({ id: 'other' }), aRun({ id: 'other' }), { run })).toBe(false);
});

test('a phase goes forward or stays, never back', () => {
  expect(mayWrite(aRun(), aRun({ phase: 'Verifying' }), { run })).toBe(true);
  expect(mayWrite(aRun(), aRun(), { run })).toBe(true);
  expect(mayWrite(aRun(), aRun({ phase: 'Starting' }), { run })).toBe(false);
});

test('a new attempt begins in an early phase, an old one does not come back', () => {
  expect(mayWrite(aRun(), aRun({ attempt: 3, phase: 'Admitted' }), { run })).toBe(true);
  expect(mayWrite(aRun(), aRun({ attempt: 1, phase: 'Verifying' }), { run })).toBe(false);
});

test('a writer of an earlier attempt neither changes nor ends the run', () => {
  expect(mayWrite(aRun(), aRun(), { run, attempt: 1 })).toBe(false);
  expect(mayWrite(aRun(), undefined, { run, attempt: 1 })).toBe(false);
  expect(mayWrite(aRun(), undefined, { run, attempt: 2 })).toBe(true);
});

test('a writer without a run changes the rest of the status beside the active run', () => {
  expect(mayWrite(aRun(), aRun(), {})).toBe(true);
  expect(mayWrite(undefined, undefined, {})).toBe(true);
});
