/** How many calls may be under way at once; a floor of one, so that something always goes on. */
export interface Pace {
  readonly limit: number;
  /** Calls that ended well since the limit last changed. */
  readonly streak: number;
  /** Calls that began before this many had ended say nothing new about the limit. */
  readonly blindUntil: number;
}

/** How a call ended, and how many had ended before it when it began. */
export interface Ended {
  readonly well: boolean;
  readonly beganAfter: number;
}

export function fullPace(ceiling: number): Pace {
  return { limit: ceiling, streak: 0, blindUntil: 0 };
}

/**
 * Halves when a store is overburdened and rises by one after as many good calls as may be under way at once, as TCP does: many who share a
 * store find their share without knowing of each other. Calls that were sent before the last halving do not halve it again.
 * @param ended calls that have ended so far, this one included
 */
export function adapt(pace: Pace, { well, beganAfter }: Ended, ended: number, ceiling: number): Pace {
  const { limit, streak, blindUntil } = pace;
  if (!well) {
    if (beganAfter < blindUntil) return { ...pace, streak: 0 };
    return { limit: Math.max(1, Math.floor(limit / 2)), streak: 0, blindUntil: ended };
  }
  if (limit >= ceiling) return pace;
  return streak + 1 < limit ? { ...pace, streak: streak + 1 } : { limit: limit + 1, streak: 0, blindUntil };
}
