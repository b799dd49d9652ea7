import type { EffectiveSchedule, EffectiveSpec } from '@holdfast/types';
import { nextSlot, previousSlot } from './schedule.ts';

/** The usual time between two slots, and the time during which that answer holds. */
export interface ExpectedInterval {
  readonly intervalMs: number;
  readonly from: Date;
  readonly until: Date;
}

/** Usual time between two slots; undefined without a schedule. */
export function expectedInterval({ schedule }: EffectiveSpec, now: Date): number | undefined {
  return schedule && expectedIntervalAt(schedule, now).intervalMs;
}

/**
 * The longer one of the time between slots that we are in and the one before. A schedule of working days has a long gap each week; it is
 * expected while it lasts, and until the run after it had its turn.
 */
export function expectedIntervalAt(schedule: EffectiveSchedule, now: Date): ExpectedInterval {
  const until = nextSlot(schedule, now);
  const from = slotBefore(schedule, now);
  if (!from) return { intervalMs: nextSlot(schedule, until).getTime() - until.getTime(), from: now, until };
  const before = slotBefore(schedule, new Date(from.getTime() - 1)) ?? from;
  const intervalMs = Math.max(until.getTime() - from.getTime(), from.getTime() - before.getTime());
  return { intervalMs, from, until };
}

/** What lies further back is no usual time. */
const furthestMs = 400 * 86_400_000;

function slotBefore(schedule: EffectiveSchedule, at: Date): Date | undefined {
  return previousSlot(schedule, at, new Date(at.getTime() - furthestMs));
}
