import { createHash, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { inFlight } from './in-flight.ts';
import { digested, digestOfParts, inParts, partBytesFor, partsInFlight, type Part } from './parts.ts';

const mebibyte = 1024 * 1024;

test.each([0, 1, 8 * mebibyte, 100 * 1024 ** 3, 1024 ** 4, 5 * 1024 ** 4])(
  'a body of %d bytes, and one a tenth larger, fits into 10,000 parts',
  (bytes) => {
    const partBytes = partBytesFor(stream(), bytes);
    expect(partBytes).toBeGreaterThanOrEqual(8 * mebibyte);
    expect(Math.ceil((bytes * 1.1) / partBytes)).toBeLessThanOrEqual(10_000);
    expect(partBytes % mebibyte).toBe(0);
  },
);

test('large parts are not under way together, so that memory stays small', () => {
  for (const bytes of [8, 16, 24, 110, 600].map((size) => size * mebibyte)) {
    expect(partsInFlight(bytes)).toBeGreaterThanOrEqual(1);
    expect(partsInFlight(bytes) * bytes).toBeLessThanOrEqual(Math.max(48 * mebibyte, bytes));
  }
});

test.each([0, 1, 999, 1_000, 1_001, 2_000, 12_345, 3 * mebibyte + 1])(
  'however %d bytes come, their parts and their digest are the same',
  async (length) => {
    const body = randomBytes(length);
    const partBytes = length > mebibyte ? mebibyte + 7 : 1_000;
    const whole = await Array.fromAsync(inParts(body, partBytes));
    expect(Buffer.concat(whole.map(({ bytes }) => bytes))).toEqual(body);
    const digest = digestOfParts(
      whole.map(({ sha256 }) => sha256),
      partBytes,
    );
    for (const size of [1_000, 77_777, length + 1]) {
      const parts = await Array.fromAsync(inParts(reusing(body, size), partBytes));
      expect(parts.map(told)).toEqual(whole.map(told));
      const passing = digested(reusing(body, size), partBytes);
      for await (const _piece of passing.pieces);
      expect(passing.digest()).toEqual(digest);
    }
    expect(digest.algorithm).toBe(whole.length > 1 ? 'sha256-parts' : 'sha256');
    const plain = digested(body, Infinity);
    for await (const _piece of plain.pieces);
    expect(plain.digest()).toEqual({ algorithm: 'sha256', value: createHash('sha256').update(body).digest('hex') });
  },
);

test('a part that is given back lends its memory to the next one, and one that is not keeps its bytes', async () => {
  const body = randomBytes(10_500);
  const memories = new Set<ArrayBufferLike>();
  const kept: Part[] = [];
  for await (const part of inParts(reusing(body, 777), 1_000)) {
    expect(told(part)).toEqual(told(partAt(part.number)));
    memories.add(part.bytes.buffer);
    if (part.number % 5 === 0) kept.push(part);
    else part.release();
    if (part.number % 5 === 1) part.release(); // twice is once
  }
  expect(memories.size).toBe(kept.length + 1);
  expect(kept.map(told)).toEqual(kept.map(({ number }) => told(partAt(number))));

  function partAt(number: number): Pick<Part, 'number' | 'bytes' | 'sha256'> {
    const bytes = body.subarray((number - 1) * 1_000, number * 1_000);
    return { number, bytes, sha256: createHash('sha256').update(bytes).digest() };
  }
});

test('a slow end slows the source down', async () => {
  let [read, done, ahead] = [0, 0, 0];
  async function* source(): AsyncGenerator<number> {
    while (read < 20) {
      ahead = Math.max(ahead, (read += 1) - done);
      yield read;
    }
  }
  await inFlight(source(), { limit: 3, signal: undefined }, async () => {
    await new Promise((resolve) => setImmediate(resolve));
    done += 1;
  });
  expect([read, done]).toEqual([20, 20]);
  expect(ahead).toBeLessThanOrEqual(3);
});

test('the first failure ends the work that is under way, and what was not begun never begins', async () => {
  let begun = 0;
  const ended: unknown[] = [];
  const failing = inFlight(stream(1, 2, 3, 4, 5), { limit: 2, signal: undefined }, async (item, signal) => {
    begun += 1;
    if (item === 2) throw new Error('the second is bad');
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    ended.push(signal.reason);
  });
  await expect(failing).rejects.toThrow('the second is bad');
  expect(begun).toBe(2);
  expect(ended).toHaveLength(1);
});

function told({ number, bytes, sha256 }: Pick<Part, 'number' | 'bytes' | 'sha256'>) {
  return { number, bytes: Buffer.from(bytes), sha256 };
}

async function* stream<T>(...items: T[]): AsyncGenerator<T> {
  yield* items;
}

/** A source that fills the same memory again and again, as files and sockets may. */
async function* reusing(body: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const memory = Buffer.alloc(size);
  for (let at = 0; at < body.length; at += size) {
    const piece = body.subarray(at, at + size);
    memory.set(piece);
    yield memory.subarray(0, piece.length);
  }
}
