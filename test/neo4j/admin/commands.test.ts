import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { artifactsIn, DevDbms } from '../dev-dbms.ts';

let dbms: DevDbms;
let folder: string;

beforeAll(async () => {
  dbms = new DevDbms('2026.04-enterprise');
  await dbms.startServer('server-0');
});
afterAll(() => dbms.stop());
beforeEach(() => {
  folder = dbms.folder();
  dbms.control.recreate('neo4j');
});

const newest = () => join(folder, artifactsIn(folder).at(-1) ?? '');

async function rangesShown(...options: string[]): Promise<string[]> {
  const { stdout } = await dbms.admin(['backup', 'inspect', ...options, folder]);
  const rows = stdout
    .trim()
    .split('\n')
    .slice(1)
    .map((row) => row.split('|').map((cell) => cell.trim()));
  return rows.map((cells) => `${cells[7]}-${cells[8]}`);
}

async function aChain(): Promise<void> {
  for (const type of ['FULL', 'FULL', 'DIFF', 'DIFF']) {
    await dbms.backup(folder, `--type=${type}`);
    if (type !== 'FULL' || artifactsIn(folder).length > 1) await dbms.control.commit('neo4j', 2);
  }
  dbms.control.recreate('system');
  await dbms.backup(folder, '--type=DIFF');
  await dbms.backup(folder, '--type=DIFF');
}

test('inspect hides empty DIFFs, and shows the latest backup or chain on request', { timeout: 20_000 }, async () => {
  await aChain();
  expect(await rangesShown()).toEqual(['1-1', '1-1', '2-3', '4-5', '6-7']);
  expect(await rangesShown('--empty')).toContain('0-0');
  expect(await rangesShown('--latest-backup')).toEqual(['6-7']);
  expect(await rangesShown('--latest-chain')).toEqual(['1-1', '2-3', '4-5', '6-7']);
  expect(await rangesShown('--database=nowhere')).toEqual([]);
});

test('inspect goes on over files it cannot explain, with the code that was set', async () => {
  await dbms.backup(folder);
  writeFileSync(join(folder, 'neo4j-2026-03-01T02-00-00.backup'), 'something else');
  writeFileSync(join(folder, 'notes.txt'), 'mine');
  const found = await dbms.admin(['backup', 'inspect', folder], { NEO4J_STANDIN_INSPECT_CORRUPT_EXIT: '1' });
  expect(found.code).toBe(1);
  expect(found.stderr.match(/Skipping/g)).toHaveLength(2);
  expect(found.stdout.trim().split('\n')).toHaveLength(2);
  expect(await dbms.admin(['backup', 'inspect', join(folder, 'notes.txt')])).toMatchObject({ code: 1 });
  expect(await dbms.admin(['backup', 'inspect', join(folder, 'missing')])).toMatchObject({ code: 1 });
});

test('the time in a name follows the zone, the time of inspect does not', async () => {
  const clock = join(dbms.dir, 'clock.json');
  writeFileSync(clock, JSON.stringify({ offsetMs: Date.parse('2026-07-01T22:30:00Z') - Date.now() }));
  await dbms.admin(dbms.backupLine(folder), { HOLDFAST_CLOCK_FILE: clock, NEO4J_STANDIN_ZONE: 'Asia/Tokyo' });
  expect(artifactsIn(folder)[0]).toMatch(/^neo4j-2026-07-02T07-30-/);
  expect((await dbms.admin(['backup', 'inspect', folder])).stdout).toContain('2026-07-01T22:30:');
});

test('a first DIFF may reach back into its FULL and restores all the same', async () => {
  await dbms.control.commit('neo4j', 9, 100);
  await dbms.backup(folder);
  await dbms.control.commit('neo4j', 3, 100);
  await dbms.admin(dbms.backupLine(folder, '--type=DIFF'), { NEO4J_STANDIN_OVERLAP: '4' });
  expect(await rangesShown()).toEqual(['1-10', '7-13']);
  const { stdout } = await dbms.admin(['database', 'restore', `--from-path=${newest()}`, 'overlapped']);
  expect(stdout).toContain(dbms.control.expectedStore('neo4j').digest);
});

test('restore refuses an existing target and what a newer version has made', async () => {
  await dbms.backup(folder);
  const line = ['database', 'restore', `--from-path=${newest()}`, 'twice'];
  expect(await dbms.admin(line)).toMatchObject({ code: 0 });
  expect(await dbms.admin(line)).toMatchObject({ code: 1, stderr: expect.stringContaining('already exists') });
  const older = await dbms.admin([...line, '--overwrite-destination=true'], {}, '2025.09-enterprise');
  expect(older).toMatchObject({ code: 1, stderr: expect.stringContaining('newer than 2025.09.0') });
});

test('check takes recovered FULLs only', async () => {
  await dbms.backup(folder, '--skip-recovery');
  const line = ['database', 'check', `--from-path=${folder}`, 'neo4j'];
  expect(await dbms.admin(line)).toMatchObject({ code: 1, stderr: expect.stringContaining('not recovered') });
  await dbms.backup(folder, '--type=FULL');
  expect(await dbms.admin(['database', 'check', `--from-path=${newest()}`, 'neo4j'])).toMatchObject({ code: 0 });
  await dbms.control.commit('neo4j');
  await dbms.backup(folder);
  expect(await dbms.admin(line)).toMatchObject({ code: 1, stderr: expect.stringContaining('differential') });
});

test('load takes a FULL and no DIFF', async () => {
  await dbms.backup(folder);
  const line = ['database', 'load', `--from-path=${folder}`, '--overwrite-destination=true', 'neo4j'];
  expect(await dbms.admin(line)).toMatchObject({ code: 0 });
  await dbms.control.commit('neo4j');
  await dbms.backup(folder);
  expect(await dbms.admin(line)).toMatchObject({ code: 1 });
});

test('validate tells which shards are behind', async () => {
  for (const name of ['movies-g000', 'movies-p000']) dbms.control.create(name, { storeBytes: 100 });
  await dbms.control.commit('movies-g000', 4);
  await dbms.control.commit('movies-p000', 2);
  await dbms.backup(folder, 'movies-*');
  const { code, stdout } = await dbms.admin(['backup', 'validate', `--from-path=${folder}`, '--database=movies']);
  expect(stdout).toContain('Backup is behind (3 < 5)');
  expect(code).toBe(1);
});

test('a cloud that is not S3 is a local folder behind its own address', async () => {
  const cloudDir = dbms.folder();
  mkdirSync(join(cloudDir, 'gs/bucket/team'), { recursive: true });
  const env = { NEO4J_STANDIN_CLOUD_DIR: cloudDir, GOOGLE_APPLICATION_CREDENTIALS: '/nowhere' };
  expect(await dbms.admin(dbms.backupLine('gs://bucket/team/'), env)).toMatchObject({ code: 0 });
  expect((await dbms.admin(['backup', 'inspect', 'gs://bucket/team/'], env)).stdout).toContain(
    'gs://bucket/team/neo4j-',
  );
  expect(
    await dbms.admin(['backup', 'inspect', 'gs://bucket/team/'], { NEO4J_STANDIN_CLOUD_DIR: cloudDir }),
  ).toMatchObject({ code: 1 });
});

test('an artifact under another name is still what its header says', async () => {
  await dbms.backup(folder);
  renameSync(newest(), join(folder, 'copy-of-something.backup'));
  expect(await rangesShown()).toEqual(['1-1']);
});
