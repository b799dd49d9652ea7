import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chains } from '@holdfast/core';
import { openKeyRing } from '@holdfast/encryption';
import { readCatalogue } from '@holdfast/storage';
import { BackupError } from '@holdfast/types';
import { describe, expect, test } from 'vitest';
import { openSite } from '../../a-site.ts';
import type { Context } from '../../context.ts';
import { runBackup } from '../run-backup.ts';

const site = openSite();
const key = randomBytes(32);
const newer = randomBytes(32);

/** One run that asks for a DIFF; every pod has a scratch of its own. */
async function diff(run: string, { secret = { key }, writeKey = 'key', engine = {}, more = {} }: Told = {}) {
  await site.dbms.control.commit('neo4j', 3);
  const keys = openKeyRing(new Map(Object.entries(secret)), writeKey);
  const told = { run, encryption: { algorithm: 'AES256', writeKey } } as const;
  const context = site.pod(told, { mode: 'staged', backupType: 'DIFF', ...engine }, { keys, ...more });
  const result = await runBackup(context);
  expect(readdirSync(context.scratch)).toEqual(['run.log']);
  return result;
}

interface Told {
  readonly secret?: Readonly<Record<string, Uint8Array>>;
  readonly writeKey?: string;
  readonly engine?: object;
  readonly more?: Partial<Context>;
}

async function whole(): Promise<void> {
  for (const { state, findings } of chains((await readCatalogue(site.claim.store)).entries))
    expect({ state, findings }).toEqual({ state: 'Whole', findings: [] });
}

test('a DIFF brings its chain back, empty DIFFs and companion parts too, and nothing of it is uploaded again', async () => {
  await site.dbms.control.arm({ kind: 'parts', bytes: 100_000 }, { database: 'neo4j' });
  expect(await diff('one')).toMatchObject({ type: 'FULL', typeReason: 'NoParent' });
  for (const run of ['two', 'three']) {
    expect(await diff(run)).toMatchObject({ outcome: 'Succeeded', type: 'DIFF', typeReason: 'AsAsked', warnings: [] });
  }
  const own = (await site.manifests()).filter(({ database }) => database === 'neo4j');
  expect(own.map(({ run, type, parent }) => ({ run, type, parent }))).toEqual([
    { run: 'one', type: 'FULL', parent: undefined },
    { run: 'two', type: 'DIFF', parent: own[0]?.artifact },
    { run: 'three', type: 'DIFF', parent: own[1]?.artifact },
  ]);
  expect(await site.manifests()).toHaveLength(6);
  await whole();
});

test('after the key was changed the old one still opens the chain, as long as the Secret has it', async () => {
  await diff('one');
  const both = { key, newer };
  expect(await diff('two', { secret: both, writeKey: 'newer' })).toMatchObject({ type: 'DIFF' });
  const fingerprints = (await site.manifests()).map(({ encryption }) => encryption?.keyFingerprint);
  expect(new Set(fingerprints).size).toBe(2);
  expect(await diff('three', { secret: { newer }, writeKey: 'newer' })).toMatchObject({
    outcome: 'Succeeded',
    type: 'FULL',
    typeReason: 'NoWorkVolume',
    warnings: [
      { reason: 'NoWorkVolume', message: expect.stringMatching(/the key with fingerprint [0-9a-f]{16} is no/) },
    ],
  });
  await whole();
});

describe('a chain that cannot be brought back costs a FULL that says why:', () => {
  const troubles: readonly (readonly [string, RegExp, object, () => Promise<void>])[] = [
    [
      'it does not fit',
      /does not fit: bringing it back needs \d.* KiB, and .* are free/,
      { scratchBytes: 200_000 },
      async () => undefined,
    ],
    ['its bytes were changed', /this is no artifact that Holdfast encrypted/, {}, changed],
    ['its bytes are gone', /is not in the store/, {}, gone],
  ];
  test.each(troubles)('%s', async (_what, sentence, engine, spoil) => {
    await diff('one');
    await spoil();
    const told = await diff('two', { engine });
    expect(told).toMatchObject({ outcome: 'Succeeded', type: 'FULL', typeReason: 'NoWorkVolume' });
    expect(told.warnings).toEqual([{ reason: 'NoWorkVolume', message: expect.stringMatching(sentence) }]);
  });
});

test('a store that fails while a chain is brought back fails the attempt, which may be repeated', async () => {
  await diff('one');
  const read: typeof site.claim.store.read = async (name, options) => {
    if (name.endsWith('.enc')) throw new BackupError('StorageUnreachable', 'transient', 'gone for a moment');
    return site.claim.store.read(name, options);
  };
  const store = { ...site.claim.store, read };
  await expect(diff('two', { more: { store } })).rejects.toMatchObject({ fate: 'transient' });
});

test('a DIFF with a work volume that was lost fills it again', async () => {
  const workVolume = site.dbms.folder();
  await diff('one', { more: { workVolume } });
  rmSync(join(workVolume, 'holdfast-work'), { recursive: true });
  expect(await diff('two', { more: { workVolume } })).toMatchObject({ type: 'DIFF', typeReason: 'AsAsked' });
  const kept = readdirSync(join(workVolume, 'holdfast-work/neo4j/nightly')).toSorted();
  expect(kept).toEqual((await site.manifests()).map(({ artifact }) => artifact).toSorted());
});

async function firstObject(): Promise<string> {
  const [manifest] = (await site.manifests()).filter(({ database }) => database === 'neo4j');
  return join(site.claim.folder, manifest?.objects[0]?.key ?? '');
}

async function changed(): Promise<void> {
  const path = await firstObject();
  const bytes = randomBytes((await site.claim.store.head(path.slice(site.claim.folder.length + 1)))?.bytes ?? 0);
  rmSync(path);
  writeFileSync(path, bytes);
}

async function gone(): Promise<void> {
  rmSync(await firstObject());
}
