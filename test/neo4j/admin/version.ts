/** A Neo4j version. Major 5 is the LTS line; 2025 and later are the calendar line, where `minor` is the month. */
export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** Reads the first version in a text such as `2025.09.0-enterprise`; a text without one is an error. */
export function parseVersion(text: string): Version {
  const match = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  if (!match) throw new Error(`"${text}" holds no version such as 5.26 or 2025.09`);
  return { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3] ?? 0) };
}

/** As Neo4j writes it: the calendar line has two digits for the month. */
export function formatVersion({ major, minor, patch }: Version): string {
  return `${major}.${major >= 2025 ? String(minor).padStart(2, '0') : minor}.${patch}`;
}

/** Negative, zero or positive: the order of releases. */
export function compareVersions(a: Version, b: Version): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch;
}

/** Whether `version` has what came with `since`, such as `2025.04`. */
export function has(version: Version, since: string | undefined): boolean {
  return since === undefined || compareVersions(version, parseVersion(since)) >= 0;
}
