import { expect, test } from 'vitest';
import { anEnding } from './an-observed.ts';
import { forceFullAfter } from './force-full.ts';

const startTime = '2026-03-02T02:00:00Z';
const missed = anEnding({ status: 'Missed', reason: 'SlotMissed' });

test.each(['EngineFailed', 'Stalled', 'OutOfMemory', 'VerificationFailed', 'ArtifactMissing'])(
  'a run that ended with %s is followed by a FULL, also when slots were missed since',
  (reason) => {
    const failed = anEnding({ status: 'Failed', reason, startTime });
    expect(forceFullAfter({ history: [missed, failed, anEnding()] })).toBe('ChainBroken');
    expect(forceFullAfter({ history: [anEnding(), failed] })).toBeUndefined();
  },
);

test.each([
  ['never started', anEnding({ status: 'Failed', reason: 'DeadlineExceeded' })],
  ['could not reach its source', anEnding({ status: 'Failed', reason: 'SourceUnreachable', startTime })],
  ['succeeded', anEnding({ startTime })],
])('a run that %s leaves no doubt', (_what, last) => {
  expect(forceFullAfter({ history: [last] })).toBeUndefined();
  expect(forceFullAfter({})).toBeUndefined();
});
