import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { mortal } from '../a-pod.ts';
import { openSite } from '../a-site.ts';

const site = openSite();
const artifacts = () => readdirSync(join(site.claim.folder, 'artifacts')).toSorted();

test('the first run is a FULL of every database, the next a DIFF in the same chain', async () => {
  expect(await site.run({ run: 'one' })).toMatchObject({ outcome: 'Succeeded', type: 'FULL', typeReason: 'NoParent' });
  await site.dbms.control.commit('neo4j', 5);
  expect(await site.run({ run: 'two' })).toMatchObject({ outcome: 'Succeeded', type: 'DIFF' });
  const own = (await site.manifests()).filter(({ database }) => database === 'neo4j');
  expect(own.map(({ run, type, chain, parent }) => ({ run, type, chain, parent }))).toEqual([
    { run: 'one', type: 'FULL', chain: own[0]?.chain, parent: undefined },
    { run: 'two', type: 'DIFF', chain: own[0]?.chain, parent: own[0]?.artifact },
  ]);
  expect((await site.manifests()).map(({ database }) => database)).toContain('system');
  expect(own[0]?.objects[0]?.digest).toMatchObject({ algorithm: 'sha256', of: 'plain' });
});

test('a pod may die at any write, before or after the store heard of it: the next one comes to the same end', async () => {
  for (const when of ['before', 'after'] as const) {
    for (let at = 1, died = true; died; at += 1) {
      site.renew();
      const dying = mortal(site.claim.store, at, when);
      await site.run({ run: 'one' }, {}, { store: dying.store }).catch(() => undefined);
      died = dying.dead();
      const result = await site.run({ run: 'one' });
      const manifests = await site.manifests();
      expect({
        when,
        at,
        outcome: result.outcome,
        databases: manifests.map(({ database }) => database).toSorted(),
      }).toEqual({ when, at, outcome: 'Succeeded', databases: ['neo4j', 'system'] });
      expect(artifacts()).toEqual(manifests.map(({ artifact }) => artifact).toSorted());
    }
  }
}, 120_000);

test('an artifact whose pod died before its manifest is adopted by the next run, and can be built on', async () => {
  const dying = mortal(site.claim.store, 2, 'before'); // the first creation says that the run has begun
  await expect(site.run({ run: 'one' }, {}, { store: dying.store })).rejects.toThrow('died');
  expect(await site.manifests()).toEqual([]);
  await site.dbms.control.commit('neo4j', 5);
  expect(await site.run({ run: 'two' })).toMatchObject({ outcome: 'Succeeded' });
  const own = (await site.manifests()).filter(({ database }) => database === 'neo4j');
  expect(own.map(({ run, origin, type }) => ({ run, origin, type }))).toEqual([
    { run: 'one', origin: 'adopted', type: 'FULL' },
    { run: 'two', origin: 'written', type: 'DIFF' },
  ]);
});

test('an artifact that nobody can explain is left alone and forces a FULL', async () => {
  await site.run({ run: 'one' });
  await site.dbms.control.commit('neo4j', 5);
  await site.dbms.backup(join(site.claim.folder, 'artifacts'), 'neo4j');
  const stranger = artifacts().length;
  expect(await site.run({ run: 'two' })).toMatchObject({ type: 'FULL', typeReason: 'UnexplainedArtifact' });
  expect(artifacts().length).toBeGreaterThan(stranger);
  expect((await site.manifests()).length).toBe(artifacts().length - 1);
});

test('an engine that makes no progress is stopped and named', async () => {
  await site.dbms.control.arm({ kind: 'hang', at: 'transfer' }, { times: 2 });
  expect(await site.run({ run: 'one' }, { stallTimeoutMs: 1_000 })).toMatchObject({
    outcome: 'Failed',
    reason: 'Stalled',
    retry: 'retry',
  });
});

test('a pod that is told to stop ends its engine and says so', async () => {
  await site.dbms.control.arm({ kind: 'hang', at: 'transfer' }, { times: 2 });
  const told = new AbortController();
  const ended = site.run({ run: 'one' }, {}, { signal: told.signal });
  await vi.waitFor(
    () => expect(process.stdout.write).toHaveBeenCalledWith(expect.stringContaining('run one: ')),
    10_000,
  );
  told.abort('Interrupted');
  expect(await ended).toMatchObject({ outcome: 'Failed', reason: 'Interrupted', retry: 'retry' });
});

test('a database that an attempt did not bring is still owed by the next, although no object names it', async () => {
  site.dbms.control.create('extra', { storeBytes: 100_000 });
  await site.dbms.control.setOnline('extra', false);
  const first = await site.run({ run: 'one' });
  expect(first).toMatchObject({ outcome: 'PartiallySucceeded', reason: 'DatabaseMissing' });
  const left = Buffer.from(JSON.stringify(first));
  await site.claim.store.create('runs/one/attempt-1-00000001.json', left);
  await site.dbms.control.setOnline('extra', true);
  expect(await site.run({ run: 'one', attempt: 2 })).toMatchObject({ outcome: 'Succeeded' });
  expect((await site.manifests()).map(({ database }) => database)).toContain('extra');
});

test('an engine that names nothing and makes nothing is asked for everything again, in the first run of all, too', async () => {
  await site.dbms.control.arm({ kind: 'no-artifact' }, { times: 1 });
  const nothingKnown = { expected: ['system'] };
  expect(await site.run({ run: 'one' }, nothingKnown)).toMatchObject({ outcome: 'Failed', retry: 'retry' });
  expect(await site.manifests()).toEqual([]);
  site.dbms.control.disarm();
  expect(await site.run({ run: 'one', attempt: 2 }, nothingKnown)).toMatchObject({ outcome: 'Succeeded' });
  expect((await site.manifests()).map(({ database }) => database).toSorted()).toEqual(['neo4j', 'system']);
});

test('a pod that was replaced after its work only says so again', async () => {
  const first = await site.run({ run: 'one' });
  await site.claim.store.create('runs/one/attempt-1-00000001.json', Buffer.from(JSON.stringify(first)));
  const calls = site.dbms.calls().length;
  expect(await site.run({ run: 'one' })).toEqual(first);
  expect(site.dbms.calls()).toHaveLength(calls);
});

test('an image without neo4j-admin is named', async () => {
  const path = process.env['PATH'];
  process.env['PATH'] = '/nowhere';
  try {
    expect(await site.run({ run: 'one' })).toMatchObject({ outcome: 'Failed', reason: 'EngineFailed', retry: 'no' });
  } finally {
    process.env['PATH'] = path;
  }
});

test('a binary that has to say its version is refused when it is too old, before it writes anything', async () => {
  vi.stubEnv('NEO4J_STANDIN_VERSION', '5.25.1');
  try {
    await expect(site.run({ run: 'one' }, { version: undefined })).rejects.toThrow(
      /--version says that it is 5\.25\.1, and backups need 5\.26 or later/,
    );
  } finally {
    vi.unstubAllEnvs();
  }
  expect(await site.manifests()).toEqual([]);
});
