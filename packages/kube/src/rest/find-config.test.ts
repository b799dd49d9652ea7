import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Credentials } from './credentials.ts';
import { findConfig } from './find-config.ts';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'holdfast-config-'))));
afterEach(() => rm(folder, { recursive: true }));

interface Entry {
  readonly cluster?: object;
  readonly user?: object;
  readonly current?: string;
}

async function aFile(name: string, { cluster = {}, user = {}, current = 'dev' }: Entry = {}): Promise<string> {
  const path = join(folder, name);
  const document = {
    'current-context': current,
    contexts: [{ name: 'dev', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: `https://${name}.example.com`, ...cluster } }],
    users: [{ name: 'u', user }],
  };
  await writeFile(path, JSON.stringify(document));
  return path;
}

const presentedBy = async (user: object) => new Credentials(await findConfig(await aFile('x', { user }), {})).present();

test('a named file counts, whatever the environment says', async () => {
  const path = await aFile('named');
  const config = await findConfig(path, { KUBECONFIG: await aFile('other') });
  expect(config.cluster.server).toBe('https://named.example.com');
});

test('a named file that is missing is an error, not a reason to look elsewhere', async () => {
  const env = { KUBECONFIG: await aFile('other') };
  await expect(findConfig(join(folder, 'nowhere'), env)).rejects.toMatchObject({
    fate: 'terminal',
    message: expect.stringContaining('nowhere cannot be read'),
  });
});

test('of several files the first entry of a name counts', async () => {
  const env = { KUBECONFIG: `${await aFile('one')}:${await aFile('two', { current: 'other' })}` };
  expect((await findConfig(undefined, env)).cluster.server).toBe('https://one.example.com');
});

test('without anything else the file in the home folder counts', async () => {
  await mkdir(join(folder, '.kube'));
  await aFile('.kube/config');
  expect((await findConfig(undefined, { HOME: folder })).cluster.name).toBe('c');
});

test('a context that does not exist is named', async () => {
  await expect(findConfig(await aFile('x', { current: 'prod' }), {})).rejects.toThrow('no context "prod"');
});

test('paths are relative to the file, and what stands in them is trusted and shown', async () => {
  for (const name of ['ca', 'cert', 'key']) await writeFile(join(folder, name), name);
  const cluster = { 'certificate-authority': 'ca', 'tls-server-name': 'kubernetes' };
  const user = { 'client-certificate': 'cert', 'client-key': 'key' };
  const { tls } = await new Credentials(await findConfig(await aFile('x', { cluster, user }), {})).present();
  expect(tls).toEqual({
    ca: Buffer.from('ca'),
    cert: Buffer.from('cert'),
    key: Buffer.from('key'),
    servername: 'kubernetes',
  });
});

test.each([
  [{ token: 'abc\n' }, { Authorization: 'Bearer abc' }],
  [{ username: 'me', password: 'pw' }, { Authorization: `Basic ${Buffer.from('me:pw').toString('base64')}` }],
  [
    { token: 'abc', as: 'someone' },
    { Authorization: 'Bearer abc', 'Impersonate-User': 'someone' },
  ],
  [{}, {}],
])('user %j shows %j', async (user, headers) => {
  expect((await presentedBy(user)).headers).toEqual(headers);
});

test('an exec plugin is asked for the token and told which protocol we speak', async () => {
  const script = `const { apiVersion } = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
    console.log(JSON.stringify({ apiVersion, status: { token: apiVersion + ' ' + process.env.EXTRA } }));`;
  const apiVersion = 'client.authentication.k8s.io/v1';
  const env = [{ name: 'EXTRA', value: 'x' }];
  const exec = { apiVersion, command: process.execPath, args: ['-e', script], env };
  expect((await presentedBy({ exec })).headers).toEqual({ Authorization: `Bearer ${apiVersion} x` });
});

test('an exec plugin that fails is transient trouble that names the user', async () => {
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: process.execPath,
    args: ['-e', 'process.exit(3)'],
  };
  await expect(presentedBy({ exec })).rejects.toMatchObject({
    fate: 'transient',
    message: expect.stringContaining('"u"'),
  });
});

test('an auth provider of old is refused with its remedy', async () => {
  await expect(presentedBy({ 'auth-provider': { name: 'oidc' } })).rejects.toMatchObject({
    fate: 'terminal',
    message: expect.stringContaining('use an exec plugin'),
  });
});
