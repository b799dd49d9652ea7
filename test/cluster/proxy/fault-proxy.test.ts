import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { apiFault, startFaultProxy, type FaultProxy } from './fault-proxy.ts';

let server: Server;
let proxy: FaultProxy;
let watchers: ServerResponse[];
/** What the server was asked, whatever the client heard of it. */
let seen: (string | undefined)[];

beforeEach(async () => {
  watchers = [];
  seen = [];
  server = createServer((request, response) => {
    seen.push(request.url);
    if (!request.url?.includes('watch=1')) return void response.end(`${request.method} ${request.url}`);
    response.writeHead(200);
    response.flushHeaders();
    watchers.push(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await startFaultProxy({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});

afterEach(async () => {
  await proxy.close();
  server.closeAllConnections();
  server.close();
});

test('requests pass unchanged and are counted', async () => {
  expect(await (await fetch(`${proxy.url}/a?b=1`)).text()).toBe('GET /a?b=1');
  await fetch(`${proxy.url}/x/status`, { method: 'PATCH', body: '{}' });
  await expect.poll(() => proxy.count(({ method, path }) => method === 'PATCH' && path.endsWith('/status'))).toBe(1);
});

test('the next matching requests get the fault, then all is well', async () => {
  proxy.faults.next(2, apiFault(429, 3), ({ path }) => path === '/a');
  const statuses = [];
  for (const path of ['/a', '/b', '/a', '/a']) statuses.push((await fetch(proxy.url + path)).status);
  expect(statuses).toEqual([429, 200, 429, 200]);
});

test('an answer is late, cut short, or lost after the server has acted', async () => {
  proxy.faults.next(1, { kind: 'latency', ms: 200 });
  const began = performance.now();
  expect((await fetch(`${proxy.url}/late`)).status).toBe(200);
  expect(performance.now() - began).toBeGreaterThan(190);
  proxy.faults.next(1, { kind: 'truncate', bytes: 3 });
  await expect(fetch(`${proxy.url}/short`).then((answer) => answer.text())).rejects.toThrow('terminated');
  proxy.faults.next(1, { kind: 'cutAfter' });
  await expect(fetch(`${proxy.url}/lost`)).rejects.toThrow('fetch failed');
  expect(seen).toEqual(['/late', '/short', '/lost']);
});

test('a dropped watch ends at the client', async () => {
  const watch = await fetch(`${proxy.url}/pods?watch=1`);
  await expect.poll(() => watchers.length).toBe(1);
  expect(proxy.dropWatches()).toBe(1);
  await expect(watch.text()).rejects.toThrow('terminated');
});

test('a silent watch hears nothing though the server speaks', async () => {
  const loud = proxy.silenceWatches();
  const watch = await fetch(`${proxy.url}/pods?watch=1`);
  const first = watch.body?.getReader().read();
  await expect.poll(() => watchers.length).toBe(1);
  watchers[0]?.write('event\n');
  const heard = await Promise.race([first?.then(() => true), fetch(`${proxy.url}/a`).then(() => false)]);
  expect(heard).toBe(false);
  loud();
  await expect(first).rejects.toThrow('terminated');
});

test('a server that is gone refuses, and comes back on the same port', async () => {
  await proxy.disconnect();
  await expect(fetch(`${proxy.url}/a`)).rejects.toThrow('fetch failed');
  await proxy.reconnect();
  expect((await fetch(`${proxy.url}/a`)).status).toBe(200);
});
