import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentEnv } from '@holdfast/types';
import { expect, test, vi } from 'vitest';
import { openSite } from './a-site.ts';

vi.mock('@holdfast/runtime', async (original) => {
  const real = await original<typeof import('@holdfast/runtime')>();
  const quiet = { destination: { write() {} } };
  return { ...real, openLog: (...[name, clock]: Parameters<typeof real.openLog>) => real.openLog(name, clock, quiet) };
});

const site = openSite();

test('a backup, its proof, its plan and its sweep speak of the same folder', async () => {
  const backup = await site.agent(site.plan({ run: 'one' }));
  expect(backup).toMatchObject({ code: 0, told: { outcome: 'Succeeded', runKey: 'runs/one/attempt-1-abcdefgh.json' } });
  const { engine: _none, ...plain } = site.plan({ run: 'one' });
  expect(await site.agent({ ...plain, verb: 'prove' })).toMatchObject({
    code: 0,
    told: { verb: 'prove', outcome: 'Succeeded' },
  });

  await site.dbms.control.commit('neo4j', 1);
  await site.agent(site.plan({ run: 'two' }, { backupType: 'FULL' }));
  const keepOne = { ...plain, run: 'three', retention: { maxCount: 1, suspended: false, runDeadlineMs: 60_000 } };
  const { told } = await site.agent({ ...keepOne, verb: 'list' });
  expect(told.retention).toMatchObject({ kept: 1, removed: 0, removeCount: 2 });
  expect(await site.manifests()).toHaveLength(4);
  const swept = await site.agent({ ...keepOne, verb: 'sweep' });
  expect(swept.told).toMatchObject({ message: '1 restore point kept, 2 artifacts removed', retention: { removed: 2 } });
  expect((await site.manifests()).map(({ run }) => run)).toEqual(['two', 'two']);
});

test('what expired is archived, asked for and read where it lies, and everything goes with its backup', async () => {
  const { engine: _none, ...plain } = site.plan({ run: 'one' });
  await site.agent(site.plan({ run: 'one' }));
  await site.dbms.control.commit('neo4j', 1);
  await site.agent(site.plan({ run: 'two' }, { backupType: 'FULL' }));
  const archive = { maxCount: 1, deletePolicy: 'Archive' as const, suspended: false, runDeadlineMs: 60_000 };
  const swept = await site.agent({ ...plain, run: 'three', verb: 'sweep', retention: archive });
  expect(swept.told).toMatchObject({ message: '1 restore point kept, 2 artifacts archived' });
  const { archive: archived } = swept.told.retention ?? {};
  expect(archived).toMatchObject({ chains: 2, artifacts: 2 });
  const chain = archived?.newest[0]?.chain ?? '';
  const { told } = await site.agent({ ...plain, run: 'four', verb: 'thaw', thaw: { chain } });
  expect(told.thaw).toMatchObject({ chain, state: 'Readable', folder: `archive/${chain}/artifacts/` });
  const { told: none } = await site.agent({ ...plain, run: 'five', verb: 'thaw', thaw: { chain: 'none' } });
  expect(none.thaw?.message).toContain(chain);
  const erased = await site.agent({ ...plain, run: 'six', verb: 'erase' });
  expect(erased).toMatchObject({ code: 0, told: { outcome: 'Succeeded', erased: { foreign: 0 } } });
  expect(await site.manifests()).toEqual([]);
});

test('a run that left nothing cannot be proven', async () => {
  const { engine: _none, ...plain } = site.plan({ run: 'one' });
  expect(await site.agent({ ...plain, verb: 'prove' })).toMatchObject({
    code: 1,
    told: { outcome: 'Failed', reason: 'EvidenceMissing', retry: 'no' },
  });
});

test('a store that cannot even be opened is told in the message', async () => {
  const { code, told } = await site.agent(site.plan({ run: 'one' }), { [agentEnv.storeFolder]: '' });
  expect({ code, reason: told.reason, retry: told.retry }).toEqual({ code: 1, reason: 'ClaimMissing', retry: 'no' });
});

test('of files with credentials of Google only the key of a service account is taken, and none is repeated', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-google-'));
  const file = join(folder, 'key.json');
  const store = { type: 'gcs', bucket: 'backups', credential: 'key' } as const;
  const external = { type: 'external_account', credential_source: { file: 'hush' } };
  for (const text of [JSON.stringify(external), 'hush']) {
    writeFileSync(file, text);
    const { code, told } = await site.agent(
      { ...site.plan({ run: 'one' }), store },
      { GOOGLE_APPLICATION_CREDENTIALS: file },
    );
    expect({ code, reason: told.reason, retry: told.retry }).toEqual({
      code: 1,
      reason: 'CredentialsMissing',
      retry: 'no',
    });
    expect(told.message).toMatch(/^the file of GOOGLE_APPLICATION_CREDENTIALS is no/);
    expect(JSON.stringify(told)).not.toContain('hush');
  }
  rmSync(folder, { recursive: true });
});

test('an authority that is none any more ends the pod, and what stands in its file is not repeated', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-authority-'));
  const file = join(folder, 'ca.crt');
  const store = {
    type: 's3',
    bucket: 'backups',
    region: 'eu-west-1',
    forcePathStyle: true,
    checksumMode: 'WhenRequired',
  } as const;
  for (const spoil of [() => undefined, () => writeFileSync(file, 'hush')]) {
    spoil();
    const { code, told } = await site.agent(
      { ...site.plan({ run: 'one' }), store },
      { [agentEnv.authorityFile]: file },
    );
    expect({ code, reason: told.reason, retry: told.retry }).toEqual({
      code: 1,
      reason: 'AuthorityMissing',
      retry: 'no',
    });
    expect(told.message).toMatch(/^ca\.crt holds no certificate; put in/);
    expect(told.message).not.toContain('hush');
  }
  rmSync(folder, { recursive: true });
});

test('an earlier result that cannot be read stops nobody', async () => {
  await site.claim.store.create('runs/one/attempt-1-00000000.json', Buffer.from('{'));
  expect(await site.agent(site.plan({ run: 'one' }))).toMatchObject({ code: 0, told: { outcome: 'Succeeded' } });
});

test('a pod that is told to stop before it began says so', async () => {
  const ended = site.agent(site.plan({ run: 'one' }));
  process.emit('SIGTERM');
  expect(await ended).toMatchObject({ code: 1, told: { reason: 'Interrupted', retry: 'retry' } });
  expect(await site.manifests()).toEqual([]);
});

test('a pod that is told to stop while its engine works says Interrupted', async () => {
  const { store } = site.claim;
  const plan = site.plan({ run: 'one' });
  await site.agent(site.plan({ run: 'zero' }));
  await site.dbms.control.arm({ kind: 'hang', at: 'transfer' }, { times: 4 });
  const ended = site.agent(plan);
  await vi.waitFor(async () => {
    if (!(await Array.fromAsync(store.list('runs/one/')))[0]) throw new Error('not begun yet');
  }, 10_000);
  process.emit('SIGTERM');
  expect(await ended).toMatchObject({ code: 1, told: { outcome: 'Failed', reason: 'Interrupted', retry: 'retry' } });
  site.dbms.control.disarm();
});

test('what the engine quotes of a secret does not reach the result', async () => {
  await site.dbms.control.arm({ kind: 'fail', message: 'denied for very-secret-key' }, { times: 4 });
  const { told } = await site.agent(site.plan({ run: 'one' }), {
    AWS_ACCESS_KEY_ID: 'me',
    AWS_SECRET_ACCESS_KEY: 'very-secret-key',
  });
  site.dbms.control.disarm();
  expect(told.outcome).toBe('Failed');
  expect(JSON.stringify(told)).toContain('***');
  expect(JSON.stringify(told)).not.toContain('very-secret-key');
});

test('in a folder of another cluster every verb that writes stops before it has written anything', async () => {
  const time = '2026-01-01T00:00:00Z';
  const record = { v: 1, clusterId: 'another', namespace: 'prod', name: 'hourly', backupUid: 'uid', time };
  await site.claim.store.create('owner.json', Buffer.from(JSON.stringify(record)));
  const owner = { clusterId: 'here' };
  const backup = await site.agent({ ...site.plan({ run: 'one' }), owner });
  expect(backup).toMatchObject({
    code: 1,
    told: { outcome: 'Failed', reason: 'FolderOwnedElsewhere', retry: 'retry' },
  });
  const { engine: _none, ...plain } = site.plan({ run: 'two' });
  const policy = { ...plain, owner, retention: { maxCount: 1, suspended: false, runDeadlineMs: 60_000 } };
  for (const verb of ['sweep', 'prove'] as const)
    expect(await site.agent({ ...policy, verb })).toMatchObject({ code: 1, told: { reason: 'FolderOwnedElsewhere' } });
  const { told } = await site.agent({ ...policy, verb: 'list' });
  expect(told.retention?.held).toMatchObject([{ reason: 'FolderOwnedElsewhere' }, { reason: 'EmptyListing' }]);
  expect(await Array.fromAsync(site.claim.store.list(''), ({ key }) => key)).toEqual(['owner.json']);
  const taking = { clusterId: 'here', takeOver: 'another' };
  expect(await site.agent({ ...site.plan({ run: 'three' }), owner: taking })).toMatchObject({ code: 0 });
  expect(await site.claim.store.head('owner-2.json')).toBeDefined();
});
