/** Behaviours that nobody confirmed on the real binary; each can be set, so that tests pass with any. */
export interface Settings {
  /** Where log lines go; only from the environment, for it is needed before any server has spoken. */
  readonly stream: 'stdout' | 'stderr' | 'split';
  /** Zone of the time in artifact names (IANA). The `TIME (UTC)` of inspect is not touched by it. */
  readonly zone: string;
  /** Exit code for a missing target, a missing or dirty temporary folder, a cloud URI without its last slash. */
  readonly pathRulesExit: number;
  /** Exit code for a DIFF whose logs the server has pruned. */
  readonly prunedExit: number;
  /** Exit code for a database that no server knows; 0 is what an early 5.x did. */
  readonly missingDatabaseExit: number;
  /** Whether the glob `*` brings the database `system`. */
  readonly globSystem: boolean;
  /** Whether `--format=JSON` of inspect has more keys than `uri`. */
  readonly jsonFields: boolean;
  /** Exit code of inspect when a folder holds files it cannot read. */
  readonly inspectCorruptExit: number;
  /** Whether inspect has the column `STORE ID HASH`; left out: from 2026.01 on. */
  readonly storeIdHash: boolean | undefined;
  /** Transactions by which a first DIFF reaches back into its FULL, from 2026.02 on. */
  readonly overlap: number;
  /** Local folder that stands for `gs://` and `azb://`. */
  readonly cloudDir: string | undefined;
}

/** Names of the settings, as in the environment after `NEO4J_STANDIN_` and in `control.set(name, value)`. */
export type SettingName =
  | 'STREAM'
  | 'ZONE'
  | 'PATH_RULES_EXIT'
  | 'PRUNED_EXIT'
  | 'MISSING_DATABASE_EXIT'
  | 'GLOB_SYSTEM'
  | 'JSON_FIELDS'
  | 'INSPECT_CORRUPT_EXIT'
  | 'STORE_ID_HASH'
  | 'OVERLAP'
  | 'CLOUD_DIR';

/** Settings from the environment; what it leaves open is taken from `byServer`, then from the defaults. */
export function readSettings(env: NodeJS.ProcessEnv, byServer: Readonly<Record<string, string>> = {}): Settings {
  const get = (name: SettingName) => env[`NEO4J_STANDIN_${name}`] ?? byServer[name];
  const hash = get('STORE_ID_HASH');
  return {
    stream: readStream(get('STREAM')),
    zone: get('ZONE') ?? 'UTC',
    pathRulesExit: Number(get('PATH_RULES_EXIT') ?? 1),
    prunedExit: Number(get('PRUNED_EXIT') ?? 1),
    missingDatabaseExit: Number(get('MISSING_DATABASE_EXIT') ?? 1),
    globSystem: get('GLOB_SYSTEM') !== 'false',
    jsonFields: get('JSON_FIELDS') === 'true',
    inspectCorruptExit: Number(get('INSPECT_CORRUPT_EXIT') ?? 0),
    storeIdHash: hash === undefined ? undefined : hash === 'true',
    overlap: Number(get('OVERLAP') ?? 0),
    cloudDir: get('CLOUD_DIR'),
  };
}

function readStream(value: string | undefined): Settings['stream'] {
  return value === 'stderr' || value === 'split' ? value : 'stdout';
}
