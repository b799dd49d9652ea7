import type { Reason } from '@holdfast/types';

/** Not yet: may come by itself, so the run waits with this reason. */
export interface Waiting {
  readonly kind: 'waiting';
  readonly reason: Reason;
  readonly message: string;
}

export function waiting(reason: Reason, message: string): Waiting {
  return { kind: 'waiting', reason, message };
}
