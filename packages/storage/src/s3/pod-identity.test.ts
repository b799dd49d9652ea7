import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { podIdentity } from './pod-identity.ts';

const dir = mkdtempSync(join(tmpdir(), 'holdfast-identity-'));
const expires = new Date(Date.now() + 3_600_000).toISOString();
let server: Server;
let asked: string[];
let url: string;

/** Plays whatever gives credentials: a container agent, a token service, the metadata of a node. */
beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(`${request.url ?? ''} ${request.headers.authorization ?? ''}`.trim());
    answer(request).then(
      (body) => response.end(body),
      () => response.destroy(),
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', url);
  const profile = join(dir, 'profile');
  writeFileSync(profile, '[default]\naws_access_key_id = from-a-file\naws_secret_access_key = from-a-file\n');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', profile);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await new Promise((closed) => server.close(closed));
  rmSync(join(dir, 'profile'), { force: true });
});
afterAll(() => rmSync(dir, { recursive: true }));

async function answer(request: IncomingMessage): Promise<string> {
  if (request.url?.startsWith('/container'))
    return JSON.stringify({ AccessKeyId: 'container', SecretAccessKey: 's', Token: 't', Expiration: expires });
  const form = new URLSearchParams(Buffer.concat(await Array.fromAsync<Buffer>(request)).toString());
  const token = form.get('WebIdentityToken') ?? '';
  return `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>role-by-${token}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${expires}</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`;
}

async function identity(): Promise<string> {
  return (await (await podIdentity('eu-west-1'))()).accessKeyId;
}

test('variables of the pod are its identity', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'variable');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 's');
  expect(await identity()).toBe('variable');
  expect(asked).toEqual([]);
});

test('a projected token is exchanged for its role', async () => {
  const file = join(dir, 'token');
  writeFileSync(file, 'projected');
  vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', file);
  vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::1:role/backups');
  vi.stubEnv('AWS_ENDPOINT_URL_STS', url);
  expect(await identity()).toBe('role-by-projected');
});

test('the container agent is asked with its own token', async () => {
  vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${url}/container`);
  vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN', 'of-the-pod');
  expect(await identity()).toBe('container');
  expect(asked).toEqual(['/container of-the-pod']);
});

test('without any of these nothing else is asked: no profile on the disk, no metadata of the node', async () => {
  await expect(identity()).rejects.toMatchObject({ reason: 'CredentialsMissing', fate: 'terminal' });
  expect(asked).toEqual([]);
});

test('a token that nobody can read is told without its content, and nothing else is tried', async () => {
  vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', join(dir, 'missing'));
  vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::1:role/backups');
  vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${url}/container`);
  await expect(identity()).rejects.toMatchObject({ reason: 'StorageDenied' });
  expect(asked).toEqual([]);
});
