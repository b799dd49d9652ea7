/** How many retries a store may still cost; kept for one opened store. */
export interface RetryBudget {
  /** A call began: it earns a share of a retry. */
  earn(): void;
  /** Whether one more retry may be made; it is then paid for. */
  spend(): boolean;
}

/** Retries that one opened store has at first, and at most. */
const reserve = 10;
/** What each call earns. */
const share = 0.2;

/**
 * One retry for five calls and a small reserve: a call that fails now and then is tried again as often as ever, and a sweep of 100,000 keys over
 * a dead store does not become 500,000 requests.
 */
export function openRetryBudget(): RetryBudget {
  let left = reserve;
  return {
    earn: () => void (left = Math.min(reserve, left + share)),
    spend() {
      if (left < 1) return false;
      left -= 1;
      return true;
    },
  };
}
