import type { EffectiveSchedule } from '@holdfast/types';
import { findSlot } from './find-slot.ts';
import { makeRoom } from './make-room.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Schedules whose next slot is remembered. Ten thousand backups may each have their own, and take a few megabytes. */
const mostSpans = 10_000;
const spans = new Map<string, Span>();

/** First slot strictly after an instant. */
export function nextSlot(schedule: EffectiveSchedule, after: Date): Date {
  const afterMs = after.getTime();
  const name = `${schedule.timeZone} ${schedule.expression}`;
  const span = spans.get(name);
  // Whoever asks again mostly does so before the slot has come.
  if (span && span.fromMs <= afterMs && afterMs < span.nextMs) return new Date(span.nextMs);
  const next = findSlot(schedule, after);
  if (!spans.has(name)) makeRoom(spans, mostSpans);
  spans.set(name, { fromMs: afterMs, nextMs: next.getTime() });
  return next;
}

/** From an instant to the first slot after it, there is none between. */
interface Span {
  readonly fromMs: number;
  readonly nextMs: number;
}

/** Newest slot in (since, now]; none when no slot lies there. */
export function previousSlot(schedule: EffectiveSchedule, now: Date, since: Date): Date | undefined {
  // Looking back in growing windows costs few steps for dense and for rare schedules alike; the library's own way back would not
  // agree with its way forward where clocks change.
  for (const windowMs of [hourMs, dayMs, 32 * dayMs, 366 * dayMs, Infinity]) {
    const from = new Date(Math.max(since.getTime(), now.getTime() - windowMs));
    const newest = lastBetween(schedule, from, now);
    if (newest || from.getTime() <= since.getTime()) return newest;
  }
  return undefined;
}

export interface Slots {
  /** Newest slot of the span, also when counting stopped early. */
  readonly newest?: Date;
  readonly count: number;
  /** There are more than `count`. */
  readonly capped: boolean;
}

/** Slots in (after, until]. Counting stops at the cap; a hundred thousand missed slots cost no more than that. */
export function slotsBetween(schedule: EffectiveSchedule, after: Date, until: Date, cap: number): Slots {
  let newest: Date | undefined;
  let count = 0;
  for (let slot = nextSlot(schedule, after); slot <= until; slot = nextSlot(schedule, slot)) {
    if (count === cap) return { newest: previousSlot(schedule, until, after) ?? slot, count, capped: true };
    newest = slot;
    count += 1;
  }
  return { ...(newest && { newest }), count, capped: false };
}

function lastBetween(schedule: EffectiveSchedule, after: Date, until: Date): Date | undefined {
  let newest: Date | undefined;
  for (let slot = nextSlot(schedule, after); slot <= until; slot = nextSlot(schedule, slot)) newest = slot;
  return newest;
}
