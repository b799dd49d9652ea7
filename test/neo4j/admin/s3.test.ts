import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startFauxqs } from 'fauxqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DevDbms } from '../dev-dbms.ts';

let dbms: DevDbms;
let store: Awaited<ReturnType<typeof startFauxqs>>;
let env: Record<string, string>;

beforeAll(async () => {
  store = await startFauxqs({ port: 0, logger: false });
  store.createBucket('backups');
  dbms = new DevDbms('2025.09-enterprise');
  await dbms.startServer('server-0', { NEO4J_STANDIN_STORE_BYTES: '20000000' });
  env = {
    AWS_ENDPOINT_URL_S3: store.address.replace('localhost', '127.0.0.1'),
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'not-for-the-journal',
    JAVA_OPTS: '-Daws.s3.forcePathStyle=true',
  };
});
afterAll(async () => {
  await dbms.stop();
  await store.stop();
});

test('a chain in a bucket is written, inspected and restored', async () => {
  const folder = 's3://backups/team/orders/';
  expect(await dbms.admin(dbms.backupLine(folder), env)).toMatchObject({ code: 0 });
  await dbms.control.commit('neo4j', 4, 1_000);
  expect(await dbms.admin(dbms.backupLine(folder, '--type=DIFF'), env)).toMatchObject({ code: 0 });
  const { stdout } = await dbms.admin(['backup', 'inspect', '--format=JSON', folder], {
    ...env,
    NEO4J_STANDIN_JSON_FIELDS: 'true',
  });
  const found = JSON.parse(stdout) as { uri: string; lowestTx: number; highestTx: number }[];
  expect(found).toMatchObject([
    { lowestTx: 1, highestTx: 1 },
    { lowestTx: 2, highestTx: 5 },
  ]);
  const last = found[1]?.uri ?? '';
  expect(last).toMatch(/^s3:\/\/backups\/team\/orders\/neo4j-.*\.backup$/);
  const restored = await dbms.admin(['database', 'restore', `--from-path=${last}`, 'copy'], env);
  expect(restored).toMatchObject({ code: 0 });
  const expected = Buffer.concat([...dbms.control.expectedStore('neo4j').chunks()].map((one) => Buffer.from(one)));
  expect(readFileSync(join(dbms.home, 'data/databases/copy/store.standin')).equals(expected)).toBe(true);
  expect(dbms.calls().at(-1)?.credentials).toEqual(['AWS_ACCESS_KEY_ID', 'AWS_REGION', 'AWS_SECRET_ACCESS_KEY']);
  expect(JSON.stringify(dbms.calls())).not.toContain('not-for-the-journal');
});

test('inspect reads no more of an object than its head', async () => {
  const folder = 's3://backups/ranged/';
  await dbms.admin(dbms.backupLine(folder), env);
  const ranges: (string | undefined)[] = [];
  const proxy = createServer((message, response) => {
    if (message.url?.includes('.backup')) ranges.push(message.headers.range);
    const headers = { ...message.headers };
    const onward = request(
      new URL(message.url ?? '', env['AWS_ENDPOINT_URL_S3']),
      { method: message.method, headers },
      (answer: IncomingMessage) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      },
    );
    message.pipe(onward);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const endpoint = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const { code } = await dbms.admin(['backup', 'inspect', folder], { ...env, AWS_ENDPOINT_URL_S3: endpoint });
  proxy.close();
  expect(code).toBe(0);
  expect(ranges).toEqual(['bytes=0-16383']);
});

test.each([
  ['a folder without its last slash', 's3://backups/team', {}, "please add a terminal '/' to your path"],
  ['a bucket that is not there', 's3://nowhere/a/', {}, 'NoSuchBucket'],
  ['missing credentials', 's3://backups/a/', { AWS_SECRET_ACCESS_KEY: '' }, 'AWS_SECRET_ACCESS_KEY not set'],
  ['a missing region', 's3://backups/a/', { AWS_REGION: '' }, 'AWS_REGION not set'],
  ['no test store', 's3://backups/a/', { AWS_ENDPOINT_URL_S3: '' }, 'talks to test stores only'],
])('%s ends the call', async (_what, folder, change, message) => {
  const { code, stderr } = await dbms.admin(dbms.backupLine(folder), { ...env, ...change });
  expect(stderr).toContain(message);
  expect(code).toBe(1);
});

test('a refusal of the cloud can be armed', async () => {
  await dbms.control.arm({ kind: 'cloud-auth' });
  const { code, stderr } = await dbms.admin(dbms.backupLine('s3://backups/auth/'), env);
  expect(stderr).toContain('403');
  expect(code).toBe(1);
});
