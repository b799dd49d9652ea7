import { artifactName, freeSecond } from './artifact-name.ts';
import { planBackup, type BackupPlan } from './backup-plan.ts';
import { parentFor } from './chains.ts';
import type { RemoteServer } from './client.ts';
import { isOn, valueOf, type CommandLine } from './command-line.ts';
import { CommandError, type Context } from './context.ts';
import { download, type Download } from './download.ts';
import type { Folder, FolderEntry } from './folder.ts';
import { readInventory } from './inventory.ts';
import { spoil } from './spoil.ts';
import { formatVersion, has } from './version.ts';
import type { Described } from '../server/protocol.ts';

/** What all databases of one call share. */
export interface BackupRun {
  readonly line: CommandLine;
  readonly folder: Folder;
  readonly temp: string;
  readonly servers: readonly RemoteServer[];
  readonly concurrent: boolean;
}

/** Backs up one database; its trouble is said and becomes a code, so that the next database gets its turn. */
export async function backupDatabase(database: string, run: BackupRun, context: Context): Promise<number> {
  const { output, faults, scratch } = context;
  if (faults.find('no-artifact', database)) return 0;
  try {
    output.log(
      `Starting backup of database '${database}' from servers: [${run.servers.map(({ address }) => address).join(', ')}]`,
    );
    const source = await findSource(database, run, context);
    output.log(`Using remote server ${source.server.address} for backup of database '${database}'.`);
    await backupFrom(source, run, context);
    return 0;
  } catch (error) {
    if (isOn(run.line, '--keep-failed')) scratch.keep(run.temp);
    output.complain(
      `Backup of database '${database}' failed. Reason: ${error instanceof Error ? error.message : String(error)}`,
    );
    return error instanceof CommandError ? error.exitCode : 1;
  }
}

interface Source {
  readonly server: RemoteServer;
  readonly database: Described;
}

async function findSource(name: string, { servers }: BackupRun, { settings }: Context): Promise<Source> {
  for (const server of servers) {
    const database = await server.describe(name);
    if (database?.online) return { server, database };
    if (database) throw new CommandError(`Database '${name}' is not running.`, 3);
  }
  throw new CommandError(`Database '${name}' does not exist on any of the servers.`, settings.missingDatabaseExit);
}

async function backupFrom(source: Source, run: BackupRun, context: Context): Promise<void> {
  const { output, settings, faults, version } = context;
  const { name, id, lastTx, firstAvailableTx } = source.database;
  const startedAt = performance.now();
  const { artifacts } = await readInventory(run.folder);
  const preferDiff = isOn(run.line, '--prefer-diff-as-parent');
  const plan = planBackup({
    type: (valueOf(run.line, '--type') ?? 'AUTO').toUpperCase() as 'FULL' | 'DIFF' | 'AUTO',
    parent: parentFor(artifacts, id, preferDiff),
    lastTx,
    firstAvailableTx,
    overlap: has(version, '2026.02') ? settings.overlap : 0,
    folder: run.folder.shown,
  });
  announce(name, plan, source, context);
  if (plan.kind === 'refused') throw new CommandError(plan.reason, plan.why === 'pruned' ? settings.prunedExit : 1);
  if (plan.kind === 'full' && faults.find('checkpoint-timeout', name)) {
    throw new CommandError('Timed out while waiting for a checkpoint to complete (client inactivity timeout).');
  }
  const named = nameFor(name, await run.folder.list(), context);
  const wanted = artifactOf(source, { plan, run, takenAt: named.second }, context);
  const verbose = isOn(run.line, '--verbose');
  const made = await download(source.server, wanted, { temp: run.temp, context, verbose });
  output.log(finished(name, plan, made));
  const file = await publish(name, made.files, { run, context, takenAt: named.second });
  const tookMs = Math.round(performance.now() - startedAt);
  output.log(`Finished artifact creation '${file}' for database '${name}', took ${tookMs}ms.`);
}

function announce(name: string, plan: BackupPlan, { server, database }: Source, { output }: Context): void {
  if (plan.kind !== 'full') output.log(`Start differential backup of database '${name}'.`);
  if (plan.kind === 'empty') {
    const id = `DatabaseId{${database.id.slice(0, 8)}[${name}]}`;
    output.log(`The remote server (${server.address}) has not any recent data for database '${id}'.`);
  }
  if (plan.kind === 'refused') output.warn(`Differential backup of database '${name}' failed. Reason: ${plan.reason}`);
  if (plan.kind !== 'full') return;
  if (plan.failedDiff !== undefined) {
    output.log(`Start differential backup of database '${name}'.`);
    output.warn(`Differential backup of database '${name}' failed. Reason: ${plan.failedDiff}`);
    output.log(`Falling back to full backup of database '${name}'.`);
  }
  output.log(`Start full backup of database '${name}'.`);
}

/** The second this artifact is dated by: now, or the next at which the folder has no artifact of that name. */
function nameFor(
  database: string,
  entries: readonly FolderEntry[],
  { now, faults, settings }: Context,
): { second: Date; name: string } {
  const back = faults.find('clock-back', database)?.ms ?? 0;
  const taken = new Set(entries.map(({ name }) => name));
  return freeSecond(new Date(now().getTime() - back), (at) => artifactName(database, at, settings.zone), taken);
}

function artifactOf(
  { database: { name: database, id: databaseId } }: Source,
  { plan, run: { line, concurrent }, takenAt }: { plan: BackupPlan; run: BackupRun; takenAt: Date },
  { version, faults }: Context,
): Download {
  return {
    plan,
    takenAt,
    partBytes: faults.find('parts', database)?.bytes,
    fields: {
      standIn: true,
      format: 1,
      producedBy: formatVersion(version),
      database,
      databaseId,
      compressed: isOn(line, '--compress', true),
      recovered: plan.kind === 'full' && !isOn(line, '--skip-recovery'),
      metadata: database === 'system' ? 'none' : (valueOf(line, '--include-metadata') ?? 'all'),
      concurrent,
    },
  };
}

function finished(name: string, plan: BackupPlan, { highestTx }: { highestTx: number }): string {
  if (plan.kind !== 'full') return `Finished differential backup of database '${name}'.`;
  return `Finished full backup of database '${name}'. Downloaded from tx -1 to tx ${highestTx}.`;
}

async function publish(
  database: string,
  [main = '', ...parts]: readonly string[],
  { run: { folder }, context, takenAt }: { run: BackupRun; context: Context; takenAt: Date },
): Promise<string> {
  const { faults, settings, evidence } = context;
  await faults.reach('before-publish', database);
  if (faults.find('permission-denied', database)) throw new CommandError(`${folder.shown}: Permission denied`);
  if (faults.find('no-space', database)?.where === 'target') {
    throw new CommandError(`${folder.shown}: No space left on device`);
  }
  const spoiled = faults.find('bad-artifact', database);
  if (spoiled) spoil(main, spoiled.how);
  const name = await publishMain(folder, main, { database, takenAt, zone: settings.zone });
  for (const [index, part] of parts.entries()) await folder.publish(`${name}.${index + 1}`, part);
  evidence.artifacts.push(folder.uri(name));
  await faults.reach('after-publish', database);
  return name;
}

/** Another call may have taken the name since this one began; then it is the next second's. */
async function publishMain(
  folder: Folder,
  file: string,
  { database, takenAt, zone }: { database: string; takenAt: Date; zone: string },
): Promise<string> {
  for (;;) {
    const taken = new Set((await folder.list()).map(({ name }) => name));
    const { name } = freeSecond(takenAt, (at) => artifactName(database, at, zone), taken);
    try {
      await folder.publish(name, file);
      return name;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}
