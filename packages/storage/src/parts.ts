import { createHash, type Hash } from 'node:crypto';
import type { Digest } from '@holdfast/types';
import { piecesOf } from './bytes.ts';

/**
 * SHA-256 of a content. What is larger than one part is told by the SHA-256 over the digests of its parts, so that each byte is
 * hashed once and S3's composite checksum is the same value.
 */
export type ContentDigest = Omit<Digest, 'of' | 'measuredBy'>;

/** One piece of an upload. */
export interface Part {
  /** Counts from 1. */
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly sha256: Buffer;
  /** Whoever is done with `bytes` gives their memory back for a part to come; it would else lie about until the next garbage collection. */
  readonly release: () => void;
}

const mebibyte = 1024 * 1024;
/** 78 GiB in all, for a body of unknown length; who writes more says so. */
const smallestPartBytes = 8 * mebibyte;
/** S3's limit of 10,000 with room for a body that is a tenth larger than was expected. */
const partsOfExpected = 9_000;

/** How large the parts of a body are, so that the 10,000 parts that S3 takes are enough. */
export function partBytesFor(body: Uint8Array | AsyncIterable<Uint8Array>, sizeHint: number | undefined): number {
  const expected = body instanceof Uint8Array ? body.length : sizeHint;
  return Math.max(smallestPartBytes, Math.ceil((expected ?? 0) / partsOfExpected / mebibyte) * mebibyte);
}

/** How many parts may be under way while the next one is read, so that memory stays small also with large parts. */
export function partsInFlight(partBytes: number): number {
  return Math.min(3, Math.max(1, Math.floor(memoryInFlight / partBytes)));
}

const memoryInFlight = 48 * mebibyte;

/** A body in parts of one size, the last one smaller. A body without bytes has no parts. Its own errors come as `BodyFailed`. */
export async function* inParts(
  body: Uint8Array | AsyncIterable<Uint8Array>,
  partBytes: number,
): AsyncGenerator<Part, undefined> {
  let number = 1;
  if (body instanceof Uint8Array) {
    for (let at = 0; at < body.length; at += partBytes) yield partOf(number++, body.subarray(at, at + partBytes));
    return;
  }
  const spare: Buffer[] = [];
  let filling = new Filling(spare);
  for await (const piece of piecesOf(body)) {
    for (let at = 0; at < piece.length;) {
      at += filling.take(piece.subarray(at), partBytes);
      if (filling.bytes < partBytes) continue;
      yield filling.part(number++);
      filling = new Filling(spare);
    }
  }
  if (filling.bytes > 0) yield filling.part(number);
}

/** The digest of a content whose parts have these digests. */
export function digestOfParts(parts: readonly Buffer[], partBytes: number): ContentDigest {
  const [first] = parts;
  if (!first) return { algorithm: 'sha256', value: createHash('sha256').digest('hex') };
  if (parts.length === 1) return { algorithm: 'sha256', value: first.toString('hex') };
  const whole = createHash('sha256');
  for (const part of parts) whole.update(part);
  return { algorithm: 'sha256-parts', partBytes, value: whole.digest('hex') };
}

export interface Digested {
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Complete when the last piece was taken. */
  readonly digest: () => ContentDigest;
}

/**
 * A body that is digested as it passes, held by nobody. Its own errors come as `BodyFailed`.
 * @param partBytes as the digest to compare with says; `Infinity` for the SHA-256 of the whole
 */
export function digested(body: Uint8Array | AsyncIterable<Uint8Array>, partBytes: number): Digested {
  const parts: Buffer[] = [];
  let hash: Hash | undefined;
  let room = partBytes;
  const update = (piece: Uint8Array): void => {
    for (let at = 0; at < piece.length;) {
      const taken = piece.subarray(at, at + room);
      (hash ??= createHash('sha256')).update(taken);
      at += taken.length;
      room -= taken.length;
      if (room === 0) close();
    }
  };
  const close = (): void => {
    if (hash) parts.push(hash.digest());
    [hash, room] = [undefined, partBytes];
  };
  async function* pieces(): AsyncIterable<Uint8Array> {
    for await (const piece of piecesOf(body)) {
      update(piece);
      yield piece;
    }
  }
  return {
    pieces: pieces(),
    digest: () => {
      close();
      return digestOfParts(parts, partBytes);
    },
  };
}

function partOf(number: number, bytes: Uint8Array): Part {
  return { number, bytes, sha256: createHash('sha256').update(bytes).digest(), release: () => undefined };
}

/** A part that is being filled, in memory that another one gave back, or that grows with what comes: a small body does not cost a whole part. */
class Filling {
  readonly #hash = createHash('sha256');
  readonly #spare: Buffer[];
  #memory: Buffer;
  bytes = 0;

  constructor(spare: Buffer[]) {
    this.#spare = spare;
    this.#memory = spare.pop() ?? Buffer.alloc(0);
  }

  /** Copies, because many sources reuse their memory. Answers how much fitted. */
  take(piece: Uint8Array, partBytes: number): number {
    const taken = piece.subarray(0, partBytes - this.bytes);
    if (this.bytes + taken.length > this.#memory.length) this.#grow(this.bytes + taken.length, partBytes);
    this.#memory.set(taken, this.bytes);
    this.#hash.update(taken);
    this.bytes += taken.length;
    return taken.length;
  }

  part(number: number): Part {
    const memory = this.#memory;
    let released = false;
    const release = () => {
      if (!released) this.#spare.push(memory);
      released = true;
    };
    return { number, bytes: memory.subarray(0, this.bytes), sha256: this.#hash.digest(), release };
  }

  #grow(needed: number, partBytes: number): void {
    const bigger = Buffer.allocUnsafeSlow(needed > mebibyte ? partBytes : mebibyte);
    bigger.set(this.#memory.subarray(0, this.bytes));
    this.#memory = bigger;
  }
}
