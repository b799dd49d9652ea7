import { mkdtempSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { backupDatabase, type BackupRun } from './backup-database.ts';
import { reachServer, type RemoteServer } from './client.ts';
import { isOn, valueOf, type CommandLine } from './command-line.ts';
import { CommandError, Faults, type Context } from './context.ts';
import { inspectByBackup } from './inspect.ts';
import { folderToWrite } from './places.ts';
import { readSettings } from './settings.ts';

/** `database backup`: one artifact per database; the code is 0 only when nothing at all went wrong. */
export async function backup(line: CommandLine, context: Context): Promise<number> {
  const inspectPath = valueOf(line, '--inspect-path');
  if (inspectPath !== undefined) return inspectByBackup(inspectPath, line, context);
  const { servers, unreachable } = await reachAll(line, context);
  const target = valueOf(line, '--to-path') ?? '';
  const [first] = servers;
  if (!first) throw new CommandError(`None of the servers can be reached: ${unreachable.join(', ')}`);
  const begun = await first.begin(target.includes('://') ? target : resolve(context.cwd, target));
  try {
    const faults = new Faults([...context.faults.active, ...begun.faults]);
    const informed = { ...context, faults, settings: readSettings(context.env, begun.settings) };
    return await backupAll(line, informed, {
      servers,
      complete: unreachable.length === 0,
      concurrent: begun.concurrent,
    });
  } finally {
    begun.end();
  }
}

interface Sources {
  readonly servers: readonly RemoteServer[];
  readonly complete: boolean;
  readonly concurrent: boolean;
}

async function backupAll(
  line: CommandLine,
  context: Context,
  { servers, complete, concurrent }: Sources,
): Promise<number> {
  const { faults, output } = context;
  await faults.reach('start');
  const failing = faults.find('fail');
  if (failing) throw new CommandError(failing.message);
  const longLine = faults.find('long-line');
  if (longLine) output.log('x'.repeat(longLine.bytes));
  const folder = await folderToWrite(valueOf(line, '--to-path') ?? '', context);
  const temp = tempFolder(valueOf(line, '--temp-path'), context);
  const codes: number[] = [];
  for (const database of await databasesOf(line, servers, context)) {
    const run: BackupRun = { line, folder, temp, servers, concurrent };
    codes.push(await backupDatabase(database, run, context));
  }
  const failed = codes.filter((code) => code !== 0);
  const forced = faults.find('exit')?.code;
  const code = forced ?? (failed.length === 0 ? (complete ? 0 : 1) : codes.length === 1 ? (failed[0] ?? 1) : 1);
  if (code === 0) output.log('Backup command completed');
  else
    output.complain(failed.length > 0 ? 'Failed to back up one or more databases.' : 'Backup finished with problems.');
  return code;
}

async function reachAll(
  line: CommandLine,
  context: Context,
): Promise<{ servers: RemoteServer[]; unreachable: string[] }> {
  const servers: RemoteServer[] = [];
  const unreachable: string[] = [];
  for (const address of line.values.get('--from') ?? ['localhost:6362']) {
    try {
      servers.push(await reachServer(address));
    } catch (error) {
      unreachable.push(address);
      context.output.warn(
        `Could not connect to server ${address}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  const resolved = isOn(line, '--remote-address-resolution');
  return { servers: resolved ? servers.toSorted((a, b) => rank(a) - rank(b)) : servers, unreachable };
}

function rank({ role }: RemoteServer): number {
  return role === 'secondary' ? 0 : 1;
}

/** Literal names stay as they are; globs are matched against what all servers know. */
async function databasesOf(line: CommandLine, servers: readonly RemoteServer[], context: Context): Promise<string[]> {
  const wanted = line.parameters.length > 0 ? line.parameters : ['neo4j'];
  if (!wanted.some(isGlob)) return [...new Set(wanted)];
  const known = new Set((await Promise.all(servers.map((server) => server.list()))).flat());
  if (!context.settings.globSystem) known.delete('system');
  return [...new Set(wanted.flatMap((name) => (isGlob(name) ? [...known].filter(matching(name)).sort() : [name])))];
}

function isGlob(name: string): boolean {
  return /[*?]/.test(name);
}

function matching(glob: string): (name: string) => boolean {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const pattern = new RegExp(`^${source}$`, 'i');
  return (name) => pattern.test(name);
}

/** A folder of this call's own below `--temp-path`, which must exist and be empty, or below the working directory. */
function tempFolder(path: string | undefined, { cwd, settings, scratch }: Context): string {
  const parent = resolve(cwd, path ?? '.');
  if (!statSync(parent, { throwIfNoEntry: false })?.isDirectory()) {
    throw new CommandError(`Storage staging path does not exist: ${parent}`, settings.pathRulesExit);
  }
  if (path !== undefined && readdirSync(parent).length > 0) {
    throw new CommandError(`Storage staging path is not empty: ${parent}`, settings.pathRulesExit);
  }
  const folder = mkdtempSync(join(parent, 'standin-backup-'));
  scratch.add(folder);
  return folder;
}
