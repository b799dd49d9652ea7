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
  });
  expect(retentionResultSchema.parse(result)).toEqual(result);
});

test('a plan that fits stands there in full', () => {
  expect(toRetentionResult(plan, 1_000_000).remove).toHaveLength(490);
});

test('an absurdly small limit still gives the counts', () => {
  expect(toRetentionResult(plan, 10)).toMatchObject({ remove: [], removeCount: 490 });
});
