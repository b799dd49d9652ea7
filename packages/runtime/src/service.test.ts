import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

test('serves probes, stops in order on SIGTERM and ends with 0', async () => {
  const service = run(`async ({ signal, health, log }) => {
    health.setReady();
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    log.info('tidied up');
  }`);
  const { port } = await service.line('listening');
  await expect.poll(async () => (await fetch(`http://127.0.0.1:${String(port)}/readyz`)).status).toBe(200);
  service.child.kill('SIGTERM');
  expect(await service.end()).toBe(0);
  expect(service.messages()).toEqual(['listening', 'stopping', 'tidied up', 'stopped']);
});

test('room for what is young stays small until the service is ready, and then grows with its work', async () => {
  const service = run(`async ({ health, log }) => {
    const { getHeapSpaceStatistics } = await import('node:v8');
    const room = () => getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size / 2 ** 20;
    const keepMuch = () => Array.from({ length: 400_000 }, (_, index) => ({ index }));
    keepMuch();
    const before = room();
    health.setReady();
    keepMuch();
    log.info({ before, after: room() }, 'room');
  }`);
  expect(await service.end()).toBe(0);
  const { before, after } = await service.line('room');
  expect(after).toBeGreaterThan(before as number);
});

test('a wait that is cut off by the signal is an orderly end', async () => {
  const service = run(`async ({ signal, clock }) => clock.sleepUntil(new Date(Date.now() + 3_600_000), signal)`);
  await service.line('listening');
  service.child.kill('SIGINT');
  expect(await service.end()).toBe(0);
});

test('a second signal ends it at once', async () => {
  const service = run(`() => new Promise(() => setInterval(() => {}, 1000))`);
  await service.line('listening');
  service.child.kill('SIGTERM');
  await service.line('stopping');
  service.child.kill('SIGTERM');
  expect(await service.end()).toBe(143);
});

test('the deadline ends what does not stop', async () => {
  const service = run(`() => new Promise(() => setInterval(() => {}, 1000))`, { HOLDFAST_SHUTDOWN_SECONDS: '0.2' });
  await service.line('listening');
  service.child.kill('SIGTERM');
  expect(await service.end()).toBe(1);
  expect(service.messages()).toContain('did not stop in time, ending at once');
});

test('an error that nobody caught is logged with its stack and ends with 1', async () => {
  const service = run(
    `() => new Promise(() => { void Promise.reject(new Error('forgotten')); setInterval(() => {}, 1000); })`,
  );
  expect(await service.end()).toBe(1);
  const last = service.lines.find(({ msg }) => msg === 'uncaught error');
  expect(last).toMatchObject({
    level: 'fatal',
    err: { message: 'forgotten', stack: expect.stringContaining('Error: forgotten') },
  });
});

test('work that fails is logged and ends with 1', async () => {
  const service = run(`async () => { throw new Error('no cluster'); }`);
  expect(await service.end()).toBe(1);
  expect(service.lines.at(-1)).toMatchObject({ msg: 'failed', err: { message: 'no cluster' } });
});

test('all mistakes of the configuration are told at once, and it ends with 2', async () => {
  const service = run(`async () => {}`, { HOLDFAST_HTTP_PORT: 'http', HOLDFAST_LOG_LEVEL: 'loud', CONFIG: 'PLACES' });
  expect(await service.end()).toBe(2);
  expect(service.lines).toHaveLength(1);
  expect(service.lines[0]?.problems).toEqual([
    expect.stringContaining('HOLDFAST_LOG_LEVEL'),
    expect.stringContaining('HOLDFAST_HTTP_PORT'),
    expect.stringContaining('PLACES is not set'),
  ]);
});

type Line = Record<string, unknown>;

/** Runs `work` (source text) as a service in a process of its own. */
function run(work: string, env: Record<string, string> = {}) {
  const source = `
    import { z } from 'zod';
    import { runService } from ${JSON.stringify(new URL('index.ts', import.meta.url).href)};
    const name = process.env.CONFIG;
    await runService('probe', ${work}, name ? { config: z.object({ [name]: z.string() }) } : {});`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: new URL('.', import.meta.url),
    env: { PATH: process.env.PATH, HOLDFAST_HTTP_PORT: '0', HOLDFAST_HTTP_HOST: '127.0.0.1', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  const ended = once(child, 'close');
  const lines: Line[] = [];
  createInterface({ input: child.stdout }).on('line', (text) => lines.push(JSON.parse(text) as Line));
  return {
    child,
    lines,
    messages: () => lines.map(({ msg }) => msg),
    line: async (msg: string): Promise<Line> => {
      await expect.poll(() => lines.map((line) => line.msg), { timeout: 10_000 }).toContain(msg);
      return lines.find((line) => line.msg === msg) ?? {};
    },
    end: async (): Promise<unknown> => (await ended)[0],
  };
}
