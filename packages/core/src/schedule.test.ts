import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { findSlot } from './find-slot.ts';
import { nextSlot, previousSlot, slotsBetween } from './schedule.ts';

const inZone = (expression: string, timeZone = 'UTC') => ({ expression, timeZone });

function slots(expression: string, timeZone: string, from: string, count: number): string[] {
  const found: string[] = [];
  let at = new Date(from);
  for (let left = count; left > 0; left--) {
    at = nextSlot(inZone(expression, timeZone), at);
    found.push(at.toISOString().slice(5, 16).replace('T', ' '));
  }
  return found;
}

test('the next slot lies strictly after', () => {
  const nightly = inZone('0 2 * * *');
  expect(nextSlot(nightly, new Date('2026-03-01T01:59:59.999Z'))).toEqual(new Date('2026-03-01T02:00:00Z'));
  expect(nextSlot(nightly, new Date('2026-03-01T02:00:00Z'))).toEqual(new Date('2026-03-02T02:00:00Z'));
  expect(nextSlot(nightly, new Date('2026-03-01T02:00:00.001Z'))).toEqual(new Date('2026-03-02T02:00:00Z'));
});

test('the previous slot may be now and lies after since', () => {
  const nightly = inZone('0 2 * * *');
  const slot = new Date('2026-03-01T02:00:00Z');
  expect(previousSlot(nightly, slot, new Date('2026-02-01T00:00:00Z'))).toEqual(slot);
  expect(previousSlot(nightly, new Date('2026-03-01T23:00:00Z'), slot)).toBeUndefined();
  expect(
    previousSlot(inZone('0 0 29 2 *'), new Date('2026-03-01T00:00:00Z'), new Date('2000-01-01T00:00:00Z')),
  ).toEqual(new Date('2024-02-29T00:00:00Z'));
});

test('a schedule is read on the wall clock of its zone', () => {
  expect(slots('0 2 * * *', 'Asia/Kathmandu', '2026-03-01T00:00:00Z', 1)).toEqual(['03-01 20:15']);
});

test('when the clock jumps ahead, what is skipped fires once, right after the jump', () => {
  expect(slots('30 2 * * *', 'Europe/Stockholm', '2026-03-28T12:00:00Z', 2)).toEqual(['03-29 01:00', '03-30 00:30']);
  expect(slots('*/20 2 * * *', 'Europe/Stockholm', '2026-03-28T12:00:00Z', 2)).toEqual(['03-29 01:00', '03-30 00:00']);
  expect(slots('0 2,3 * * *', 'Europe/Stockholm', '2026-03-28T12:00:00Z', 2)).toEqual(['03-29 01:00', '03-30 00:00']);
  expect(slots('30 0 * * *', 'America/Sao_Paulo', '2017-10-14T12:00:00Z', 2)).toEqual(['10-15 03:00', '10-16 02:30']);
  expect(slots('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00:00Z', 2)).toEqual(['10-03 15:30', '10-04 15:15']);
});

test('when the clock goes back, what comes twice fires the first time only', () => {
  expect(slots('30 2 * * *', 'Europe/Stockholm', '2026-10-24T12:00:00Z', 2)).toEqual(['10-25 00:30', '10-26 01:30']);
  expect(slots('30 1-3 * * *', 'America/New_York', '2026-11-01T04:00:00Z', 4)).toEqual([
    '11-01 05:30',
    '11-01 07:30',
    '11-01 08:30',
    '11-02 06:30',
  ]);
});

test('asking within the doubled hour gives no second slot', () => {
  for (const from of ['2026-10-25T00:30:00Z', '2026-10-25T00:45:00Z', '2026-10-25T01:10:00Z', '2026-10-25T01:30:00Z']) {
    expect(slots('30 2 * * *', 'Europe/Stockholm', from, 1)).toEqual(['10-26 01:30']);
  }
});

test('an expression for every hour keeps its distance through both changes', () => {
  expect(slots('0 * * * *', 'Europe/Stockholm', '2026-03-29T00:30:00Z', 3)).toEqual([
    '03-29 01:00',
    '03-29 02:00',
    '03-29 03:00',
  ]);
  expect(slots('*/30 * * * *', 'Europe/Stockholm', '2026-10-25T00:00:00Z', 5)).toEqual([
    '10-25 00:30',
    '10-25 01:00',
    '10-25 01:30',
    '10-25 02:00',
    '10-25 02:30',
  ]);
});

test('a hundred thousand missed slots cost no more than the cap', () => {
  for (const timeZone of ['UTC', 'Europe/Stockholm']) {
    const began = performance.now();
    const missed = slotsBetween(
      inZone('* * * * *', timeZone),
      new Date('2026-01-01T00:00:00Z'),
      new Date('2026-03-11T10:40:30Z'),
      1000,
    );
    expect(missed).toEqual({ newest: new Date('2026-03-11T10:40:00Z'), count: 1000, capped: true });
    expect(performance.now() - began).toBeLessThan(2000);
  }
});

test('exactly as many slots as the cap are not capped', () => {
  const hourly = inZone('0 * * * *');
  const after = new Date('2026-01-01T00:00:00Z');
  expect(slotsBetween(hourly, after, new Date('2026-01-01T05:30:00Z'), 5)).toEqual({
    newest: new Date('2026-01-01T05:00:00Z'),
    count: 5,
    capped: false,
  });
  expect(slotsBetween(hourly, after, new Date('2026-01-01T06:00:00Z'), 5)).toMatchObject({
    newest: new Date('2026-01-01T06:00:00Z'),
    capped: true,
  });
  expect(slotsBetween(hourly, after, after, 5)).toEqual({ count: 0, capped: false });
});

const expressions = [
  '0 2 * * *',
  '30 2 * * *',
  '*/7 * * * *',
  '15 */3 * * *',
  '0 0 1 * *',
  '10 1-3 * * 0',
  '59 23 31 * *',
  '*/20 2 * * *',
];
const zones = [
  'UTC',
  'Europe/Stockholm',
  'America/New_York',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Asia/Kolkata',
  'Africa/Casablanca',
];
const instant = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2030, 0, 1) }).map((ms) => new Date(ms));

test('from wherever one asks, the slots are the same ones', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...expressions),
      fc.constantFrom(...zones),
      instant,
      fc.nat(3 * 86_400_000),
      (expression, zone, at, laterMs) => {
        const schedule = inZone(expression, zone);
        const slot = findSlot(schedule, at);
        expect(slot.getTime()).toBeGreaterThan(at.getTime());
        const between = new Date(Math.min(at.getTime() + laterMs, slot.getTime() - 1));
        expect(findSlot(schedule, between)).toEqual(slot);
        expect([at, between, slot].map((after) => nextSlot(schedule, after))).toEqual([
          slot,
          slot,
          findSlot(schedule, slot),
        ]);
        expect(previousSlot(schedule, slot, at)).toEqual(slot);
        expect(previousSlot(schedule, new Date(slot.getTime() - 1), at)).toBeUndefined();
      },
    ),
    { numRuns: 300 },
  );
});

test('the newest of a span is the previous slot of its end, and the count is the number of steps', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...expressions),
      fc.constantFrom(...zones),
      instant,
      fc.nat(2 * 86_400_000),
      (expression, zone, after, spanMs) => {
        const schedule = inZone(expression, zone);
        const until = new Date(after.getTime() + spanMs);
        const { newest, count } = slotsBetween(schedule, after, until, 10);
        expect(newest).toEqual(previousSlot(schedule, until, after));
        expect(count).toBeLessThanOrEqual(10);
        expect(count === 0).toBe(newest === undefined);
      },
    ),
    { numRuns: 200 },
  );
});
