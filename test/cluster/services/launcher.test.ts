import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { launchServices, type Services } from './launcher.ts';

/** Says where it listens, answers its own process id, and dies of TERM by a polite exit. */
const fixture = `
  import { createServer } from 'node:http';
  const server = createServer((_, response) => response.end(String(process.pid)));
  server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ msg: 'listening', port: server.address().port, word: process.env.WORD })));
  process.on('SIGTERM', () => { console.log('leaving'); process.exit(0); });
`;

let dir: string;
let services: Services;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'holdfast-launcher-'));
  const entry = join(dir, 'fixture.mjs');
  writeFileSync(entry, fixture);
  services = launchServices([{ name: 'echo', entry, env: { WORD: 'hello' } }], { logDir: dir });
});

afterEach(async () => {
  await services.close();
  rmSync(dir, { recursive: true });
});

test('a service says where it listens, and its output is in its log', async () => {
  const pid = await (await fetch(await services.url('echo'))).text();
  expect(Number(pid)).toBe(services.pid('echo'));
  await expect.poll(() => log()).toContain('"word":"hello"');
});

test('a killed service is started again', async () => {
  const first = await ask();
  services.kill('echo');
  await expect.poll(() => services.restarts('echo')).toBe(1);
  await expect.poll(() => services.pid('echo')).toBeTruthy();
  expect(await ask()).not.toBe(first);
});

test('a frozen service says nothing until it is thawed', async () => {
  const url = await services.url('echo');
  services.freeze('echo');
  await expect(fetch(url, { signal: AbortSignal.timeout(300) })).rejects.toThrow('timeout');
  services.thaw('echo');
  expect((await fetch(url)).status).toBe(200);
});

test('a stopped service leaves politely, stays down and can be started again', async () => {
  const first = Number(await ask());
  await services.stop('echo');
  expect(log()).toContain('leaving');
  expect(() => process.kill(first, 0)).toThrow('ESRCH');
  expect(services.pid('echo')).toBeUndefined();
  services.start('echo');
  expect(Number(await ask())).not.toBe(first);
});

async function ask(): Promise<string> {
  return (await fetch(await services.url('echo'))).text();
}

function log(): string {
  return readFileSync(join(dir, 'echo.log'), 'utf8');
}
