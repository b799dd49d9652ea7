import { statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { byAge, isEmpty } from './chains.ts';
import { valueOf, type CommandLine } from './command-line.ts';
import { CommandError, type Context } from './context.ts';
import { payloadOf, readInventory, type FoundArtifact } from './inventory.ts';
import { placeToRead, type Place } from './places.ts';
import { has } from './version.ts';

/**
 * `database check` of an artifact: 0 and no report when it is clean, a report and another code when it is not, another
 * code without a report when it could not look. It takes recovered FULLs only.
 */
export async function check(line: CommandLine, context: Context): Promise<number> {
  const [database = ''] = line.parameters;
  const { faults, output } = context;
  const failing = faults.find('fail', database);
  if (failing) throw new CommandError(failing.message);
  await faults.reach('start', database);
  requireTemp(line, context);
  const { place, artifact } = await findArtifact(database, line, context);
  output.answer(`Running consistency check of '${artifact.name}'.`);
  const trouble = faults.find('inconsistent', database) ? 'Records point nowhere.' : await readThrough(place, artifact);
  if (trouble === undefined) {
    output.answer('Consistency check completed, no inconsistencies found.');
    return 0;
  }
  const report = join(resolve(context.cwd, valueOf(line, '--report-path') ?? '.'), reportName(context.now()));
  writeFileSync(report, `Stand-in report, not by Neo4j. ${artifact.uri}: ${trouble}\n`);
  throw new CommandError(`Inconsistencies found. See '${report}' for details.`);
}

function requireTemp(line: CommandLine, { cwd }: Context): void {
  const path = valueOf(line, '--temp-path');
  if (path === undefined || statSync(resolve(cwd, path), { throwIfNoEntry: false })?.isDirectory()) return;
  throw new CommandError(`Storage staging path does not exist: ${path}`);
}

async function findArtifact(
  database: string,
  line: CommandLine,
  context: Context,
): Promise<{ place: Place; artifact: FoundArtifact }> {
  const from = valueOf(line, '--from-path');
  if (from === undefined) throw new CommandError('The stand-in checks artifacts only: give --from-path.');
  const place = await placeToRead(from, context);
  if (place.file !== undefined && !has(context.version, '2025.09')) {
    throw new CommandError(`--from-path must be a folder: ${from}`);
  }
  const { artifacts, unexplained } = await readInventory(place.folder, place.file);
  const own = artifacts.filter((one) => one.database === database && !isEmpty(one));
  const artifact = own.toSorted(byAge).at(-1);
  if (!artifact)
    throw new CommandError(`No backup of database '${database}' at ${from}. ${unexplained[0]?.why ?? ''}`.trim());
  if (!artifact.full) throw new CommandError(`${artifact.name} is a differential backup and cannot be checked.`);
  if (!artifact.recovered) throw new CommandError(`${artifact.name} is not recovered and cannot be checked.`);
  return { place, artifact };
}

async function readThrough({ folder }: Place, artifact: FoundArtifact): Promise<string | undefined> {
  try {
    await Array.fromAsync(payloadOf(folder, artifact), () => undefined); // reading proves the checksums
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function reportName(now: Date): string {
  const [day = '', time = ''] = now.toISOString().slice(0, 19).split('T');
  return `inconsistencies-${day}.${time.replaceAll(':', '.')}.report`;
}
