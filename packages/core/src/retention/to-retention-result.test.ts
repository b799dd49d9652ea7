import { retentionResultSchema } from '@holdfast/types';
import { expect, test } from 'vitest';
import { anEntry, atHour } from '../chains/an-entry.ts';
import { chains } from '../chains/chains.ts';
import { planRetention } from './plan-retention.ts';
import { toRetentionResult } from './to-retention-result.ts';

const manyFulls = Array.from({ length: 500 }, (_, hour) => anEntry({ artifact: `orders-${hour}`, hour }));
const plan = planRetention({ suspended: false, maxCount: 10 }, chains(manyFulls), { unreadable: 0 }, atHour(501));

test('a long plan is cut to its limit and keeps its true counts', () => {
  const result = toRetentionResult(plan, 3000);
  expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThanOrEqual(3000);
  expect(result).toMatchObject({ kept: 10, removeCount: 490, reclaimBytes: 49_000 });
  expect(result.remove.length).toBeGreaterThan(10);
  expect(result.remove[0]).toEqual({
    chain: 'orders-0',
    database: 'orders',
    artifacts: 1,
    bytes: 100,
    reason: 'Expired',
    because: 'beyond the newest 10',
    time: '2026-01-01T00:00:00Z',
  });
  expect(result).toMatchObject({ keepCount: 10, keepBytes: 1000 });
  expect(result.keep?.[0]).toMatchObject({ chain: 'orders-499', because: 'newest 10, newest verified chain' });
  expect(retentionResultSchema.parse(result)).toEqual(result);
});

test('a plan that fits stands there in full', () => {
  const whole = toRetentionResult(plan, 1_000_000);
  expect([whole.remove.length, whole.keep?.length]).toEqual([490, 10]);
});

test('what waits for a person stands among what would go, and not among what stays', () => {
  const careful = { suspended: false, maxCount: 10, maxDeletePercent: 50 };
  const waiting = planRetention(careful, chains(manyFulls), { unreadable: 0 }, atHour(501));
  const result = toRetentionResult(waiting, 1_000_000);
  expect([result.remove.length, result.keep?.length, result.keepCount]).toEqual([490, 10, 10]);
  expect(result).toMatchObject({ consent: 'Waiting', plan: waiting.proposal?.id, removeCount: 490, kept: 500 });
});

test('an absurdly small limit still gives the counts', () => {
  expect(toRetentionResult(plan, 10)).toMatchObject({ remove: [], removeCount: 490 });
});
