import type { RetentionResult } from '@holdfast/types';
import { expect, test } from 'vitest';
import { heldBack, retentionSentence, wholeSecondAfter } from './retention-words.ts';

const result = (told: Partial<RetentionResult>): RetentionResult => ({
  ...heldBack({}, { reason: 'RetentionFailed', message: '' }),
  held: [],
  ...told,
});

test('one restore point is a restore point', () => {
  expect(retentionSentence(result({ kept: 1, removed: 2 }))).toBe('1 restore point kept, 2 artifacts removed');
  expect(retentionSentence(result({ kept: 0, removed: 1 }))).toBe('0 restore points kept, 1 artifact removed');
});

test('a hold says why instead', () => {
  expect(retentionSentence(result({ held: [{ reason: 'NoFreshBackup', message: 'the last success is old' }] }))).toBe(
    'the last success is old',
  );
});

test('a look that came to nothing keeps what was known and names the next look', () => {
  const retryAt = new Date('2026-03-01T03:00:00Z');
  expect(heldBack({ retention: { kept: 7 } }, { reason: 'StorageDenied', message: 'no', retryAt })).toMatchObject({
    kept: 7,
    removed: 0,
    held: [{ reason: 'StorageDenied' }],
    nextExpiry: '2026-03-01T03:00:00Z',
  });
});

test('an expiry is rounded up to a second at which it has passed', () => {
  expect(wholeSecondAfter(new Date('2026-03-01T03:00:00.001Z'))).toBe('2026-03-01T03:00:01Z');
  expect(wholeSecondAfter(new Date('2026-03-01T03:00:00.000Z'))).toBe('2026-03-01T03:00:00Z');
});
