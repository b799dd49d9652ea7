/** A time as Kubernetes writes it: UTC, whole seconds. */
export function toTime(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}
