import { afterEach, beforeEach, expect, test } from 'vitest';
import { Health } from './health.ts';
import { openProbes } from './http.ts';
import type { Probes } from './http.ts';
import { openLog } from './log.ts';
import { openMetrics } from './metrics.ts';

const lines: string[] = [];
const log = openLog('test', { now: () => new Date() }, { destination: { write: (line) => void lines.push(line) } });
let health: Health;
let opened: Probes[];

beforeEach(() => {
  health = new Health();
  opened = [];
  lines.length = 0;
});
afterEach(() => Promise.all(opened.map((probes) => probes.close())));

const open = async (token?: string) => {
  const metrics = openMetrics('test', { version: '1' });
  const probes = await openProbes({ port: 0, host: '127.0.0.1', token, health, metrics, log });
  opened.push(probes);
  return (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${probes.port}${path}`, init);
};

test('says where it listens', async () => {
  await open();
  expect(JSON.parse(lines[0] ?? '{}')).toMatchObject({ msg: 'listening', port: opened[0]?.port });
});

test('degraded is said and lived with, dead is not', async () => {
  const get = await open();
  health.check('kube', () => ({ state: 'ok' }));
  expect(await (await get('/healthz')).json()).toEqual({ state: 'ok', checks: { kube: { state: 'ok' } } });
  health.check('redis', () => ({ state: 'degraded', reason: 'no answer' }));
  const degraded = await get('/healthz');
  expect(degraded.status).toBe(200);
  expect(await degraded.json()).toMatchObject({ state: 'degraded', checks: { redis: { reason: 'no answer' } } });
  health.check('loop', () => ({ state: 'dead', reason: 'silent for 5 min' }));
  expect((await get('/healthz')).status).toBe(503);
});

test('a check that fails or hangs is degraded, not dead', async () => {
  health.check('broken', () => Promise.reject(new Error('boom')));
  health.check('hanging', () => new Promise(() => undefined));
  expect(await health.report()).toMatchObject({
    state: 'degraded',
    checks: { broken: { reason: 'the check failed: boom' }, hanging: { state: 'degraded' } },
  });
});

test('ready only when told so and not while dead, and otherwise one line says why', async () => {
  const get = await open();
  const why = async () => {
    const answer = await get('/readyz');
    const text = await answer.text();
    expect(text.trimEnd()).not.toContain('\n');
    return [answer.status, (JSON.parse(text) as { reason?: string }).reason];
  };
  expect(await why()).toEqual([503, 'it starts']);
  health.setNotReady('the first listing is not complete');
  expect(await why()).toEqual([503, 'the first listing is not complete']);
  health.setReady();
  expect(await why()).toEqual([200, undefined]);
  health.check('loop', () => ({ state: 'dead', reason: 'silent' }));
  expect(await why()).toEqual([503, 'loop: silent']);
});

test('metrics and details want the token where one is set, probes do not', async () => {
  const get = await open('correct horse battery');
  health.check('kube', () => ({ state: 'ok' }));
  expect((await get('/metrics')).status).toBe(401);
  expect((await get('/metrics', { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
  expect(await (await get('/healthz')).json()).toEqual({ state: 'ok' });
  const authorized = await get('/metrics', { headers: { authorization: 'Bearer correct horse battery' } });
  expect(authorized.status).toBe(200);
  expect(await authorized.text()).toContain('neo4jbackup_build_info');
});

test('only reading is possible, and other paths say which ones there are', async () => {
  const get = await open();
  expect((await get('/metrics', { method: 'POST' })).status).toBe(405);
  expect((await get('/metrics', { method: 'HEAD' })).status).toBe(200);
  expect(await (await get('/')).text()).toContain('/readyz');
});

test('a taken port is an error that names it', async () => {
  await open();
  const again = openProbes({
    port: opened[0]?.port ?? 0,
    host: '127.0.0.1',
    health,
    metrics: openMetrics('x', { version: '1' }),
    log,
  });
  await expect(again).rejects.toThrow(/EADDRINUSE/);
});
