import { BackupError } from '@holdfast/types';
import { expect, test } from 'vitest';
import { openLog } from './log.ts';

const march = { now: () => new Date('2026-03-01T02:00:00Z') };

test('a line is JSON with the time of the given clock, a constant message and fields', () => {
  const { log, lines } = aLog();
  log.info({ backup: 'shop/orders', run: 's20260301t020000z-1a2b3c4d', reason: 'ScheduleDue' }, 'run recorded');
  expect(lines()).toEqual([
    expect.objectContaining({
      level: 'info',
      name: 'watcher',
      time: '2026-03-01T02:00:00.000Z',
      msg: 'run recorded',
      backup: 'shop/orders',
      reason: 'ScheduleDue',
    }),
  ]);
});

test('an error is told with its stack, reason and causes', () => {
  const { log, lines } = aLog();
  const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  log.error({ err: new BackupError('StorageUnreachable', 'transient', 'no answer', { cause }) }, 'store trouble');
  expect(lines()[0]?.err).toMatchObject({
    type: 'BackupError',
    reason: 'StorageUnreachable',
    stack: expect.stringContaining('log.test.ts'),
    cause: { message: 'refused', code: 'ECONNREFUSED' },
  });
});

test('what a library hangs on its errors is not told, for it may hold a secret', () => {
  const { log, text } = aLog();
  const err = Object.assign(new Error('denied'), {
    request: { headers: { authorization: 'hunter2' } },
    command: { args: ['hunter2'] },
  });
  log.error({ err }, 'request failed');
  expect(text()).not.toContain('hunter2');
});

test('levels below the chosen one are silent', () => {
  const { log, lines } = aLog();
  log.debug('details');
  expect(lines()).toEqual([]);
});

function aLog() {
  const written: string[] = [];
  const log = openLog('watcher', march, { destination: { write: (line) => void written.push(line) } });
  const lines = () => written.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { log, lines, text: () => written.join('') };
}
