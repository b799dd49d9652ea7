/** A time as Kubernetes writes it: UTC, whole seconds. */
export function toTime(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}

/** The same for a time that someone else wrote, perhaps with milliseconds: an agent's result, say. */
export function wholeSeconds(time: string): string {
  return toTime(new Date(time));
}
