import { createHash } from 'node:crypto';
import { readSync, writeSync } from 'node:fs';
import type { TransactionSink } from '../state/transaction-records.ts';
import type { Until } from './restore-until.ts';

const readBytes = 1 << 20;

/** A store being rebuilt: the bytes of a FULL, then the transactions of its DIFFs in order, each at most once. */
export class StoreFile implements TransactionSink {
  readonly #file: number;
  readonly #until: Until;
  #end = 0;
  #tx: number;

  constructor(file: number, tx: number, until: Until) {
    this.#file = file;
    this.#tx = tx;
    this.#until = until;
  }

  /** The last transaction the store contains. */
  get tx(): number {
    return this.#tx;
  }

  get bytes(): number {
    return this.#end;
  }

  begin(tx: number, committedAt: Date): boolean {
    if (tx <= this.#tx || !this.#until(tx, committedAt)) return false; // an overlap, or later than wanted
    if (tx !== this.#tx + 1) throw new Error(`transaction ${tx} follows ${this.#tx}: the chain has a gap`);
    this.#tx = tx;
    return true;
  }

  patch(offset: number, bytes: Buffer): void {
    writeSync(this.#file, bytes, 0, bytes.length, offset);
  }

  append(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at, bytes.length - at, this.#end + at);
    this.#end += bytes.length;
  }

  /** SHA-256 in hex of everything in the store. */
  digest(): string {
    const hash = createHash('sha256');
    const buffer = Buffer.alloc(readBytes);
    for (let at = 0; at < this.#end;) {
      const read = readSync(this.#file, buffer, 0, readBytes, at);
      if (read === 0) throw new Error(`the store ends at ${at} instead of ${this.#end}`);
      hash.update(buffer.subarray(0, read));
      at += read;
    }
    return hash.digest('hex');
  }
}
