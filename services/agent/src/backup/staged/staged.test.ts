import { existsSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { chains } from '@holdfast/core';
import { proveRun, readCatalogue } from '@holdfast/storage';
import { BackupError } from '@holdfast/types';
import { expect, test } from 'vitest';
import { mortal } from '../../a-pod.ts';
import { openSite, type Told } from '../../a-site.ts';
import type { Context } from '../../context.ts';
import { runBackup } from '../run-backup.ts';

const site = openSite();
const staged = { mode: 'staged' };
const pod = (told: Told, engine: object = {}, more: Partial<Context> = {}) =>
  site.run(told, { ...staged, ...engine }, more);
const keys = async () => (await Array.fromAsync(site.claim.store.list('artifacts/'))).map(({ key }) => key).toSorted();
const named = async () => (await site.manifests()).flatMap(({ objects }) => objects.map(({ key }) => key)).toSorted();

test('a staged run uploads what the engine made under keys of its own, and scratch is empty afterwards', async () => {
  const context = site.pod({ run: 'one' }, staged);
  expect(await runBackup(context)).toMatchObject({ outcome: 'Succeeded', type: 'FULL', typeReason: 'NoParent' });
  const manifests = await site.manifests();
  expect(manifests.map(({ database }) => database).toSorted()).toEqual(['neo4j', 'system']);
  for (const { artifact, objects, bytes } of manifests) {
    expect(objects).toMatchObject([
      { key: `artifacts/one/${artifact}`, bytes, digest: { of: 'stored', measuredBy: 'writer' } },
    ]);
  }
  expect(await keys()).toEqual(await named());
  expect((await proveRun(site.claim.store, 'one')).findings).toEqual([]);
  expect(readdirSync(context.scratch)).toEqual(['run.log']);
});

test('companion parts go with their artifact', async () => {
  await site.dbms.control.arm({ kind: 'parts', bytes: 100_000 }, { database: 'neo4j' });
  expect(await pod({ run: 'one' })).toMatchObject({ outcome: 'Succeeded' });
  const own = (await site.manifests()).find(({ database }) => database === 'neo4j');
  expect(own?.objects.map(({ key }) => key)).toEqual(
    [0, 1, 2].map((part) => `artifacts/one/${own?.artifact}${part === 0 ? '' : `.${part}`}`),
  );
  expect(await keys()).toEqual(await named());
});

test('without a work volume AUTO is a FULL, and says why', async () => {
  await pod({ run: 'one' });
  await site.dbms.control.commit('neo4j', 5);
  expect(await pod({ run: 'two' })).toMatchObject({ type: 'FULL', typeReason: 'NoWorkVolume', warnings: [] });
});

test('a chain of direct runs is not built on by staged ones, nor the other way round', async () => {
  await pod({ run: 'one' }, { mode: 'direct' });
  expect(await pod({ run: 'two' })).toMatchObject({ type: 'FULL', typeReason: 'NoWorkVolume' });
  expect(await pod({ run: 'three' }, { mode: 'direct' })).toMatchObject({ type: 'FULL', typeReason: 'NoWorkVolume' });
  await site.dbms.control.commit('neo4j', 5);
  expect(await pod({ run: 'four' }, { mode: 'direct' })).toMatchObject({ type: 'DIFF', typeReason: 'AsAsked' });
});

test('a pod may die at any write, before or after the store heard of it: nothing hangs on what does not count', async () => {
  for (const when of ['before', 'after'] as const) {
    for (let at = 1, died = true; died; at += 1) {
      site.renew();
      const dying = mortal(site.claim.store, at, when);
      await pod({ run: 'one' }, {}, { store: dying.store }).catch(() => undefined);
      died = dying.dead();
      const result = await pod({ run: 'one' });
      const manifests = await site.manifests();
      expect({
        when,
        at,
        outcome: result.outcome,
        databases: manifests.map(({ database }) => database).toSorted(),
      }).toEqual({ when, at, outcome: 'Succeeded', databases: ['neo4j', 'system'] });
      expect((await proveRun(site.claim.store, 'one')).findings).toEqual([]);
      for (const key of await keys()) expect(key).toMatch(/^artifacts\/one\//);
    }
  }
}, 120_000);

test('a key that a dead pod took is left alone', async () => {
  const { store } = site.claim;
  let theirs = '';
  const create: typeof store.create = async (key, ...given) => {
    if (theirs === '' && key.startsWith('artifacts/')) await store.create((theirs = key), Buffer.from('half'));
    return store.create(key, ...given);
  };
  expect(await pod({ run: 'one' }, {}, { store: { ...store, create } })).toMatchObject({ outcome: 'Succeeded' });
  expect((await store.head(theirs))?.bytes).toBe(4);
  expect(await named()).not.toContain(theirs);
  expect((await proveRun(store, 'one')).findings).toEqual([]);
});

test('a trouble of the store that passes costs a second sending, and one that stays fails the attempt and cleans scratch', async () => {
  const { store } = site.claim;
  const troubled = (times: number): typeof store => {
    let left = times;
    const create: typeof store.create = async (key, body, options) => {
      if (!key.startsWith('artifacts/') || left === 0) return store.create(key, body, options);
      left -= 1;
      throw new BackupError('StorageUnreachable', 'transient', 'gone for a moment');
    };
    return { ...store, create };
  };
  expect(await pod({ run: 'one' }, {}, { store: troubled(1) })).toMatchObject({ outcome: 'Succeeded' });
  const context = site.pod({ run: 'two' }, staged, { store: troubled(3) });
  await expect(runBackup(context)).rejects.toMatchObject({ reason: 'StorageUnreachable', fate: 'transient' });
  expect(readdirSync(context.scratch)).toEqual(['run.log']);
});

test('an upload that makes no progress is stopped and named', async () => {
  const { store } = site.claim;
  const create: typeof store.create = (key, body, options) =>
    key.startsWith('artifacts/')
      ? new Promise((_, reject) => {
          options?.signal?.addEventListener('abort', () => reject(options.signal?.reason));
        })
      : store.create(key, body, options);
  const stuck = pod({ run: 'one' }, { stallTimeoutMs: 1_500 }, { store: { ...store, create } });
  await expect(stuck).rejects.toMatchObject({ reason: 'Stalled', fate: 'transient' });
});

test('the work volume keeps the chain, so that DIFFs are possible', async () => {
  const workVolume = site.dbms.folder();
  const work = join(workVolume, 'holdfast-work/neo4j/nightly');
  const kept = () => readdirSync(work).toSorted();
  const artifacts = async () => (await site.manifests()).map(({ artifact }) => artifact).toSorted();
  expect(await pod({ run: 'one' }, {}, { workVolume })).toMatchObject({ type: 'FULL' });
  await site.dbms.control.commit('neo4j', 5);
  expect(await pod({ run: 'two' }, {}, { workVolume })).toMatchObject({ type: 'DIFF', typeReason: 'AsAsked' });
  const [full, diff] = (await site.manifests()).filter(({ database }) => database === 'neo4j');
  expect(diff).toMatchObject({ run: 'two', type: 'DIFF', parent: full?.artifact, chain: full?.chain });
  expect(kept()).toEqual(await artifacts());

  await site.dbms.control.commit('neo4j', 5);
  expect(await pod({ run: 'three' }, { backupType: 'FULL' }, { workVolume })).toMatchObject({ type: 'FULL' });
  const newest = (await site.manifests()).filter(({ run }) => run === 'three').map(({ artifact }) => artifact);
  expect(kept()).toEqual(newest.toSorted());
});

test('a work volume that is lost, foreign or damaged costs a FULL and no more', async () => {
  const spoil: readonly ((work: string) => unknown)[] = [
    (work) => rmSync(work, { recursive: true }),
    (work) => site.dbms.backup(work, 'neo4j'),
    (work) => {
      const [file = ''] = readdirSync(work);
      truncateSync(join(work, file), 2_000);
    },
  ];
  const types: unknown[] = [];
  for (const [index, spoilIt] of spoil.entries()) {
    site.renew();
    const workVolume = site.dbms.folder();
    await pod({ run: 'one' }, {}, { workVolume });
    await site.dbms.control.commit('neo4j', 5);
    await spoilIt(join(workVolume, 'holdfast-work/neo4j/nightly'));
    const { outcome, type, typeReason } = await pod({ run: 'two' }, {}, { workVolume });
    types.push({ outcome, type, typeReason });
    expect((await proveRun(site.claim.store, 'two')).findings, String(index)).toEqual([]);
    const newest = (await site.manifests()).findLast(({ database }) => database === 'neo4j');
    expect(newest).toMatchObject({ run: 'two', empty: false }); // the stranger would have been its parent
    for (const each of chains((await readCatalogue(site.claim.store)).entries)) expect(each.state).toBe('Whole');
  }
  expect(types).toEqual([
    { outcome: 'Succeeded', type: 'FULL', typeReason: 'NoWorkVolume' },
    // A stranger is dropped, and the chain beside it is whole.
    { outcome: 'Succeeded', type: 'DIFF', typeReason: 'AsAsked' },
    { outcome: 'Succeeded', type: 'FULL', typeReason: 'NoWorkVolume' },
  ]);
});

test('what a dead pod left in the work volume without a manifest is never built on', async () => {
  const workVolume = site.dbms.folder();
  await pod({ run: 'one' }, {}, { workVolume });
  await site.dbms.control.commit('neo4j', 5);
  const dying = mortal(site.claim.store, 2, 'before');
  await pod({ run: 'two' }, {}, { workVolume, store: dying.store }).catch(() => undefined);
  expect(dying.dead()).toBe(true);
  await site.dbms.control.commit('neo4j', 5);
  expect(await pod({ run: 'three' }, {}, { workVolume })).toMatchObject({ outcome: 'Succeeded', type: 'DIFF' });
  const own = (await site.manifests()).filter(({ database }) => database === 'neo4j');
  expect(own.map(({ run, type }) => ({ run, type }))).toEqual([
    { run: 'one', type: 'FULL' },
    { run: 'three', type: 'DIFF' },
  ]);
  expect(own[1]).toMatchObject({ parent: own[0]?.artifact, lowestTx: (own[0]?.highestTx ?? 0) + 1 });
  expect(existsSync(join(workVolume, 'holdfast-work/neo4j/nightly', own[1]?.artifact ?? ''))).toBe(true);
});

test.each(['direct', 'staged'] as const)(
  'a scratch volume that is full ends a %s run with what it needed and what there was',
  async (mode) => {
    const full = { kind: 'no-space', where: 'temp' } as const;
    await site.dbms.control.arm(full, { times: 2 });
    const context = site.pod({ run: 'one' }, { mode, scratchBytes: 5 * 1024 ** 2 });
    expect(await runBackup(context)).toMatchObject({
      outcome: 'Failed',
      reason: 'TempSpace',
      retry: 'no',
      message: expect.stringMatching(
        /raise options\.tempStorage\.size .*; more than 5\.0 MiB were needed and 5\.0 MiB were available in scratch$/,
      ),
    });
    expect(readdirSync(context.scratch)).toEqual(['run.log']);
    expect(await keys()).toEqual([]);
  },
);

test('the folder where staged artifacts are made is scratch, too, when it is full', async () => {
  await site.dbms.control.arm({ kind: 'no-space', where: 'target' }, { times: 2 });
  expect(await pod({ run: 'one' })).toMatchObject({ outcome: 'Failed', reason: 'TempSpace', retry: 'no' });
});
