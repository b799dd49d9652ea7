import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { artifactsIn, DevDbms } from '../dev-dbms.ts';

let dbms: DevDbms;
let folder: string;

beforeAll(async () => {
  dbms = new DevDbms();
  await dbms.startServer('server-0');
});
afterAll(() => dbms.stop());
beforeEach(() => {
  folder = dbms.folder();
  dbms.control.recreate('neo4j');
});

async function inspect(path = folder): Promise<string[][]> {
  const { stdout } = await dbms.admin(['backup', 'inspect', '--show-metadata', '--empty', path]);
  const rows = stdout.trim().split('\n').slice(1);
  return rows
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .toSorted((a, b) => (a[3] ?? '').localeCompare(b[3] ?? ''));
}
const ranges = async () =>
  (await inspect()).map(([, , , , full, , low, high]) => `${full === 'true' ? 'FULL' : 'DIFF'} ${low}-${high}`);

async function restore(artifact: string, ...more: string[]): Promise<Buffer> {
  const name = `restored${artifactsIn(folder).length}${more.length}`;
  const from = `--from-path=${join(folder, artifact)}`;
  const { code, stderr, stdout } = await dbms.admin([
    'database',
    'restore',
    from,
    '--overwrite-destination=true',
    ...more,
    name,
  ]);
  expect(stderr + stdout).toContain('completed successfully');
  expect(code).toBe(0);
  return readFileSync(join(dbms.home, 'data/databases', name, 'store.standin'));
}
const expected = (tx?: number, database = 'neo4j') =>
  Buffer.concat([...dbms.control.expectedStore(database, tx).chunks()].map((one) => Buffer.from(one)));

test('a FULL, a DIFF and an empty DIFF join and restore to the very bytes of the server', async () => {
  await dbms.control.commit('neo4j', 10, 5_000);
  expect(await dbms.backup(folder)).toMatchObject({ code: 0 });
  await dbms.control.commit('neo4j', 5, 70_000);
  expect(await dbms.backup(folder, '--type=DIFF')).toMatchObject({ code: 0 });
  expect(await dbms.backup(folder, '--type=DIFF')).toMatchObject({ code: 0 });
  expect(await ranges()).toEqual(['FULL 1-11', 'DIFF 12-16', 'DIFF 0-0']);
  const [full = '', diff = '', empty = ''] = artifactsIn(folder);
  expect((await restore(full)).equals(expected(11))).toBe(true);
  expect((await restore(diff)).equals(expected(16))).toBe(true);
  expect((await restore(empty)).equals(expected(16))).toBe(true);
  expect((await restore(diff, '--restore-until=14')).equals(expected(13))).toBe(true);
});

test('AUTO without a parent falls back to a FULL and says so in order', async () => {
  const { stdout } = await dbms.backup(folder, '--type=AUTO');
  const said = [
    'Starting backup of',
    'Using remote server',
    'Differential backup of database',
    'Falling back to full',
    'Start full backup',
    'Start receiving store files',
    'Finished receiving store files',
    'Finished full backup',
    'Finished artifact creation',
    'Backup command completed',
  ];
  const places = said.map((text) => stdout.indexOf(text));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});

test('a DIFF without a parent fails and leaves nothing', async () => {
  const { code, stderr, stdout } = await dbms.backup(folder, '--type=DIFF');
  expect(code).toBe(1);
  expect(stderr + stdout).toContain(`No existing backup found here: ${folder}`);
  expect(artifactsIn(folder)).toEqual([]);
});

test('with pruned logs a DIFF fails and AUTO takes a FULL', async () => {
  await dbms.backup(folder);
  await dbms.control.commit('neo4j', 3);
  await dbms.control.pruneLogs('neo4j');
  await dbms.control.commit('neo4j', 1);
  expect(await dbms.backup(folder, '--type=DIFF')).toMatchObject({ code: 1 });
  expect(await dbms.backup(folder)).toMatchObject({ code: 0 });
  expect(await ranges()).toEqual(['FULL 1-1', 'FULL 1-5']);
});

test('a recreated database has no parent in the folder, and the old content can still be restored', async () => {
  await dbms.control.commit('neo4j', 2);
  const { id } = dbms.control.database('neo4j');
  await dbms.backup(folder);
  dbms.control.recreate('neo4j');
  expect(await dbms.backup(folder, '--type=DIFF')).toMatchObject({ code: 1 });
  expect(await dbms.backup(folder)).toMatchObject({ code: 0 });
  expect(new Set((await inspect()).map(([, , databaseId]) => databaseId)).size).toBe(2);
  expect((await restore(artifactsIn(folder)[0] ?? '')).equals(expected(3, id))).toBe(true);
});

test('a glob brings every database, each with its own artifact', async () => {
  dbms.control.create('orders.eu-1');
  expect(await dbms.backup(folder, '*')).toMatchObject({ code: 0 });
  expect(artifactsIn(folder).map((name) => name.slice(0, -27))).toEqual(['neo4j', 'orders.eu-1', 'system']);
  dbms.control.drop('orders.eu-1');
});

test('one database that fails leaves the others backed up and the code 1', async () => {
  expect(await dbms.backup(folder, 'neo4j', 'nowhere')).toMatchObject({ code: 1 });
  expect(artifactsIn(folder)).toHaveLength(1);
});

test('an offline database is code 3', async () => {
  await dbms.control.setOnline('neo4j', false);
  expect(await dbms.backup(folder)).toMatchObject({ code: 3 });
});

test('an unreachable server does not stop the run but makes the code 1', async () => {
  const line = dbms.backupLine(folder).map((word) => word.replace('--from=', '--from=127.0.0.1:9,'));
  const { code, stdout } = await dbms.admin(line);
  expect(code).toBe(1);
  expect(stdout).toContain('Finished artifact creation');
  expect(stdout).not.toContain('Backup command completed');
  expect(artifactsIn(folder)).toHaveLength(1);
});

test('a missing target, a missing or a dirty temporary folder end the call before anything is written', async () => {
  expect(await dbms.backup(join(folder, 'missing'))).toMatchObject({ code: 1 });
  const without = dbms.backupLine(folder).filter((word) => !word.startsWith('--temp-path'));
  const missing = await dbms.admin([...without, `--temp-path=${folder}/missing`]);
  expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('Storage staging path does not exist') });
  await dbms.backup(folder);
  expect(await dbms.admin([...without, `--temp-path=${folder}`])).toMatchObject({ code: 1 });
  expect(artifactsIn(folder)).toHaveLength(1);
});

test('calls at the same time never overwrite each other and are noticed', async () => {
  await Promise.all([1, 2, 3].map(() => dbms.backup(folder, '--type=FULL')));
  expect(artifactsIn(folder)).toHaveLength(3);
  expect(dbms.control.overlaps()).toContain(folder);
});

test('the version and every artifact say that they come from a stand-in', async () => {
  await dbms.backup(folder);
  expect(await dbms.admin(['--version'])).toMatchObject({ code: 0, stdout: '5.26.0 (test stand-in, not Neo4j)\n' });
  expect(readFileSync(join(folder, artifactsIn(folder)[0] ?? ''), 'latin1').slice(0, 100)).toContain(
    'NOT A NEO4J BACKUP',
  );
});

test('the journal has arguments, code, artifacts and names of variables, never values', async () => {
  await dbms.admin(dbms.backupLine(folder), { AWS_SECRET_ACCESS_KEY: 'do-not-tell' });
  const call = dbms.calls().at(-1);
  expect(call).toMatchObject({
    exitCode: 0,
    version: '5.26.0',
    environment: expect.arrayContaining(['AWS_SECRET_ACCESS_KEY']),
  });
  expect(call?.artifacts).toHaveLength(1);
  expect(JSON.stringify(call)).not.toContain('do-not-tell');
});
