import { BackupError, type AgentPlan, type BackupType } from '@holdfast/types';
import { parseVersion, supports } from './versions.ts';

/** What the agent adds to the plan of one run. */
export interface EngineCall {
  readonly type: BackupType;
  /** An existing local folder, or a cloud URI. */
  readonly toPath: string;
  /** An existing, empty, private local folder. */
  readonly tempPath: string;
  /** Names or globs, never expanded here. */
  readonly databases: readonly string[];
}

type Engine = Pick<NonNullable<AgentPlan['engine']>, 'from' | 'options'>;

/**
 * Arguments of `neo4j-admin` for one backup, to be passed as an array and never through a shell. `--from` comes first and the databases
 * last with `--name=value` options between them, because options with several values take whatever follows.
 * @throws BackupError `SpecInvalid` for an argument that would change the meaning of the line
 */
export function engineCommand(engine: Engine, { type, toPath, tempPath, databases }: EngineCall): string[] {
  for (const word of [...engine.from, ...databases])
    refuseUnless(isPlainWord(word), `"${word}" cannot stand for a name`);
  refuseUnless(engine.from.length > 0, 'no server is named to back up from');
  refuseUnless(databases.length > 0, 'no database is named to back up');
  for (const option of engine.options) refuseUnless(isOption(option), `"${option}" is not an option`);
  for (const option of engine.options) refuseUnless(!isOurs(option), `"${option}" is chosen by Holdfast itself`);
  return [
    'database',
    'backup',
    `--from=${engine.from.join(',')}`,
    ...engine.options,
    `--type=${type}`,
    `--temp-path=${tempPath}`,
    `--to-path=${withSlash(toPath)}`,
    ...databases,
  ];
}

/** Arguments of `neo4j-admin` that list every artifact of a folder or file, empty DIFFs included. */
export function inspectCommand(
  version: string | undefined,
  path: string,
  options: { readonly database?: string } = {},
): string[] {
  const { database } = options;
  if (database !== undefined) refuseUnless(isPlainWord(database), `"${database}" cannot stand for a name`);
  const release = version === undefined ? undefined : parseVersion(version);
  // Later versions always show metadata and ignore the option, so an unknown version gets it too.
  const showMetadata = !release || !supports(release, 'metadataWithoutOption');
  return [
    'backup',
    'inspect',
    ...(showMetadata ? ['--show-metadata'] : []),
    '--empty',
    ...(database === undefined ? [] : [`--database=${database}`]),
    path,
  ];
}

/**
 * Arguments of `neo4j-admin` that check one FULL artifact: a file where the version can, else a folder with nothing else in it.
 * @throws BackupError `SpecInvalid` for a database name that cannot stand on a command line
 */
export function checkCommand(given: {
  readonly fromPath: string;
  readonly tempPath: string;
  readonly reportPath: string;
  readonly offHeapMemory?: string | undefined;
  readonly database: string;
}): string[] {
  const { fromPath, tempPath, reportPath, offHeapMemory, database } = given;
  refuseUnless(isPlainWord(database), `"${database}" cannot stand for a name`);
  return [
    'database',
    'check',
    `--from-path=${fromPath}`,
    `--temp-path=${tempPath}`,
    `--report-path=${reportPath}`,
    // Left out, it is a share of the whole machine and not of the pod.
    ...(offHeapMemory === undefined ? [] : [`--max-off-heap-memory=${offHeapMemory}`]),
    database,
  ];
}

/** A cloud path must say that it is a folder; for a local one the slash changes nothing, so it stays as it is. */
function withSlash(toPath: string): string {
  return toPath.includes('://') && !toPath.endsWith('/') ? `${toPath}/` : toPath;
}

/** A leading `-` makes an option, a leading `@` makes the engine read a file, a comma makes two of one. */
function isPlainWord(word: string): boolean {
  return /^[^-@\s,\u0000-\u001f][^\s,\u0000-\u001f]*$/.test(word);
}

function isOption(option: string): boolean {
  return /^--?[A-Za-z][^\u0000]*$/.test(option);
}

const ours: readonly string[] = ['--from', '--type', '--temp-path', '--to-path', '--inspect-path'];

/** Also when it is shortened, should a release of the engine understand that. */
function isOurs(option: string): boolean {
  const name = option.split('=', 1)[0] ?? '';
  return ours.some((each) => each.startsWith(name));
}

function refuseUnless(fine: boolean, problem: string): void {
  if (!fine)
    throw new BackupError('SpecInvalid', 'terminal', `${problem} in the command line of neo4j-admin; correct the spec`);
}
