/** A run of bytes to be encrypted or decrypted at once. */
export interface Segment {
  readonly number: number;
  /** Valid until the next segment is asked for: its memory is used again. */
  readonly bytes: Uint8Array;
  readonly last: boolean;
}

/**
 * Cuts a stream of pieces of any size into segments of a fixed size, the last one shorter. There is always a last segment, an empty one
 * when the stream is empty. Memory: one segment, however long the stream.
 */
export async function* segmentsOf(
  source: AsyncIterable<Uint8Array>,
  sizes: { readonly first: number; readonly next: number },
): AsyncGenerator<Segment, void, undefined> {
  const buffer = new Uint8Array(Math.max(sizes.first, sizes.next));
  let [number, filled, size] = [0, 0, sizes.first];
  for await (const piece of source) {
    for (let from = 0; from < piece.length;) {
      // Only a byte that follows tells that a full segment is not the last one.
      if (filled === size) {
        yield { number, bytes: buffer.subarray(0, filled), last: false };
        [number, filled, size] = [number + 1, 0, sizes.next];
      }
      const taken = piece.subarray(from, from + size - filled);
      buffer.set(taken, filled);
      filled += taken.length;
      from += taken.length;
    }
  }
  yield { number, bytes: buffer.subarray(0, filled), last: true };
}
