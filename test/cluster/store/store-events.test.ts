import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { StoreEvents, type StoreEvent } from './store-events.ts';

const dir = mkdtempSync(join(tmpdir(), 'holdfast-diary-'));
afterAll(() => rmSync(dir, { recursive: true }));

test('the diary holds what was added, and no line that is still being written', async () => {
  const file = join(dir, 'diary.jsonl');
  const diary = new StoreEvents(file);
  const event: StoreEvent = {
    at: '2026-03-01T02:00:00.000Z',
    operation: 'put',
    method: 'PUT',
    bucket: 'backups',
    key: 'orders/owner.json',
    status: 200,
  };
  diary.add(event);
  expect(await diary.all()).toEqual([event]);
  appendFileSync(file, JSON.stringify(event).slice(0, 40));
  expect(await diary.all()).toEqual([event]);
  await diary.close();
});
