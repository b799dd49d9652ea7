import type { ActiveRun, Status } from '@holdfast/types';

/** Changes the active run, where there is one. */
export function withRun(status: Status, change: (run: ActiveRun) => ActiveRun): Status {
  return status.activeRun ? { ...status, activeRun: change(status.activeRun) } : status;
}
