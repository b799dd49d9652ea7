import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSchedule, parseTimeZone } from './cron.ts';
import { Refused } from './refused.ts';

const read = (text: string, seed = 'seed') => parseSchedule(text, 'UTC', seed).expression;

test.each([
  ['0 2 * * *', '0 2 * * *'],
  ['  0   2 * *\t* ', '0 2 * * *'],
  ['*/15 0-6,22 1,15 JAN-mar MON-FRI', '*/15 0-6,22 1,15 JAN-mar MON-FRI'],
  ['0 0 L * *', '0 0 L * *'],
  ['0 0 * * 1#1', '0 0 * * 1#1'],
  ['0 0 * * 5L', '0 0 * * 5L'],
  ['0 0 29 2 *', '0 0 29 2 *'],
  ['0 0 * * THU', '0 0 * * THU'],
  ['@daily', '0 0 * * *'],
  ['@Weekly', '0 0 * * 0'],
])('%j is read', (text, expression) => {
  expect(read(text)).toBe(expression);
});

test.each([
  ['', 'write five fields'],
  ['* * * *', 'write five fields'],
  ['0 0 2 * * *', 'which has six fields; leave out the seconds'],
  ['0 0 2 * * * *', 'write five fields'],
  ['TZ=Europe/Stockholm 0 2 * * *', 'write the zone in spec.timeZone'],
  ['CRON_TZ=UTC 0 2 * * *', 'write the zone in spec.timeZone'],
  ['0 0 30 2 *', 'which never fires'],
  ['0 0 31 4,6 *', 'which never fires'],
  ['61 * * * *', 'which is no cron expression'],
  ['0 0 * * 1#6', 'which is no cron expression'],
  ['5-1 * * * *', 'which is no cron expression'],
  ['@every 5m', 'write five fields, or one of @yearly'],
  ['@reboot', 'write five fields, or one of @yearly'],
  ['H(50-70) * * * *', 'write a range within 0-59'],
  ['H/0 * * * *', 'write a step between 1 and 60'],
  ['0H(0-29) * * * *', 'write H, H(0-29), H/15 or H(0-29)/10'],
  ['5-H * * * *', 'write H, H(0-29), H/15 or H(0-29)/10'],
  ['Hx * * * *', 'write H, H(0-29), H/15 or H(0-29)/10'],
])('%j is refused', (text, sentence) => {
  expect(() => read(text)).toThrow(sentence);
  expect(() => read(text)).toThrow(Refused);
});

test('H is the same for one seed, within its range, and spreads over seeds', () => {
  const minutes = new Set<number>();
  for (let seed = 0; seed < 700; seed++) {
    const [minute = '', hour = '', day = ''] = read('H H(2-4) H * *', `uid-${seed}`).split(' ');
    minutes.add(Number(minute));
    expect(Number(hour)).toBeGreaterThanOrEqual(2);
    expect(Number(hour)).toBeLessThanOrEqual(4);
    expect(Number(day)).toBeLessThanOrEqual(28);
  }
  expect(minutes.size).toBe(60);
  expect(read('H H * * *', 'one')).toBe(read('H H * * *', 'one'));
});

test('H with a step keeps the step and moves its start', () => {
  expect(read('H(0-29)/10 * * * *')).toMatch(/^\d-29\/10 /);
  expect(read('H/15 * * * *')).toMatch(/^(\d|1[0-4])-59\/15 /);
});

test('a zone is one that the runtime knows by name', () => {
  expect(parseTimeZone('Europe/Stockholm')).toBe('Europe/Stockholm');
  expect(parseTimeZone('UTC')).toBe('UTC');
  for (const zone of ['Mars/Phobos', '+02:00', '', 'Europe/Stockholm '])
    expect(() => parseTimeZone(zone)).toThrow(Refused);
});

test('whatever is written, it is read or refused, and what is read is read again as itself', () => {
  const piece = fc.constantFrom(
    '*',
    '0',
    '5',
    '31',
    'L',
    'H',
    'MON',
    'jan',
    '1-5',
    '*/7',
    '1,2',
    '#',
    '?',
    '5L',
    '1#3',
    'H/3',
    'H(1-3)',
    '/',
    '-',
    'W',
    '99',
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(piece, { minLength: 4, maxLength: 6 }).map((pieces) => pieces.join(' ')),
  );
  fc.assert(
    fc.property(text, (written) => {
      try {
        const expression = read(written);
        expect(read(expression)).toBe(expression);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
      }
    }),
    { numRuns: 500 },
  );
});
