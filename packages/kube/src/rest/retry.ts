import { pause } from '../clock.ts';
import { KubeError } from '../kube-error.ts';

export interface RetryOptions {
  readonly tries?: number;
  /** First pause at most; doubles each time. */
  readonly pauseMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Patience in all; a caller that can wait longer comes back by itself. */
const budgetMs = 30_000;

/**
 * Tries again after transient trouble, with full jitter and never sooner than the server asked. Only for calls that may be
 * repeated: ours all may, since a creation has a name, a replacement a version and a patch the same result.
 */
export async function retry<T>(attempt: () => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const { tries = 4, pauseMs = 250, signal } = options;
  const beganMs = performance.now();
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof KubeError) || error.fate !== 'transient' || tried >= tries) throw error;
      const waitMs = (error.retryAfterMs ?? 0) + Math.random() * pauseMs * 2 ** (tried - 1);
      if (performance.now() - beganMs + waitMs > budgetMs) throw error;
      await pause(waitMs, signal);
    }
  }
}
