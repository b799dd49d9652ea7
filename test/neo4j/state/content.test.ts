import { expect, test } from 'vitest';
import { storeBytes, storeDigest, storeSize } from './content.ts';
import { lastTx, newDatabase, withCommits, type Database } from './database.ts';
import { decodeTransactions, encodedSize, encodeTransactions } from './transaction-records.ts';

const now = new Date('2026-03-01T02:00:00Z');
const content = (database: Database, tx: number) =>
  Buffer.concat([...storeBytes(database, tx)].map((one) => Buffer.from(one)));

function aDatabase(baseBytes: number): Database {
  return withCommits(withCommits(newDatabase('neo4j', baseBytes, now), 20, 100, now), 5, 2_000_000, now);
}

test.each([0, 63, 64, 100_000, 3_000_000])(
  'a base of %i bytes plus a range of transactions is the later store',
  async (baseBytes) => {
    const database = aDatabase(baseBytes);
    const [from, to] = [8, lastTx(database)];
    let store = content(database, from - 1);
    const payload = Buffer.concat([...encodeTransactions(database, from, to)]);
    expect(payload.length).toBe(encodedSize(database, from, to));
    async function* inPieces(): AsyncGenerator<Buffer> {
      for (let at = 0; at < payload.length; at += 7_919) yield payload.subarray(at, at + 7_919);
    }
    const appended: Buffer[] = [];
    await decodeTransactions(inPieces(), {
      begin: () => true,
      patch: (offset, bytes) => void bytes.copy(store, offset),
      append: (bytes) => void appended.push(Buffer.from(bytes)),
    });
    store = Buffer.concat([store, ...appended]);
    expect(store.length).toBe(storeSize(database, to));
    expect(store.equals(content(database, to))).toBe(true);
  },
);

test('every transaction changes the content, another identity has another content', () => {
  const database = aDatabase(10_000);
  const digests = [1, 2, 3].map((tx) => storeDigest(database, tx));
  expect(new Set([...digests, storeDigest({ ...database, id: 'other' }, 1)]).size).toBe(4);
});

test('a range that ends inside a transaction is an error', async () => {
  const payload = Buffer.concat([...encodeTransactions(aDatabase(1000), 2, 4)]).subarray(0, -1);
  async function* once(): AsyncGenerator<Buffer> {
    yield payload;
  }
  const sink = { begin: () => true, patch: () => undefined, append: () => undefined };
  await expect(decodeTransactions(once(), sink)).rejects.toThrow('in the middle of a transaction');
});
