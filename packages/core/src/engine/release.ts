/** Whether the first DIFF of a chain made by this release may overlap its FULL. An unreadable version gets the benefit of the doubt. */
export function mayOverlap(version: string): boolean {
  return isAtLeast(version, 2026, 2) ?? true;
}

/** Whether a version text is this release or a later one; undefined when it holds no version. The 5.x line is older than any year. */
export function isAtLeast(version: string, major: number, minor: number): boolean | undefined {
  const [, x, y] = /(\d{1,6})\.(\d{1,6})/.exec(version) ?? [];
  if (x === undefined || y === undefined) return undefined;
  return Number(x) > major || (Number(x) === major && Number(y) >= minor);
}
