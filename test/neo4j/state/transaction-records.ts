import { extension, transactions } from './content.ts';
import type { Database } from './database.ts';

const headBytes = 32;

/** Takes the bytes of a range in order. The head of each transaction comes before its patch and its extension. */
export interface TransactionSink {
  /** Return false to leave this transaction's bytes out. */
  begin(tx: number, committedAt: Date): boolean;
  patch(offset: number, bytes: Buffer): void;
  append(bytes: Buffer): void;
}

/** Bytes that `encodeTransactions` makes for the same range. */
export function encodedSize(database: Database, from: number, to: number): number {
  let bytes = 0;
  for (const { patch, extensionBytes } of transactions(database, from, to)) {
    bytes += headBytes + patch.length + extensionBytes;
  }
  return bytes;
}

/** The payload of a DIFF: every transaction of the range with what it overwrites and appends. */
export function* encodeTransactions(database: Database, from: number, to: number): Generator<Buffer> {
  for (const { tx, committedAt, offset, patch, extensionBytes } of transactions(database, from, to)) {
    const head = Buffer.alloc(headBytes);
    head.writeBigUInt64BE(BigInt(tx), 0);
    head.writeBigUInt64BE(BigInt(committedAt.getTime()), 8);
    head.writeBigUInt64BE(BigInt(offset), 16);
    head.writeUInt32BE(patch.length, 24);
    head.writeUInt32BE(extensionBytes, 28);
    yield Buffer.concat([head, patch]);
    yield* extension(database, tx, extensionBytes);
  }
}

/** Hands the transactions of a DIFF's payload to the sink; a payload that ends inside one is an error. */
export async function decodeTransactions(payload: AsyncIterable<Buffer>, sink: TransactionSink): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  let extensionLeft = 0;
  let wanted = true;
  for await (const chunk of payload) {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const taken = bytes.subarray(0, extensionLeft);
      if (wanted && taken.length > 0) sink.append(taken);
      extensionLeft -= taken.length;
      bytes = bytes.subarray(taken.length);
      const patchLength = bytes.length < headBytes ? Infinity : bytes.readUInt32BE(24);
      if (bytes.length < headBytes + patchLength) break;
      wanted = sink.begin(Number(bytes.readBigUInt64BE(0)), new Date(Number(bytes.readBigUInt64BE(8))));
      const patch = bytes.subarray(headBytes, headBytes + patchLength);
      if (wanted && patch.length > 0) sink.patch(Number(bytes.readBigUInt64BE(16)), patch);
      extensionLeft = bytes.readUInt32BE(28);
      bytes = bytes.subarray(headBytes + patchLength);
    }
    rest = bytes;
  }
  if (rest.length > 0 || extensionLeft > 0)
    throw new Error('the transaction range ends in the middle of a transaction');
}
