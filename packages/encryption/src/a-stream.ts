/** Bytes that differ from place to place, the same each time: `byte n` is n modulo 251. */
export function somePlain(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, n) => n % 251);
}

/** A stream that gives these bytes in pieces of a size. */
export async function* inPieces(bytes: Uint8Array, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

/** Everything a stream gives, in one. */
export async function joined(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(stream));
}
