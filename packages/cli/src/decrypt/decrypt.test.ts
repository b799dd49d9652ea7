import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, open, readFile, readdir, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { encrypt, fingerprint } from '@holdfast/encryption';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { aPlugin } from '../a-plugin.ts';

const MiB = 1024 * 1024;
const name = 'orders-2026-11-22T02-00-00.backup';
const key = randomBytes(32);
const plain = randomBytes(2.5 * MiB);
const firstSegment = MiB - 56;
const stored = Buffer.concat(await Array.fromAsync(encrypt(once(plain), { key, associatedData: name })));

let bin: string;
let plugin: string;
let folder: string;
let file: string;
let keyFile: string;

beforeAll(async () => {
  ({ bin, plugin } = await aPlugin());
});

afterAll(() => rm(bin, { recursive: true }));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-decrypt-'));
  file = join(folder, `${name}.enc`);
  keyFile = join(folder, 'key');
  await writeFile(file, stored);
  await writeFile(keyFile, `${key.toString('base64')}\n`);
});

afterEach(() => rm(folder, { recursive: true }));

test('an artifact appears beside its encrypted file, under its own name', async () => {
  const { code, out, err } = await decrypt(file, '--key-file', keyFile);
  expect({ code, out: String(out), err }).toEqual({
    code: 0,
    out: `decrypted 2.5 MiB into ${join(folder, name)} (key ${fingerprint(key)})\n`,
    err: '',
  });
  expect(plain.equals(await readFile(join(folder, name)))).toBe(true);
  expect(await filesOf(folder)).toEqual(['key', name, `${name}.enc`]);
});

test('the key may be raw bytes, base64url or hex', async () => {
  for (const text of [key, key.toString('base64url'), `  ${key.toString('hex').toUpperCase()}\n`]) {
    await writeFile(keyFile, text);
    expect(await decrypt(file, '--key-file', keyFile, '--force')).toMatchObject({ code: 0 });
  }
  expect(plain.equals(await readFile(join(folder, name)))).toBe(true);
});

test('an output folder gets the artifact under its own name, an output file another one', async () => {
  await mkdir(join(folder, 'restore'));
  await decrypt(file, '--key-file', keyFile, '--output', join(folder, 'restore'));
  await decrypt(file, '--key-file', keyFile, '--output', join(folder, 'other'));
  expect(plain.equals(await readFile(join(folder, 'restore', name)))).toBe(true);
  expect(plain.equals(await readFile(join(folder, 'other')))).toBe(true);
});

test('a renamed file opens under the name it was encrypted with, and under no other', async () => {
  const renamed = join(folder, 'old.bin');
  await writeFile(renamed, stored);
  expect(await decrypt(renamed, '--key-file', keyFile)).toMatchObject({
    code: 2,
    err: expect.stringContaining('"old.bin" does not end in .enc') as string,
  });
  expect(await decrypt(renamed, '--key-file', keyFile, '--name', 'other.backup')).toMatchObject({
    code: 1,
    err: expect.stringContaining('another name than "other.backup"') as string,
  });
  expect(await decrypt(renamed, '--key-file', keyFile, '--name', `../${name}`)).toMatchObject({ code: 2 });
  expect(await decrypt(renamed, '--key-file', keyFile, '--name', name)).toMatchObject({ code: 0 });
  expect(plain.equals(await readFile(join(folder, name)))).toBe(true);
});

test('standard output carries the artifact and nothing else', async () => {
  const { code, out, err } = await decrypt(file, '--key-file', keyFile, '--output', '-');
  expect({ code, err }).toEqual({
    code: 0,
    err: `decrypted 2.5 MiB into standard output (key ${fingerprint(key)})\n`,
  });
  expect(plain.equals(out)).toBe(true);
  expect(await filesOf(folder)).toEqual(['key', `${name}.enc`]);
});

test('from a cut artifact standard output gets what is authentic, and the end says that the end is missing', async () => {
  await truncate(file, MiB);
  const { code, out, err } = await decrypt(file, '--key-file', keyFile, '--output', '-');
  expect({ code, err }).toEqual({
    code: 1,
    err: 'error: the end of the encrypted artifact is missing: it stops after segment 0, which is not its last one\n',
  });
  expect(out).toHaveLength(0);
  await writeFile(file, stored.subarray(0, 2 * MiB));
  const longer = await decrypt(file, '--key-file', keyFile, '--output', '-');
  expect(longer.code).toBe(1);
  expect(longer.out.equals(plain.subarray(0, firstSegment))).toBe(true);
});

test.each([
  ['a cut artifact', () => truncate(file, 2 * MiB), 'the end of the encrypted artifact is missing'],
  ['a changed bit', () => flipByte(2 * MiB + 5), 'changed, cut or added to in segment 2'],
  ['another key', () => writeFile(keyFile, randomBytes(32)), 'another key or under another name'],
  ['a plain file', () => writeFile(file, plain), 'this is no artifact that Holdfast encrypted'],
  ['an empty file', () => truncate(file, 0), '0 bytes are too few'],
])('%s leaves nothing behind', async (_, spoil, sentence) => {
  await spoil();
  expect(await decrypt(file, '--key-file', keyFile)).toMatchObject({
    code: 1,
    err: expect.stringContaining(sentence) as string,
  });
  expect(await filesOf(folder)).toEqual(['key', `${name}.enc`]);
});

test('a failure leaves the file that was to be replaced as it is', async () => {
  await writeFile(join(folder, name), 'the older one');
  await truncate(file, 2 * MiB);
  expect(await decrypt(file, '--key-file', keyFile, '--force')).toMatchObject({ code: 1 });
  expect(await readFile(join(folder, name), 'utf8')).toBe('the older one');
});

test('an existing file is replaced only when asked to', async () => {
  await writeFile(join(folder, name), 'the older one');
  expect(await decrypt(file, '--key-file', keyFile)).toMatchObject({
    code: 2,
    err: `error: "${join(folder, name)}" is already there; say another place with --output, or replace it with --force\n`,
  });
  expect(await readFile(join(folder, name), 'utf8')).toBe('the older one');
  expect(await decrypt(file, '--key-file', keyFile, '--force')).toMatchObject({ code: 0 });
  expect(plain.equals(await readFile(join(folder, name)))).toBe(true);
});

test('neither the encrypted file nor what is no file is ever replaced', async () => {
  expect(await decrypt(file, '--key-file', keyFile, '--force', '--output', file)).toMatchObject({ code: 2 });
  await symlink(file, join(folder, 'link'));
  expect(await decrypt(file, '--key-file', keyFile, '--force', '--output', join(folder, 'link'))).toMatchObject({
    code: 2,
    err: expect.stringContaining('is no regular file') as string,
  });
  expect(stored.equals(await readFile(file))).toBe(true);
});

test.each([
  ['no key file', () => [file, '--key-file', join(folder, 'none')], 3, /none" does not exist/],
  ['no encrypted file', () => [join(folder, 'none.enc'), '--key-file', keyFile], 3, /none.enc" does not exist/],
  ['no output folder', () => [file, '--key-file', keyFile, '--output', join(folder, 'x', 'y')], 3, /does not exist/],
  ['a huge file as key', () => [file, '--key-file', file], 2, /the key in ".*" \(4096 bytes\) is neither/],
  ['no key at all', () => [file], 2, /required option '--key-file <file>' not specified/],
  ['no file', () => ['--key-file', keyFile], 2, /missing required argument 'file'/],
  ['an unknown option', () => [file, '--key-file', keyFile, '--colour'], 2, /unknown option '--colour'/],
  ['--json for standard output', () => [file, '--key-file', keyFile, '--output', '-', '--json'], 2, /leave --json out/],
])('%s is refused with a sentence', async (_, args, code, sentence) => {
  const ended = await decrypt(...args());
  expect(ended.code).toBe(code);
  expect(ended.err).toMatch(sentence);
  expect(ended.err.trim().split('\n')).toHaveLength(1);
  expect(await filesOf(folder)).toEqual(['key', `${name}.enc`]);
});

test('a machine gets one document, of success and of failure', async () => {
  const done = await decrypt(file, '--key-file', keyFile, '--json');
  expect(JSON.parse(String(done.out))).toEqual({
    outcome: 'decrypted',
    file,
    output: join(folder, name),
    name,
    keyFingerprint: fingerprint(key),
    storedBytes: stored.length,
    bytes: plain.length,
  });
  await truncate(file, 2 * MiB);
  const failed = await decrypt(file, '--key-file', keyFile, '--json', '--force');
  expect(failed.code).toBe(1);
  expect(JSON.parse(String(failed.out))).toEqual({
    outcome: 'failed',
    exitCode: 1,
    reason: 'DecryptFailed',
    message: 'the end of the encrypted artifact is missing: it stops after segment 1, which is not its last one',
  });
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s leaves nothing behind, also while it waits for input',
  async (signal) => {
    await rm(file);
    execFileSync('mkfifo', [file]);
    const child = start('decrypt', file, '--key-file', keyFile);
    const pipe = createWriteStream(file);
    pipe.write(stored.subarray(0, 2 * MiB + 1));
    const ended = endOf(child);
    await vi.waitFor(
      async () => {
        const [partial = 'none'] = (await filesOf(folder)).filter((entry) => entry.includes('.partial-'));
        expect((await stat(join(folder, partial))).size).toBeGreaterThan(MiB);
      },
      { timeout: 20_000 },
    );
    child.kill(signal);
    expect(await ended).toMatchObject({ signal, err: 'error: interrupted; nothing was left behind\n' });
    pipe.destroy();
    expect(await filesOf(folder)).toEqual(['key', `${name}.enc`]);
  },
);

test('who reads only the beginning of standard output ends it with a sentence', async () => {
  const big = Buffer.concat(await Array.fromAsync(encrypt(zeros(20), { key, associatedData: name })));
  await writeFile(file, big);
  const child = start('decrypt', file, '--key-file', keyFile, '--output', '-');
  child.stdout.once('data', () => child.stdout.destroy());
  let err = '';
  child.stderr.on('data', (text: Buffer) => (err += String(text)));
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect({ code, err }).toEqual({ code: 3, err: 'error: the output is not read any more\n' });
});

test('help shows examples and exit codes, without colours in a pipe', async () => {
  const { code, out } = await endOf(start('decrypt', '--help'));
  expect(code).toBe(0);
  expect(String(out)).toContain('kubectl neo4jbackup decrypt orders-2026-11-22T02-00-00.backup.enc --key-file key');
  expect(String((await endOf(start('--help'))).out)).toContain('Exit codes:');
  expect((await decrypt(file, '--key-file', `${keyFile}.none`)).err).not.toContain('\u001b');
});

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: Buffer;
  readonly err: string;
}

function decrypt(...args: readonly string[]): Promise<Ended> {
  return endOf(start('decrypt', ...args));
}

function start(...args: readonly string[]) {
  return spawn(plugin, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}`, FORCE_COLOR: '1' },
  });
}

async function endOf(child: ReturnType<typeof start>): Promise<Ended> {
  const closed = new Promise<Pick<Ended, 'code' | 'signal'>>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  );
  const [out, err] = await Promise.all([buffer(child.stdout), buffer(child.stderr)]);
  return { ...(await closed), out, err: String(err) };
}

async function flipByte(at: number): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.write(Buffer.from([(stored[at] ?? 0) ^ 1]), 0, 1, at);
  await handle.close();
}

async function filesOf(path: string): Promise<string[]> {
  return (await readdir(path)).sort();
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* zeros(count: number): AsyncGenerator<Uint8Array> {
  for (let n = 0; n < count; n++) yield new Uint8Array(MiB);
}
