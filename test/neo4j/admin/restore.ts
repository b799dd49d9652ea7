import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { byAge, chainTo, isEmpty } from './chains.ts';
import { isOn, valueOf, type CommandLine } from './command-line.ts';
import { CommandError, type Context } from './context.ts';
import type { Folder } from './folder.ts';
import { readInventory, type FoundArtifact } from './inventory.ts';
import { placeToRead } from './places.ts';
import { rebuild } from './rebuild.ts';
import { readUntil, type Until } from './restore-until.ts';
import { compareVersions, formatVersion, has, parseVersion } from './version.ts';

/** `database restore`: proves the whole chain up to the given artifact and writes the store it leads to. */
export async function restore(line: CommandLine, context: Context): Promise<number> {
  const [database = ''] = line.parameters;
  const failing = context.faults.find('fail', database);
  if (failing) throw new CommandError(failing.message);
  await context.faults.reach('start', database);
  const { folder, chain } = await findChain(line, context);
  const until = readUntil(valueOf(line, '--restore-until'), chain);
  const overwrite = isOn(line, '--overwrite-destination');
  const written = await restoreChain(database, { folder, chain, until, overwrite }, context);
  context.output.answer(`Restored database '${database}' up to transaction ${written.tx}, SHA-256 ${written.sha256}.`);
  context.output.answer(`Restore of database '${database}' completed successfully.`);
  return 0;
}

/** A chain to write as a database of this DBMS. */
export interface Restoring {
  readonly folder: Folder;
  readonly chain: readonly FoundArtifact[];
  readonly until: Until;
  readonly overwrite: boolean;
}

/** Writes the store below `NEO4J_HOME`; an existing database is an error unless it may be overwritten. */
export async function restoreChain(
  database: string,
  { folder, chain, until, overwrite }: Restoring,
  context: Context,
): Promise<{ tx: number; sha256: string }> {
  refuseNewer(chain, context);
  const destination = destinationFor(database, overwrite, context);
  const written = await writeStore(folder, chain, { destination, until, context });
  writeMetadata(database, chain, context);
  return written;
}

/** The artifacts of `--from-path`: the last one given leads, and its folder must hold all it stands on. */
async function findChain(line: CommandLine, context: Context): Promise<{ folder: Folder; chain: FoundArtifact[] }> {
  const given = (valueOf(line, '--from-path') ?? '').split(',').at(-1) ?? '';
  const { folder, file } = await placeToRead(given, context);
  const { artifacts, unexplained } = await readInventory(folder);
  const wanted = valueOf(line, '--source-database') ?? line.parameters[0];
  const last =
    file === undefined
      ? artifacts
          .filter((one) => one.database === wanted && !isEmpty(one))
          .toSorted(byAge)
          .at(-1)
      : artifacts.find(({ name }) => name === file);
  if (!last) {
    const why = unexplained.find(({ name }) => name === file)?.why ?? 'there is no such artifact';
    throw new CommandError(`Cannot restore from ${given}: ${why}.`);
  }
  const chain = chainTo(artifacts, last, has(context.version, '2026.02'));
  if (!chain) throw new CommandError(`Cannot restore from ${given}: a link of its backup chain is missing.`);
  return { folder, chain };
}

function refuseNewer(chain: readonly FoundArtifact[], { version }: Context): void {
  const newer = chain.find(({ producedBy }) => compareVersions(parseVersion(producedBy), version) > 0);
  if (!newer) return;
  const made = `${newer.name} was made by version ${newer.producedBy}`;
  throw new CommandError(`${made}, which is newer than ${formatVersion(version)}.`);
}

function destinationFor(database: string, overwrite: boolean, { env }: Context): string {
  const destination = join(homeOf(env), 'data', 'databases', database);
  if (!overwrite && statSync(destination, { throwIfNoEntry: false })) {
    throw new CommandError(
      `Database '${database}' already exists at ${destination}; use --overwrite-destination=true.`,
    );
  }
  return destination;
}

function homeOf(env: NodeJS.ProcessEnv): string {
  return env['NEO4J_HOME'] ?? '/var/lib/neo4j';
}

interface Writing {
  readonly destination: string;
  readonly until: Until;
  readonly context: Context;
}

/** Writes beside the destination and renames, so that a failed restore leaves what was there. */
async function writeStore(
  folder: Folder,
  chain: readonly FoundArtifact[],
  { destination, until, context }: Writing,
): Promise<{ tx: number; sha256: string }> {
  const fresh = `${destination}.restoring`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  context.scratch.add(fresh);
  const store = await rebuild(folder, chain, { file: join(fresh, 'store.standin'), until, context });
  const about = { standIn: true, sourceId: chain[0]?.databaseId, ...store };
  writeFileSync(join(fresh, 'store.json'), JSON.stringify(about));
  rmSync(destination, { recursive: true, force: true });
  renameSync(fresh, destination);
  return store;
}

/** The commands that would bring users and roles back; those of a stand-in bring nobody back. */
function writeMetadata(database: string, chain: readonly FoundArtifact[], { env }: Context): void {
  const metadata = chain.at(-1)?.metadata ?? 'none';
  if (metadata === 'none') return;
  const folder = join(homeOf(env), 'data', 'scripts', database);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'restore_metadata.cypher'), `// Stand-in: ${metadata} of $database, none of them real.\n`);
}
