/** The whole content in one piece; `limit` bytes at most, or undefined when there is more. */
export async function collect(body: AsyncIterable<Uint8Array>, limit = Infinity): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > limit) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces, bytes);
}

/** The body that was to be written failed by itself: not the store's trouble, so its own error is handed on as it is. */
export class BodyFailed extends Error {
  constructor(cause: unknown) {
    super('the body failed while it was written', { cause });
    this.name = 'BodyFailed';
  }
}

/** For `catch`: the body's own error as it is, any other as it came. */
export function throwOwn(error: unknown): never {
  throw error instanceof BodyFailed ? error.cause : error;
}

/** A body as a stream of pieces that hold something. Its own errors come as `BodyFailed`. */
export async function* piecesOf(body: Uint8Array | AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  for await (const piece of body instanceof Uint8Array ? [body] : guarded(body)) if (piece.length > 0) yield piece;
}

async function* guarded(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const source = body[Symbol.asyncIterator]();
  let ended = false;
  try {
    for (;;) {
      const next = await source.next().catch((error: unknown) => {
        ended = true;
        throw new BodyFailed(error);
      });
      if (next.done) return void (ended = true);
      yield next.value;
    }
  } finally {
    if (!ended) await source.return?.();
  }
}
