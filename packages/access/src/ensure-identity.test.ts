import { backupFacts } from '@holdfast/core';
import { resources } from '@holdfast/kube';
import { expect, test } from 'vitest';
import { aWorld, key, namespace, type World } from './a-world.ts';
import { ensureIdentity } from './ensure-identity.ts';
import type { Hands } from './hands.ts';

function aWorldWith(identity: object): World {
  const cloud = { region: 'eu-west-1', identity };
  return aWorld({ spec: { storage: { type: 's3', bucket: 'backups', cloud } } });
}

async function ensure(world: World, hands: Partial<Hands> = {}) {
  const backup = backupFacts(world.backup());
  if (!backup.spec) throw new Error(JSON.stringify(backup.refusals));
  return ensureIdentity(backup, backup.spec, { ...world.hands, ...hands }, new AbortController().signal);
}

function accounts(world: World) {
  return world.kube.all(resources.serviceAccounts);
}

test('an account of its own carries the annotations that a cloud trusts, and follows the spec', async () => {
  const world = aWorldWith({ autoCreate: { enabled: true, annotations: { role: 'one' } } });
  expect(await ensure(world)).toBeUndefined();
  expect(accounts(world)).toMatchObject([{ metadata: { name: 'nightly-backup', annotations: { role: 'one' } } }]);
  const changed = aWorldWith({});
  world.kube.put(resources.backups, { ...world.backup(), spec: changed.backup().spec });
  expect(await ensure(world)).toBeUndefined();
  expect(accounts(world)[0]?.metadata.annotations).not.toHaveProperty('role');
});

test('an account that is named must exist, and nothing is made for it', async () => {
  const world = aWorldWith({ serviceAccount: 'backups' });
  expect(await ensure(world)).toMatchObject({ reason: 'ServiceAccountMissing' });
  expect(accounts(world)).toEqual([]);
  world.kube.put(resources.serviceAccounts, { metadata: { namespace, name: 'backups' } });
  expect(await ensure(world)).toBeUndefined();
  expect(accounts(world)).toHaveLength(1);
  expect(world.kube.all(resources.roles)).toEqual([]);
});

test.each([
  [['backups'], undefined],
  [[`${key.namespace}/backups`], undefined],
  [['elsewhere/backups', 'another'], 'ServiceAccountNotAllowed'],
  [[], 'ServiceAccountNotAllowed'],
])('where the administrator lists %j, naming the account "backups" is %s', async (allowedServiceAccounts, reason) => {
  const world = aWorldWith({ serviceAccount: 'backups' });
  world.kube.put(resources.serviceAccounts, { metadata: { namespace, name: 'backups' } });
  expect((await ensure(world, { allowedServiceAccounts }))?.reason).toBe(reason);
});

test('an account of the same name that is somebody else’s is left as it is', async () => {
  const world = aWorldWith({ autoCreate: { enabled: true, annotations: { role: 'one' } } });
  world.kube.put(resources.serviceAccounts, { metadata: { namespace, name: 'nightly-backup' } });
  expect(await ensure(world)).toMatchObject({ reason: 'NameTaken' });
  expect(accounts(world)[0]?.metadata.annotations).toBeUndefined();
});
