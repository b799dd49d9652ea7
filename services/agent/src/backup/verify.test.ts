import { openSync, readdirSync, readSync, rmSync, statSync, truncateSync, writeSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { openKeyRing, type KeyRing } from '@holdfast/encryption';
import { readCatalogue } from '@holdfast/storage';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aRow } from '../../../../packages/core/src/chains/a-row.ts';
import { armFault, type Fault } from '../../../../test/neo4j/state/faults.ts';
import { openSite, type Told } from '../a-site.ts';
import { runBackup } from './run-backup.ts';
import { openRunLog } from './run-log.ts';
import { verifyArtifact } from './verify.ts';

const site = openSite();
let checkFaults: string;

beforeAll(() => {
  // A check talks to no server, so it reads its faults itself.
  checkFaults = join(site.dbms.folder(), 'faults.json');
  process.env['NEO4J_STANDIN_FAULTS_FILE'] = checkFaults;
});
afterAll(() => {
  delete process.env['NEO4J_STANDIN_FAULTS_FILE'];
});

const control = () => site.dbms.control;
const pod = (told: Told, engine: object = {}) => site.run(told, { verify: true, ...engine });
// Each run checks two databases, and each check takes one.
const spoilCheck = (fault: Fault) => armFault(checkFaults, { fault, command: 'check', database: 'neo4j', times: 2 });
const artifacts = () => join(site.claim.folder, 'artifacts');
const marks = async () => (await readCatalogue(site.claim.store)).marks;
const ofNeo4j = async () => (await site.manifests()).filter(({ database }) => database === 'neo4j');

/** Flips one byte of a file's payload, so that nothing but its content tells. */
function flip(file: string): void {
  const path = join(artifacts(), file);
  const at = statSync(path).size - 100;
  const handle = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(handle, byte, 0, 1, at);
  writeSync(handle, Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, at);
  closeSync(handle);
}

test.each(['direct', 'staged'])(
  '%s: a FULL is checked for consistency and a DIFF read back, and both say so',
  async (mode) => {
    const workVolume = site.dbms.folder();
    const both = (told: Told) => site.run(told, { verify: true, mode }, mode === 'staged' ? { workVolume } : {});
    expect(await both({ run: 'one' })).toMatchObject({ outcome: 'Succeeded', verified: 'consistency', warnings: [] });
    await control().commit('neo4j', 5);
    expect(await both({ run: 'two' })).toMatchObject({ outcome: 'Succeeded', type: 'DIFF', verified: 'content' });
    expect((await ofNeo4j()).map(({ type, verified }) => [type, verified.level])).toEqual([
      ['FULL', 'consistency'],
      ['DIFF', 'content'],
    ]);
    for (const { objects } of await site.manifests()) expect(objects[0]?.digest?.value).toMatch(/^[0-9a-f]{64}$/);
  },
);

test('without verifyBackup nothing is checked, and nothing is claimed', async () => {
  const before = site.dbms.calls().length;
  expect(await pod({ run: 'one' }, { verify: false })).toMatchObject({ outcome: 'Succeeded', verified: 'objects' });
  expect(
    site.dbms
      .calls()
      .slice(before)
      .filter(({ arguments: argv }) => argv.includes('check')),
  ).toEqual([]);
});

test('the artifact that is checked is exactly the new one, in a folder of its own', async () => {
  await pod({ run: 'one' });
  await control().commit('neo4j', 5);
  const before = site.dbms.calls().length;
  await pod({ run: 'two' }, { backupType: 'FULL' });
  const checks = site.dbms
    .calls()
    .slice(before)
    .filter(({ arguments: argv }) => argv.includes('check'));
  expect(checks.map(({ arguments: argv }) => argv.at(-1)).toSorted()).toEqual(['neo4j', 'system']);
  for (const { arguments: argv } of checks) expect(argv.join(' ')).not.toContain(artifacts());
});

test('an inconsistent FULL does not count, is marked, and the next attempt of the same run takes another FULL', async () => {
  await spoilCheck({ kind: 'inconsistent' });
  const first = await pod({ run: 'one' });
  expect(first).toMatchObject({ outcome: 'PartiallySucceeded', reason: 'VerificationFailed', retry: 'retry' });
  expect(first.message).toContain('Records point nowhere');
  expect(first.databases).toContainEqual(expect.objectContaining({ name: 'neo4j', error: expect.any(String) }));
  expect(await ofNeo4j()).toEqual([]);
  expect(await marks()).toMatchObject([{ database: 'neo4j', artifactRun: 'one', reason: 'VerificationFailed' }]);
  await control().commit('neo4j', 5);
  const second = await pod({ run: 'one', attempt: 2 });
  expect(second).toMatchObject({ outcome: 'Succeeded', verified: 'consistency' });
  expect((await ofNeo4j()).map(({ run, type, origin }) => [run, type, origin])).toEqual([['one', 'FULL', 'written']]);
  await control().commit('neo4j', 5);
  expect(await pod({ run: 'two' })).toMatchObject({ outcome: 'Succeeded', type: 'DIFF' });
});

test('a spoiled FULL beside a good chain forces a FULL: the engine would build on what does not count', async () => {
  await pod({ run: 'one' });
  await control().commit('neo4j', 5);
  await spoilCheck({ kind: 'inconsistent' });
  expect(await pod({ run: 'two' }, { backupType: 'FULL' })).toMatchObject({ reason: 'VerificationFailed' });
  await control().commit('neo4j', 5);
  const third = await pod({ run: 'three' });
  expect(third).toMatchObject({ outcome: 'Succeeded', type: 'FULL', typeReason: 'ChainBroken' });
  expect((await ofNeo4j()).map(({ run, type }) => [run, type])).toEqual([
    ['one', 'FULL'],
    ['three', 'FULL'],
  ]);
  expect(third.folder).toMatchObject({ broken: 0, damagedCount: 0 });
});

test('a check that could not run leaves the level at content, and is remarked', async () => {
  await spoilCheck({ kind: 'fail', message: 'the check has no licence' });
  const result = await pod({ run: 'one' });
  expect(result).toMatchObject({ outcome: 'Succeeded', verified: 'content' });
  expect(result.warnings).toMatchObject([{ reason: 'NotFullyVerified' }]);
  expect(result.warnings[0]?.message).toContain('the check has no licence');
});

test('a DIFF whose transactions join nothing does not count', async () => {
  const runLog = openRunLog(join(site.dbms.folder(), 'run.log'), []);
  const context = site.pod({ run: 'one' });
  const row = aRow({ artifact: 'neo4j-2026', tx: [21, 30] });
  const arrived = { row, objects: [], place: { kind: 'orphan', chain: 'neo4j-2026' } } as const;
  expect(await verifyArtifact(arrived, { context, version: '5.26.0', runLog }, context.signal)).toMatchObject({
    kind: 'rejected',
    message: expect.stringContaining('transactions 21 to 30, which join no artifact before it'),
  });
});

test('an object that vanished breaks its chain for good: marked, told, and followed by a FULL', async () => {
  await pod({ run: 'one' });
  await control().commit('neo4j', 5);
  await pod({ run: 'two' });
  const [full] = await ofNeo4j();
  rmSync(join(artifacts(), full?.artifact ?? ''));
  const third = await pod({ run: 'three' }, { verify: false });
  expect(third).toMatchObject({ type: 'FULL', typeReason: 'ChainBroken' });
  expect(third.folder).toMatchObject({ broken: 1, damagedCount: 1, damaged: [{ reason: 'ArtifactMissing' }] });
  expect((await marks()).map(({ artifact }) => artifact)).toEqual([full?.artifact]);
  expect(third.folder?.restorePoint?.chain).toBe((await ofNeo4j()).at(-1)?.chain);
});

test('an object that was cut short is found on the way to the next backup', async () => {
  await pod({ run: 'one' });
  const [full] = await ofNeo4j();
  const path = join(artifacts(), full?.artifact ?? '');
  truncateSync(path, statSync(path).size - 1);
  const next = await pod({ run: 'two' });
  expect(next).toMatchObject({ type: 'FULL', folder: { damaged: [{ reason: 'ArtifactChanged' }] } });
});

test('scratch is left as clean as it was', async () => {
  const context = site.pod({ run: 'one' }, { verify: true });
  await runBackup(context);
  expect(readdirSync(context.scratch)).toEqual(['run.log']);
});

test('an artifact that is spoiled between its writing and its manifest is found by reading it back', async () => {
  let spoiled = false;
  const read: typeof site.claim.store.read = (key, options) => {
    // The second reading of a new artifact is the one that verifies it.
    if (key.includes('/neo4j-') && !spoiled) {
      spoiled = true;
      const stream = site.claim.store.read(key, options);
      return stream.then(async (body) => {
        const pieces = await Array.fromAsync(body ?? []);
        flip(key.split('/').at(-1) ?? '');
        return (async function* () {
          yield* pieces;
        })();
      });
    }
    return site.claim.store.read(key, options);
  };
  const result = await site.run({ run: 'one' }, { verify: true }, { store: { ...site.claim.store, read } });
  expect(result).toMatchObject({ outcome: 'PartiallySucceeded', reason: 'VerificationFailed' });
  expect(result.message).toContain('another content');
});

test('an encrypted artifact is opened segment by segment and checked as the engine wrote it', async () => {
  const keys = openKeyRing(new Map([['key', Buffer.alloc(32, 7)]]), 'key');
  const encryption = { algorithm: 'AES256', writeKey: 'key' } as const;
  const sealed = (run: string, ring: KeyRing) =>
    site.run({ run, encryption }, { verify: true, mode: 'staged' }, { keys: ring });
  await control().arm({ kind: 'parts', bytes: 100_000 }, { database: 'neo4j' });
  expect(await sealed('one', keys)).toMatchObject({ verified: 'consistency' });
  const opened: string[] = [];
  // What opens under the wrong key is not what was encrypted.
  const other = openKeyRing(new Map([['key', Buffer.alloc(32, 8)]]), 'key').write;
  const wrong = { ...keys, find: (wanted: string) => (opened.push(wanted), other) };
  const result = await sealed('two', wrong);
  expect(opened.length).toBeGreaterThan(0);
  expect(result).toMatchObject({ outcome: 'Failed', reason: 'VerificationFailed' });
  expect(result.message).toContain('is not what was encrypted');
});
