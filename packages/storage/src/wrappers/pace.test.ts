import { expect, test } from 'vitest';
import { adapt, fullPace, type Pace } from './pace.ts';

const ceiling = 16;

/** The pace after calls that each began when all before them had ended. */
function after(calls: string, from: Pace = fullPace(ceiling), ended = 0): Pace {
  return calls
    .split('')
    .reduce(
      (pace, call, index) => adapt(pace, { well: call === '+', beganAfter: ended + index }, ended + index + 1, ceiling),
      from,
    );
}

test('trouble halves, down to one and no further', () => {
  expect(['-', '--', '---', '----', '-----'].map((calls) => after(calls).limit)).toEqual([8, 4, 2, 1, 1]);
});

test('as many good calls as may be under way make it one more, up to the ceiling', () => {
  const low = after('---');
  expect(['+', '++', '++++', '+++++'].map((calls) => after(calls, low, 3).limit)).toEqual([2, 3, 3, 4]);
  expect(after('+'.repeat(500), low, 3).limit).toBe(ceiling);
  expect(after('+'.repeat(500)).limit).toBe(ceiling);
});

test('calls that were sent before the halving do not halve it again', () => {
  const sent = { well: false, beganAfter: 0 };
  let pace = fullPace(ceiling);
  for (let ended = 1; ended <= ceiling; ended += 1) pace = adapt(pace, sent, ended, ceiling);
  expect(pace.limit).toBe(8);
  expect(adapt(pace, { well: false, beganAfter: 1 }, 17, ceiling).limit).toBe(4);
});

test('trouble in between begins the count anew', () => {
  const low = { limit: 3, streak: 2, blindUntil: 10 };
  const old = adapt(low, { well: false, beganAfter: 2 }, 11, ceiling);
  expect(old).toMatchObject({ limit: 3, streak: 0 });
});
