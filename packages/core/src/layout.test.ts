import fc from 'fast-check';
import { relativeKey } from '@holdfast/types';
import { expect, test } from 'vitest';
import {
  artifactKey,
  attemptKey,
  backupFolder,
  databaseKey,
  manifestKey,
  parseKey,
  proofKey,
  removingKey,
  runKey,
  runLogKey,
  runOfManifest,
  suspectKey,
  stagedKey,
} from './layout.ts';

test('a folder has no slash at its ends, whatever the path has', () => {
  expect(backupFolder({ path: '', namespace: 'shop', backup: 'orders' })).toBe('shop/orders');
  expect(backupFolder({ path: '/team/a/', namespace: 'shop', backup: 'orders' })).toBe('team/a/shop/orders');
});

test('names that Neo4j allows stay as they are', () => {
  for (const name of ['neo4j', 'system', 'my-db.v2', 'a_b']) expect(databaseKey(name)).toBe(name);
});

test('any database name has a safe file name, different for different names also where case is ignored', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({ unit: 'binary', maxLength: 300 }),
      (a, b) => {
        const [one, other] = [databaseKey(a.toWellFormed()), databaseKey(b.toWellFormed())];
        expect(one).toMatch(/^[a-z0-9_~-][a-z0-9._~-]{0,189}$/);
        expect(relativeKey.safeParse(`manifests/run/${one}.json`).success).toBe(true);
        expect(one.toLowerCase() === other.toLowerCase()).toBe(a.toWellFormed() === b.toWellFormed());
      },
    ),
  );
  for (const name of ['', '.', '..', '../x', 'a/b', 'CON', 'Ä', 'x'.repeat(190), `${'x'.repeat(190)}y`, 'a~2eb'])
    expect(databaseKey(name)).toMatch(/^[a-z0-9_~-][a-z0-9._~-]{0,189}$/);
  expect(databaseKey('A')).not.toBe(databaseKey('a'));
  expect(databaseKey('.a')).not.toBe(databaseKey('~2ea'));
});

test('every key that is written can be read back', () => {
  expect(parseKey('owner.json')).toEqual({ kind: 'owner' });
  expect(parseKey(artifactKey('orders-2026.backup'))).toEqual({ kind: 'artifact', artifact: 'orders-2026.backup' });
  expect(parseKey(artifactKey('orders-2026.backup', 'run-1'))).toEqual({
    kind: 'artifact',
    artifact: 'orders-2026.backup',
    run: 'run-1',
  });
  for (const encrypted of [false, true]) {
    const staged = { run: 'run-1', file: 'orders-2026.backup', encrypted };
    for (const file of [staged, { ...staged, pod: { attempt: 2, uid: '0123456789-abc' } }]) {
      expect(relativeKey.safeParse(stagedKey(file)).success).toBe(true);
      expect(parseKey(stagedKey(file))).toEqual({ kind: 'artifact', artifact: 'orders-2026.backup', run: 'run-1' });
    }
  }
  expect(parseKey(manifestKey('run-1', 'Orders'))).toEqual({ kind: 'manifest', run: 'run-1', databaseKey: '~4frders' });
  expect(parseKey(removingKey('run-1', 'orders'))).toEqual({ kind: 'removing', run: 'run-1', databaseKey: 'orders' });
  expect(parseKey(runKey('run-1'))).toEqual({ kind: 'run', run: 'run-1' });
  expect(parseKey(runLogKey('run-1'))).toEqual({ kind: 'log', run: 'run-1' });
  expect(parseKey(attemptKey('run-1', 12, '0123456789-abc'))).toEqual({
    kind: 'attempt',
    run: 'run-1',
    attempt: 12,
    pod: '01234567',
  });
  const suspect = { run: 'run-1', artifact: 'my-db~x-2026-03-01T02-00-34.backup' };
  expect(parseKey(suspectKey('run-2', suspect))).toEqual({
    kind: 'suspect',
    run: 'run-2',
    artifactRun: 'run-1',
    artifact: suspect.artifact,
  });
  expect(parseKey(proofKey('run-2', 7))).toEqual({ kind: 'proof', run: 'run-2', number: 7 });
  expect(runOfManifest('manifests/run-1/orders.json')).toBe('run-1');
});

test.each([
  '',
  'manifests',
  'manifests/run-1',
  'manifests/run-1/',
  'manifests//x.json',
  'manifests/run-1/.json',
  'manifests/run-1/a/b.json',
  'runs/run-1/other',
  'foreign/x',
  'artifacts/run-1/other/orders.backup',
  'artifacts/run-1/1-abc/deeper/orders.backup',
  'owner.json/x',
])('%j is no key of ours', (key) => {
  expect(parseKey(key)).toBeUndefined();
  expect(runOfManifest(key)).toBeUndefined();
});
