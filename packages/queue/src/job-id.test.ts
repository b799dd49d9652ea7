import { expect, test } from 'vitest';
import { jobId } from './job-id.ts';

test('two backups never share an id, whatever their names', () => {
  const ids = [
    jobId({ namespace: 'a', name: 'b-c' }),
    jobId({ namespace: 'a-b', name: 'c' }),
    jobId({ namespace: '1', name: '2' }),
  ];
  expect(new Set(ids).size).toBe(ids.length);
});

test('an id is never an integer and never has a colon, as BullMQ demands', () => {
  for (const id of [jobId({ namespace: '1', name: '2' }), jobId({ namespace: 'a:b', name: 'c' })]) {
    expect(id).not.toMatch(/^\d+$|:/);
  }
});
