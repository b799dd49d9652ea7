/**
 * Works on what a stream brings while it brings more: at most `limit` at a time, so that a slow end slows the source down. The first
 * failure, of the source or of the work, ends the rest by the signal that `work` is given, and is thrown when everything has ended.
 */
export async function inFlight<T>(
  items: AsyncIterable<T>,
  options: { limit: number; signal: AbortSignal | undefined },
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const flying = new Set<Promise<void>>();
  let failure: { error: unknown } | undefined;
  const fail = (error: unknown): void => {
    failure ??= { error };
    stop.abort(error);
  };
  try {
    for await (const item of items) {
      if (signal.aborted) break;
      const flight = work(item, signal)
        .catch(fail)
        .finally(() => flying.delete(flight));
      flying.add(flight);
      if (flying.size >= options.limit) await Promise.race(flying);
    }
  } catch (error) {
    fail(error);
  }
  await Promise.all(flying);
  options.signal?.throwIfAborted();
  if (failure) throw failure.error;
}
