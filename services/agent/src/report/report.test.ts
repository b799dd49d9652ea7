import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLog } from '@holdfast/runtime';
import { openMemory, readAttempts } from '@holdfast/storage';
import { agentResultSchema, maxTerminationBytes, type AgentResult } from '@holdfast/types';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aResult } from '../../../../packages/access/src/a-world.ts';
import { report, terminationMessage } from './report.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-report-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const log = openLog('agent', { now: () => new Date() }, { destination: { write() {} } });
const databases = (count: number, error?: string): AgentResult['databases'] =>
  Array.from({ length: count }, (_, index) => ({
    name: `database-${index}`,
    artifact: `database-${index}-2026-03-01T02-00-34.backup`,
    chain: `database-${index}-2026-03-01T02-00-34`,
    ...(error && index === count - 1 && { error }),
  }));

test('a result fits into a termination message whatever is in it', () => {
  const long = '€'.repeat(3_000);
  const remove = Array.from({ length: 200 }, (_, index) => ({
    chain: `chain-${index}`,
    database: 'orders',
    artifacts: 3,
    bytes: 1,
    reason: 'Expired',
  }));
  const retention = { kept: 1, removed: 0, reclaimedBytes: 0, held: [], remove, removeCount: 200, reclaimBytes: 9 };
  const damage = { chain: 'c', database: 'orders', artifact: 'a', reason: 'ArtifactChanged', message: long };
  const damaged = Array.from({ length: 10 }, () => ({ ...damage, time: '2026-03-01T02:00:00Z' }));
  const folder = { whole: 1, broken: 10, damaged, damagedCount: 10 };
  const warnings = [{ reason: 'SourceUnreachable', message: long }];
  for (const told of [
    { databases: databases(100, long) },
    { message: long, databases: databases(100) },
    { retention },
    { warnings, message: long, retention, databases: databases(10, long) },
    { message: long, databases: databases(10), folder },
  ]) {
    const text = terminationMessage(aResult(told));
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxTerminationBytes);
    expect(agentResultSchema.parse(JSON.parse(text))).toMatchObject({ run: aResult().run, outcome: 'Succeeded' });
  }
});

test('the counts stay true when the databases are cut, and those that failed stand first', () => {
  const text = terminationMessage(aResult({ databases: databases(100, 'offline') }));
  const shown = agentResultSchema.parse(JSON.parse(text));
  expect(shown.counts).toEqual(aResult().counts);
  expect(shown.databases[0]).toMatchObject({ name: 'database-99', error: 'offline' });
});

test('the store gets all of it, and the message says where', async () => {
  const store = openMemory();
  const result = aResult({ databases: databases(100) });
  await report(result, { store, podUid: '12345678-pod', log }, join(folder, 'message'));
  expect(await readAttempts(store, result.run)).toEqual(result);
  const told: unknown = JSON.parse(readFileSync(join(folder, 'message'), 'utf8'));
  expect(told).toMatchObject({ runKey: `runs/${result.run}/attempt-1-12345678.json` });
});

test('a store that refuses does not silence the message', async () => {
  const refusing = { ...openMemory(), create: () => Promise.reject(new Error('denied')) };
  await report(aResult(), { store: refusing, podUid: '12345678-pod', log }, join(folder, 'message'));
  expect(JSON.parse(readFileSync(join(folder, 'message'), 'utf8'))).toMatchObject({ outcome: 'Succeeded' });
});

test('a message that cannot be written does not keep the result from the store', async () => {
  const store = openMemory();
  await report(aResult(), { store, podUid: '12345678-pod', log }, join(folder, 'missing', 'message'));
  expect(await readAttempts(store, aResult().run)).toMatchObject({ outcome: 'Succeeded' });
});
