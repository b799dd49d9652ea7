/** A Neo4j version. The long-term line is 5.x; calendar versions begin with 2025.01 and are all newer. */
export interface EngineVersion {
  readonly line: 'lts' | 'calendar';
  readonly major: number;
  readonly minor: number;
  /** Zero when the text does not say. */
  readonly patch: number;
}

/** First version number in a text such as an image tag or the output of `neo4j-admin --version`; undefined when there is none. */
export function parseVersion(text: string): EngineVersion | undefined {
  const found = /(?<![\d.])(\d{1,4})\.(\d{1,3})(?:\.(\d{1,4}))?(?!\d)/.exec(text);
  if (!found) return undefined;
  const major = Number(found[1]);
  return { line: major >= 2025 ? 'calendar' : 'lts', major, minor: Number(found[2]), patch: Number(found[3] ?? 0) };
}

/** Below zero when the first is older, zero when they are the same, above zero when it is newer. */
export function compareVersions(a: EngineVersion, b: EngineVersion): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch;
}

/** The way Neo4j writes it: `5.26.4`, `2025.04.0`. */
export function formatVersion({ line, major, minor, patch }: EngineVersion): string {
  return `${major}.${line === 'calendar' ? String(minor).padStart(2, '0') : minor}.${patch}`;
}

/**
 * First versions of what not every supported version can do, per line; without `lts` the 5.x line never got it. Options of
 * `database backup` are named as they are written.
 */
const since = {
  '--prefer-diff-as-parent': { calendar: '2025.04' },
  '--remote-address-resolution': { calendar: '2025.09' },
  '--include-metadata=users=': { calendar: '2025.10' },
  '--parallel-download': { calendar: '2025.11' },
  '--skip-recovery': { calendar: '2025.11' },
  azureEndpoint: { lts: '5.26.4', calendar: '2025.03' },
  backupAggregate: { calendar: '2025.01' },
  recoveredColumn: { calendar: '2025.06' },
  metadataWithoutOption: { calendar: '2025.07' },
  checkOneFile: { calendar: '2025.09' },
  backupValidate: { calendar: '2025.12' },
  diffMayOverlapFull: { calendar: '2026.02' },
} as const satisfies Record<string, { lts?: string; calendar: string }>;

export type Capability = keyof typeof since;

/** Whether a version can do something that came after 5.26. */
export function supports(version: EngineVersion, capability: Capability): boolean {
  const first: { lts?: string; calendar: string } = since[capability];
  const oldest = parseVersion(first[version.line] ?? '');
  return oldest !== undefined && compareVersions(version, oldest) >= 0;
}

/**
 * Checks options of `database backup` against the version that will run them.
 * @returns one sentence about the first option that came later than this version, or undefined when all may be used
 */
export function gateArguments(args: readonly string[], version: EngineVersion): string | undefined {
  for (const argument of args) {
    const capability = gateOf(argument);
    if (!capability || supports(version, capability)) continue;
    const option = capability.replace(/=$/, '');
    return (
      `${option} needs Neo4j ${since[capability].calendar} or later and the target runs ${formatVersion(version)}; ` +
      'remove it from spec.options or upgrade the target'
    );
  }
  return undefined;
}

function gateOf(argument: string): Capability | undefined {
  if (argument.startsWith('--include-metadata=users=')) return '--include-metadata=users=';
  const option = argument.split('=', 1)[0] ?? '';
  return option.startsWith('--') && option in since ? (option as Capability) : undefined;
}
