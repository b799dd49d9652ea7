import { byAge, chainTo, isEmpty } from './chains.ts';
import { isOn, valueOf, type CommandLine } from './command-line.ts';
import { CommandError, type Context } from './context.ts';
import { readInventory, type FoundArtifact } from './inventory.ts';
import { inspectTable } from './inspect-table.ts';
import { placeToRead } from './places.ts';
import { has } from './version.ts';

/** `backup inspect <path>`: what a folder, file or URI holds. */
export async function inspect(line: CommandLine, context: Context): Promise<number> {
  const [path = ''] = line.parameters;
  const asTable = valueOf(line, '--format')?.toUpperCase() !== 'JSON';
  return show(path, line, context, { asTable, timeHeader: 'TIME (UTC)' });
}

/** The older entry point, `database backup --inspect-path=<path>`. */
export async function inspectByBackup(path: string, line: CommandLine, context: Context): Promise<number> {
  return show(path, line, context, { asTable: true, timeHeader: 'TIME' });
}

interface Shape {
  readonly asTable: boolean;
  readonly timeHeader: 'TIME (UTC)' | 'TIME';
}

async function show(path: string, line: CommandLine, context: Context, shape: Shape): Promise<number> {
  const { output, settings, version, faults } = context;
  const failing = faults.find('fail');
  if (failing) throw new CommandError(failing.message);
  await faults.reach('start');
  const { folder, file } = await placeToRead(path, context);
  const { artifacts, unexplained } = await readInventory(folder, file);
  if (file !== undefined && artifacts.length === 0)
    throw new CommandError(`${path} is not readable: ${unexplained[0]?.why ?? 'it does not exist'}.`);
  for (const { name, why } of unexplained) output.complain(`Skipping ${folder.uri(name)}: ${why}.`);
  const rows = inOrder(select(artifacts, line, has(version, '2026.02')), context);
  const withMetadata = has(version, '2025.07') || isOn(line, '--show-metadata') || shape.timeHeader === 'TIME';
  if (shape.asTable) output.answer(inspectTable(rows, context, { timeHeader: shape.timeHeader, withMetadata }));
  else output.answer(JSON.stringify(rows.map((row) => (settings.jsonFields ? jsonOf(row) : { uri: row.uri }))));
  return unexplained.length > 0 ? settings.inspectCorruptExit : 0;
}

/** Without `--empty` empty DIFFs are not there at all, also not for the two `--latest` options. */
function select(artifacts: readonly FoundArtifact[], line: CommandLine, overlap: boolean): FoundArtifact[] {
  const database = valueOf(line, '--database');
  const wanted = artifacts.filter(
    (artifact) =>
      (database ?? artifact.database) === artifact.database && (isOn(line, '--empty') || !isEmpty(artifact)),
  );
  if (!isOn(line, '--latest-backup') && !isOn(line, '--latest-chain')) return wanted;
  const byDatabase = Object.values(Object.groupBy(wanted, ({ database: name }) => name));
  return byDatabase.flatMap((own = []) => {
    const latest = own.toSorted(byTime).at(-1);
    if (!latest || isOn(line, '--latest-backup')) return latest ?? [];
    const chain = chainTo(own, latest, overlap) ?? [latest];
    return chain.includes(latest) ? chain : [...chain, latest];
  });
}

/** Each line of versions has its own order; who reads must sort. */
function inOrder(artifacts: FoundArtifact[], { version }: Context): FoundArtifact[] {
  if (has(version, '2026.04')) return artifacts.toSorted(byAge);
  return has(version, '2025.01') ? artifacts.toSorted(byTime) : artifacts.toSorted(byTime).toReversed();
}

function byTime(a: FoundArtifact, b: FoundArtifact): number {
  return a.time.localeCompare(b.time) || a.highestTx - b.highestTx;
}

function jsonOf(artifact: FoundArtifact): Record<string, unknown> {
  const { uri, database, databaseId, time, full, compressed, lowestTx, highestTx, recovered } = artifact;
  return { uri, database, databaseId, time, full, compressed, lowestTx, highestTx, recovered };
}
