import { expect, test } from 'vitest';
import { makeRoom } from './make-room.ts';

test('a map that is full loses what was put in first, and one with room loses nothing', () => {
  const map = new Map([
    ['first', 1],
    ['second', 2],
  ]);
  makeRoom(map, 3);
  expect([...map.keys()]).toEqual(['first', 'second']);
  makeRoom(map, 2);
  expect([...map.keys()]).toEqual(['second']);
});
