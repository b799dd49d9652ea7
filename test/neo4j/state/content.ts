import { createCipheriv, createHash } from 'node:crypto';
import { lastTx, type Commit, type Database } from './database.ts';

const chunkBytes = 1 << 20;
const patchBytes = 64;
const zeros = Buffer.alloc(chunkBytes);

/** What one transaction does to a store: overwrite `patch` at `offset`, then append `extensionBytes`. */
export interface Transaction {
  readonly tx: number;
  readonly committedAt: Date;
  readonly offset: number;
  readonly patch: Buffer;
  readonly extensionBytes: number;
}

/** Bytes of the whole store at transaction `tx`. */
export function storeSize(database: Database, tx: number): number {
  let bytes = database.baseBytes;
  for (const commit of database.commits) bytes += countUpTo(commit, tx) * commit.bytesPerTx;
  return bytes;
}

/**
 * The store at transaction `tx`, in chunks: the base region with
 * the patches of all transactions applied, then what each transaction appended. Runs at about the speed of AES-CTR.
 */
export function* storeBytes(database: Database, tx: number): Generator<Buffer> {
  const patches = lastPatches(database, tx);
  let position = 0;
  for (const chunk of keystream(database.id, 'base', database.baseBytes)) {
    applyPatches(chunk, position, patches);
    position += chunk.length;
    yield chunk;
  }
  for (const { tx: number, extensionBytes } of transactions(database, 2, tx)) {
    yield* extension(database, number, extensionBytes);
  }
}

/** The transactions of a range, both ends included; transaction 1 is the creation and changes nothing later. */
export function* transactions(database: Database, from: number, to: number): Generator<Transaction> {
  for (const commit of database.commits) {
    const last = Math.min(commit.lastTx, to);
    for (let tx = Math.max(commit.firstTx, from); tx <= last; tx++) yield transactionOf(database, commit, tx);
  }
}

/** The bytes that transaction `tx` appended. */
export function extension(database: Database, tx: number, bytes: number): Generator<Buffer> {
  return keystream(database.id, `tx ${tx}`, bytes);
}

/** SHA-256 in hex of the whole store at transaction `tx` (the last one if left out). */
export function storeDigest(database: Database, tx = lastTx(database)): string {
  const hash = createHash('sha256');
  for (const chunk of storeBytes(database, tx)) hash.update(chunk);
  return hash.digest('hex');
}

function countUpTo(commit: Commit, tx: number): number {
  return Math.max(0, Math.min(commit.lastTx, tx) - commit.firstTx + 1);
}

function transactionOf(database: Database, commit: Commit, tx: number): Transaction {
  const digest = createHash('sha512').update(`${database.id} patch ${tx}`).digest();
  const slots = Math.floor(database.baseBytes / patchBytes);
  return {
    tx,
    committedAt: new Date(commit.committedAt),
    offset: slots === 0 ? 0 : (digest.readUIntBE(0, 6) % slots) * patchBytes,
    patch: slots === 0 ? Buffer.alloc(0) : digest,
    extensionBytes: commit.bytesPerTx,
  };
}

/** Patches are aligned to their own size, so a later one covers an earlier one whole, and none crosses a chunk. */
function lastPatches(database: Database, tx: number): [offset: number, patch: Buffer][] {
  const byOffset = new Map<number, Buffer>();
  for (const { offset, patch } of transactions(database, 2, tx)) byOffset.set(offset, patch);
  return [...byOffset].sort(([a], [b]) => b - a); // the next one is popped from the end
}

function applyPatches(chunk: Buffer, position: number, patches: [offset: number, patch: Buffer][]): void {
  for (let next = patches.at(-1); next && next[0] < position + chunk.length; next = patches.at(-1)) {
    next[1].copy(chunk, next[0] - position);
    patches.pop();
  }
}

function* keystream(id: string, label: string, bytes: number): Generator<Buffer> {
  if (bytes === 0) return;
  const key = createHash('sha256').update(id).digest().subarray(0, 16);
  const iv = createHash('sha256').update(`${id} ${label}`).digest().subarray(0, 16);
  const cipher = createCipheriv('aes-128-ctr', key, iv);
  for (let left = bytes; left > 0; left -= chunkBytes) {
    yield cipher.update(left >= chunkBytes ? zeros : zeros.subarray(0, left));
  }
}
