import { expect, test } from 'vitest';
import { parseReply } from './bells.ts';

const reply = Buffer.from('*2\r\n$5\r\nhello\r\n*3\r\n:7\r\n$-1\r\n*-1\r\n+rest\r\n');

test('a reply of Redis is read with everything nested in it, up to where the next one begins', () => {
  expect(parseReply(reply, 0)).toEqual({ reply: ['hello', [7, undefined, undefined]], end: reply.length - 7 });
});

test('a reply of which a part is still under way is no reply yet', () => {
  for (let bytes = 0; bytes < reply.length - 7; bytes += 1)
    expect(parseReply(reply.subarray(0, bytes), 0)).toBeUndefined();
});

test('an error keeps its sign', () => {
  expect(parseReply(Buffer.from('-ERR no\r\n'), 0)?.reply).toBe('-ERR no');
});
