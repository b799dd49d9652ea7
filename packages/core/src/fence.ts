import { runPhases, type ActiveRun } from '@holdfast/types';

/** What a writer believes while it writes: on whose behalf, and how far that run had come. */
export interface Fence {
  /** Run that must be the active one; without it the writer acts for no run. */
  readonly run?: string;
  /** Attempt the writer works for; a later one under way means that someone else took over. */
  readonly attempt?: number;
}

/**
 * Whether a status may replace another one, judged by their active runs. A writer that slept too long, or that believes in another
 * run, is refused: runs end only by whoever acts for them, and (attempt, phase) never goes back.
 */
export function mayWrite(current: ActiveRun | undefined, next: ActiveRun | undefined, fence: Fence): boolean {
  if (fence.run !== undefined && current?.id !== fence.run) return false;
  if (!current) return true;
  if (fence.attempt !== undefined && current.attempt > fence.attempt) return false;
  if (next?.id === current.id) return !goesBack(current, next);
  // The run ends, alone or to make room for the next one.
  return fence.run === current.id;
}

function goesBack(current: ActiveRun, next: ActiveRun): boolean {
  if (next.attempt !== current.attempt) return next.attempt < current.attempt;
  return runPhases.indexOf(next.phase) < runPhases.indexOf(current.phase);
}
