import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { artifactsIn, DevDbms } from '../dev-dbms.ts';
import type { Fault } from '../state/faults.ts';

let dbms: DevDbms;
let folder: string;

beforeAll(async () => {
  dbms = new DevDbms('2025.10-enterprise');
  await dbms.startServer('server-0', { NEO4J_STANDIN_ROLE: 'primary' });
  await dbms.startServer('server-1', { NEO4J_STANDIN_ROLE: 'secondary' });
});
afterAll(() => dbms.stop());
beforeEach(() => {
  folder = dbms.folder();
  dbms.control.disarm();
});

async function until(fact: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 8_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`never came true: ${fact}`);
    await sleep(10);
  }
}
const inspect = (...more: string[]) => dbms.admin(['backup', 'inspect', ...more, folder]);

/** A call whose temporary folder can be looked into. */
function backupWatched(): { temp: string; call: ReturnType<DevDbms['call']> } {
  const line = dbms.backupLine(folder);
  const temp = line.find((word) => word.startsWith('--temp-path='))?.slice('--temp-path='.length) ?? '';
  return { temp, call: dbms.call(line) };
}

test.each<[what: string, fault: Fault, code: number, artifacts: number, says: string]>([
  ['a bad code with a good artifact', { kind: 'exit', code: 1 }, 1, 1, 'Finished artifact creation'],
  ['a good code without an artifact', { kind: 'no-artifact' }, 0, 0, 'Backup command completed'],
  ['no space in the temporary folder', { kind: 'no-space', where: 'temp' }, 1, 0, 'No space left on device'],
  ['no space in the target', { kind: 'no-space', where: 'target' }, 1, 0, 'No space left on device'],
  ['no permission', { kind: 'permission-denied' }, 1, 0, 'Permission denied'],
  ['a checkpoint that does not come', { kind: 'checkpoint-timeout' }, 1, 0, 'checkpoint'],
  ['a very long line', { kind: 'long-line', bytes: 300_000 }, 0, 1, 'x'.repeat(300_000)],
  ['a plain failure', { kind: 'fail', message: 'the moon is full' }, 1, 0, 'the moon is full'],
])('%s', async (_what, fault, code, artifacts, says) => {
  await dbms.control.arm(fault);
  const { temp, call } = backupWatched();
  const result = await call.result;
  expect(result.stdout + result.stderr).toContain(says);
  expect(result.code).toBe(code);
  expect(artifactsIn(folder)).toHaveLength(artifacts);
  expect(readdirSync(temp)).toEqual([]);
  expect(await dbms.backup(folder)).toMatchObject({ code: 0 }); // armed once
});

test.each(['empty', 'truncated'] as const)('an artifact that is %s is not shown by inspect', async (how) => {
  await dbms.control.arm({ kind: 'bad-artifact', how });
  expect(await dbms.backup(folder)).toMatchObject({ code: 0 });
  const { stdout, stderr } = await inspect();
  expect(stdout.trim().split('\n')).toHaveLength(1);
  expect(stderr).toContain('Skipping file:///');
});

test('a flipped bit is seen by check and restore, not by inspect', async () => {
  await dbms.control.arm({ kind: 'bad-artifact', how: 'flipped' });
  await dbms.backup(folder);
  expect((await inspect()).stdout.trim().split('\n')).toHaveLength(2);
  const reports = dbms.folder();
  const checked = await dbms.admin(['database', 'check', `--from-path=${folder}`, `--report-path=${reports}`, 'neo4j']);
  expect(checked.code).toBe(1);
  expect(readdirSync(reports)).toEqual([expect.stringMatching(/^inconsistencies-.*\.report$/)]);
  const file = join(folder, artifactsIn(folder)[0] ?? '');
  expect(await dbms.admin(['database', 'restore', `--from-path=${file}`, 'flipped'])).toMatchObject({ code: 1 });
  expect(existsSync(join(dbms.home, 'data/databases/flipped'))).toBe(false);
});

test('killed in the middle of the transfer it leaves its temporary files and no artifact', async () => {
  await dbms.control.arm({ kind: 'die', at: 'transfer' });
  const { temp, call } = backupWatched();
  expect(await call.result).toMatchObject({ signal: 'SIGKILL' });
  expect(readdirSync(temp)).not.toEqual([]);
  expect(artifactsIn(folder)).toEqual([]);
});

test('killed after publishing it leaves a good artifact that no line speaks of', async () => {
  await dbms.control.arm({ kind: 'die', at: 'after-publish' });
  const { signal, stdout } = await backupWatched().call.result;
  expect(signal).toBe('SIGKILL');
  expect(stdout).not.toContain('Finished artifact creation');
  expect((await inspect()).stdout.trim().split('\n')).toHaveLength(2);
});

test('a call that hangs ends on SIGTERM and takes its temporary files with it', async () => {
  await dbms.control.arm({ kind: 'hang', at: 'transfer' });
  const { temp, call } = backupWatched();
  await until('the transfer has begun', () =>
    readdirSync(temp).some((name) => readdirSync(join(temp, name)).length > 0),
  );
  call.process.kill('SIGTERM');
  expect(await call.result).toMatchObject({ code: 143 });
  expect(dbms.calls().at(-1)).toMatchObject({ exitCode: 143, artifacts: [] });
  expect(readdirSync(temp)).toEqual([]);
  expect(artifactsIn(folder)).toEqual([]);
});

test('a slow call tells of its progress', async () => {
  await dbms.control.arm({ kind: 'slow', bytesPerSecond: 2_000_000 });
  const { stdout } = await backupWatched().call.result;
  expect(stdout).toMatch(/Received \d+% of database 'neo4j'/);
});

test('companion parts belong to their artifact and are needed for its payload', async () => {
  await dbms.control.arm({ kind: 'parts', bytes: 100_000 });
  await dbms.backup(folder);
  const [artifact = ''] = artifactsIn(folder);
  expect(readdirSync(folder).sort()).toEqual([artifact, `${artifact}.1`, `${artifact}.2`]);
  expect((await inspect()).stdout.trim().split('\n')).toHaveLength(2);
  const checked = await dbms.admin(['database', 'check', `--from-path=${join(folder, artifact)}`, 'neo4j']);
  expect(checked).toMatchObject({ code: 0 });
});

test('a clock that goes back dates the artifact earlier, and the chain holds all the same', async () => {
  await dbms.backup(folder);
  await dbms.control.commit('neo4j', 2);
  await dbms.control.arm({ kind: 'clock-back', ms: 3_600_000 });
  expect(await dbms.backup(folder, '--type=DIFF')).toMatchObject({ code: 0 });
  const [earlier = ''] = artifactsIn(folder);
  expect(await dbms.admin(['database', 'restore', `--from-path=${join(folder, earlier)}`, 'back'])).toMatchObject({
    code: 0,
  });
});

test('a missing link stops restore and aggregate, whose code is 0 all the same', async () => {
  await dbms.backup(folder);
  await dbms.control.commit('neo4j', 2);
  await dbms.backup(folder);
  expect(
    await dbms.admin(['backup', 'aggregate', `--from-path=${folder}`, '--keep-old-backup=true', 'neo4j']),
  ).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Successfully aggregated'),
  });
  expect(artifactsIn(folder)).toHaveLength(3);
  const diff = artifactsIn(folder)[1] ?? '';
  const alone = dbms.folder();
  writeFileSync(join(alone, diff), readFileSync(join(folder, diff)));
  expect(await dbms.admin(['database', 'restore', `--from-path=${join(alone, diff)}`, 'gap'])).toMatchObject({
    code: 1,
  });
  const failed = await dbms.admin(['backup', 'aggregate', `--from-path=${alone}`, 'neo4j']);
  expect(failed).toMatchObject({ code: 0, stdout: expect.stringContaining('Failed to aggregate backup chain') });
  expect(statSync(join(alone, diff)).size).toBeGreaterThan(0);
});

test('an aggregated chain is one recovered FULL with the same content, and the links are gone', async () => {
  await dbms.backup(folder);
  await dbms.control.commit('neo4j', 3, 500);
  await dbms.backup(folder);
  await dbms.admin(['backup', 'aggregate', `--from-path=${folder}`, 'neo4j']);
  const left = artifactsIn(folder);
  expect(left).toHaveLength(1);
  const restored = await dbms.admin(['database', 'restore', `--from-path=${join(folder, left[0] ?? '')}`, 'merged']);
  expect(restored.stdout).toContain(dbms.control.expectedStore('neo4j').digest);
});

test('a stopped server is unreachable, a lost connection fails the database, a hung one keeps the call waiting', async () => {
  await dbms.control.setServer('server-0', { state: 'stopped' });
  expect(await dbms.backup(folder)).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('Could not connect to server'),
  });
  expect(artifactsIn(folder)).toHaveLength(1);
  await dbms.control.setServer('server-0', { state: 'up', cutAfterBytes: 10 });
  expect(await dbms.backup(folder, '--type=FULL')).toMatchObject({ code: 1 });
  expect(artifactsIn(folder)).toHaveLength(1);
  await dbms.control.setServer('server-0', { state: 'hung' });
  const { call } = backupWatched();
  const first = await Promise.race([call.result.then(() => 'ended'), sleep(300).then(() => 'waits')]);
  call.process.kill('SIGKILL');
  await call.result;
  await dbms.control.setServer('server-0', { state: 'up' });
  expect(first).toBe('waits');
});

test('secondaries come first when the servers resolve the addresses', async () => {
  const plain = await dbms.backup(folder);
  const resolved = await dbms.backup(folder, '--remote-address-resolution', '--type=FULL');
  const addressOf = (role: string) => {
    const report = dbms.control.servers().find((one) => one.role === role);
    return `${report?.address}:${report?.port}`;
  };
  expect(source(plain)).toBe(addressOf('primary'));
  expect(source(resolved)).toBe(addressOf('secondary'));
});

function source({ stdout }: { stdout: string }): string | undefined {
  return /Using remote server (\S+)/.exec(stdout)?.[1];
}
