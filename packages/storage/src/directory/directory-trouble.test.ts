import { type link, mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { directoryError } from './directory-error.ts';
import { openDirectory } from './open-directory.ts';
import { writeOnce } from './write-once.ts';

let base: string;
let root: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'holdfast-directory-'));
  root = join(base, 'root');
  await mkdir(root);
});
afterEach(() => rm(base, { recursive: true, force: true }));

test('a folder that is not there is trouble, never an empty store', async () => {
  const store = openDirectory(join(base, 'not-mounted'));
  const calls = [
    () => Array.fromAsync(store.list('')),
    () => store.head('a'),
    () => store.create('a', Buffer.from('x')),
    () => store.remove('a'),
    () => store.probe(),
    () => store.now(),
  ];
  for (const call of calls)
    await expect(call()).rejects.toMatchObject({ reason: 'StorageUnreachable', fate: 'transient' });
});

test('links that lead out of the folder are refused and what they point at is untouched', async () => {
  await mkdir(join(base, 'outside'));
  await writeFile(join(base, 'outside/secret'), 'secret');
  await symlink(join(base, 'outside'), join(root, 'folder'));
  await symlink(join(base, 'outside/secret'), join(root, 'file'));
  await symlink(join(base, 'outside/new'), join(root, 'dangling'));
  const store = openDirectory(root);
  const calls = ['folder/secret', 'folder/new', 'file', 'dangling'].flatMap((key) => [
    () => store.head(key),
    () => store.read(key),
    () => store.create(key, Buffer.from('x')),
    () => store.remove(key),
  ]);
  for (const call of calls.slice(0, 12))
    await expect(call()).rejects.toMatchObject({ reason: 'StorageDenied', fate: 'terminal' });
  for (const call of calls.slice(12)) await call().catch(() => undefined);
  await expect(Array.fromAsync(store.list(''))).rejects.toMatchObject({ reason: 'StorageDenied' });
  await expect(Array.fromAsync(store.list('folder/'))).rejects.toMatchObject({ reason: 'StorageDenied' });
  expect(await readdir(join(base, 'outside'))).toEqual(['secret']);
});

test('folders go with their last object, and the root stays', async () => {
  const store = openDirectory(root);
  await store.create('a/b/c', Buffer.from('x'));
  await store.create('a/d', Buffer.from('x'));
  await store.remove('a/b/c');
  expect(await readdir(join(root, 'a'))).toEqual(['d']);
  await store.remove('a/d');
  expect(await readdir(root)).toEqual([]);
});

test('files that a crash left half written are not listed, and go when they are old', async () => {
  const store = openDirectory(root);
  await store.create('team/whole', Buffer.from('x'));
  await writeFile(join(root, 'team/.0000.partial'), 'half');
  const old = new Date('2026-03-01');
  await utimes(join(root, 'team/.0000.partial'), old, old);
  expect(await Array.fromAsync(store.list(''), ({ key }) => key)).toEqual(['team/whole']);
  expect(await store.abortStaleUploads?.('', old)).toBe(0);
  expect(await store.abortStaleUploads?.('', new Date('2026-03-02'))).toBe(1);
  expect(await readdir(join(root, 'team'))).toEqual(['whole']);
});

test('a file system without hard links writes once all the same', async () => {
  const noLinks = (async () => {
    throw Object.assign(new Error('no links here'), { code: 'ENOTSUP' });
  }) as typeof link;
  const path = join(root, 'file');
  expect(await writeOnce(path, Buffer.from('first'), { link: noLinks })).toBeDefined();
  expect(await writeOnce(path, Buffer.from('second'), { link: noLinks })).toBeUndefined();
  expect((await stat(path)).size).toBe(5);
  expect(await readdir(root)).toEqual(['file']);
});

test("a cluster's own clock dates what is written", async () => {
  const now = new Date('2027-01-01T00:00:00Z');
  const store = openDirectory(root, { now: () => now });
  expect((await store.create('a', Buffer.from('x'))).entry.modifiedAt).toEqual(now);
  expect(await store.now()).toEqual(now);
});

test.each([
  ['ENOSPC', 'StoreSpace', 'terminal'],
  ['EACCES', 'StorageDenied', 'terminal'],
  ['EIO', 'StorageUnreachable', 'transient'],
  ['ESOMETHING', 'UnexpectedError', 'transient'],
])('%s is %s, %s', (code, reason, fate) => {
  const error = Object.assign(new Error('/secret/path'), { code });
  expect(directoryError(error, 'folder /x', 'writing "a"')).toMatchObject({ reason, fate, cause: error });
});
