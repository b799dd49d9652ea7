import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decrypt, encryptedBytes, fingerprint, openKeyRing } from '@holdfast/encryption';
import { proveRun } from '@holdfast/storage';
import { agentEnv } from '@holdfast/types';
import { expect, test } from 'vitest';
import { openSite } from '../../a-site.ts';

const site = openSite();
const key = randomBytes(32);
const keys = openKeyRing(new Map([['key', key]]), 'key');
const encryption = { algorithm: 'AES256', writeKey: 'key' } as const;
const staged = { mode: 'staged' };

async function stored(name: string): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync((await site.claim.store.read(name)) ?? []));
}

test('what is encrypted is in the store once, is proved by its digest, and opens under its plain name', async () => {
  await site.dbms.control.arm({ kind: 'parts', bytes: 100_000 }, { database: 'neo4j' });
  expect(await site.run({ run: 'one', encryption }, staged, { keys })).toMatchObject({ outcome: 'Succeeded' });
  const manifests = await site.manifests();
  expect(manifests).toHaveLength(2);
  for (const { artifact, objects, bytes, encryption: said } of manifests) {
    const plain: Buffer[] = [];
    for (const object of objects) {
      const name = object.key.replace(/^artifacts\/one\/(.*)\.enc$/, '$1');
      expect(name.startsWith(artifact)).toBe(true);
      const bytesThere = await stored(object.key);
      expect(object.digest).toMatchObject({
        algorithm: 'sha256',
        value: createHash('sha256').update(bytesThere).digest('hex'),
        of: 'stored',
        measuredBy: 'writer',
      });
      const opened = await Array.fromAsync(
        decrypt(
          (async function* () {
            yield bytesThere;
          })(),
          { key, associatedData: name },
        ),
        (piece) => Buffer.from(piece),
      );
      plain.push(Buffer.concat(opened));
      expect(encryptedBytes(plain.at(-1)?.length ?? 0)).toBe(object.bytes);
    }
    expect(plain[0]?.toString('latin1')).toMatch(/^HOLDFAST TEST STAND-IN/);
    const plainBytes = plain.reduce((sum, { length }) => sum + length, 0);
    expect(said).toEqual({ algorithm: 'AES256', keyFingerprint: fingerprint(key), plainBytes });
    expect(bytes).toBe(objects.reduce((sum, object) => sum + object.bytes, 0));
  }
  expect((await proveRun(site.claim.store, 'one')).findings).toEqual([]);
});

test('a chain is encrypted or it is not: switching takes a FULL', async () => {
  const workVolume = site.dbms.folder();
  const types: unknown[] = [];
  const sealed = { encryption };
  for (const [run, told] of [
    ['one', {}],
    ['two', sealed],
    ['three', sealed],
    ['four', {}],
  ] as const) {
    await site.dbms.control.commit('neo4j', 3);
    const { type, typeReason } = await site.run({ run, ...told }, staged, { workVolume, keys });
    types.push([run, type, typeReason]);
  }
  expect(types).toEqual([
    ['one', 'FULL', 'NoParent'],
    ['two', 'FULL', 'NoWorkVolume'],
    ['three', 'DIFF', 'AsAsked'],
    ['four', 'FULL', 'NoWorkVolume'],
  ]);
});

test('nothing is uploaded without the key', async () => {
  await expect(site.run({ run: 'one', encryption }, staged)).rejects.toMatchObject({
    reason: 'KeyMissing',
    fate: 'terminal',
  });
  await expect(site.run({ run: 'one', encryption }, {}, { keys })).rejects.toMatchObject({ fate: 'terminal' });
  expect(await Array.fromAsync(site.claim.store.list('artifacts/'))).toEqual([]);
});

test('a whole agent reads its keys from files, and prints none of them in any spelling', async () => {
  const folder = site.dbms.folder();
  writeFileSync(join(folder, 'key'), `${key.toString('base64')}\n`);
  const old = randomBytes(32);
  writeFileSync(join(folder, 'old'), old);
  const said = [key.toString('hex'), key.toString('base64'), old.toString('hex'), old.toString('base64url')];
  await site.dbms.control.arm({ kind: 'fail', message: `it says ${said.join(' and ')}` }, { times: 4 });
  const { told } = await site.agent(site.plan({ run: 'one', encryption }, staged), { [agentEnv.keysFolder]: folder });
  expect(told).toMatchObject({ outcome: 'Failed', message: expect.stringContaining('it says *** and ***') });
  site.dbms.control.disarm();
  const { told: again } = await site.agent(site.plan({ run: 'two', encryption }, staged), {
    [agentEnv.keysFolder]: folder,
  });
  expect(again).toMatchObject({ outcome: 'Succeeded' });
  const all = await Array.fromAsync(site.claim.store.list(''), ({ key: name }) => stored(name));
  const text = JSON.stringify([told, again]) + all.map((each) => each.toString('latin1')).join('');
  for (const word of said) expect(text).not.toContain(word);
  const { told: none } = await site.agent(
    site.plan({ run: 'three', encryption: { ...encryption, writeKey: 'gone' } }, staged),
    {
      [agentEnv.keysFolder]: folder,
    },
  );
  expect(none).toMatchObject({ outcome: 'Failed', reason: 'KeyMissing', retry: 'no' });
});
