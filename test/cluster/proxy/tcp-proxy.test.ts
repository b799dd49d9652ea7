import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

let server: Server;
let proxy: TcpProxy;
let clients: Socket[];

beforeEach(async () => {
  clients = [];
  server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await startTcpProxy({ port: (server.address() as AddressInfo).port });
});

afterEach(async () => {
  for (const client of clients) client.destroy();
  await proxy.close();
  server.close();
});

test('bytes come back through the proxy', async () => {
  expect(await echo(await dial(), 'a')).toBe('a');
});

test('a frozen connection stays open and delivers when it is resumed', async () => {
  const client = await dial();
  proxy.freeze();
  const answer = echo(client, 'b');
  expect(await Promise.race([answer, nothingWithin(100)])).toBe('nothing');
  proxy.resume();
  expect(await answer).toBe('b');
});

test('bytes take as long as they are told to, each way', async () => {
  const client = await dial();
  proxy.latencyMs = 100;
  const began = performance.now();
  expect(await echo(client, 'slow')).toBe('slow');
  expect(performance.now() - began).toBeGreaterThan(190);
});

test('an answer is cut short, and only that one', async () => {
  const client = await dial();
  proxy.truncateNext(3);
  expect(await echo(client, 'whole')).toBe('who');
  await once(client, 'close');
  expect(await echo(await dial(), 'whole')).toBe('whole');
});

test('a cut ends every connection, a new one works', async () => {
  const client = await dial();
  await echo(client, 'c');
  expect(proxy.cut()).toBe(1);
  await once(client, 'close');
  expect(await echo(await dial(), 'd')).toBe('d');
});

test('a disconnected proxy refuses and comes back on the same port', async () => {
  await proxy.disconnect();
  await expect(dial()).rejects.toThrow('ECONNREFUSED');
  await proxy.reconnect();
  expect(await echo(await dial(), 'e')).toBe('e');
});

async function dial(): Promise<Socket> {
  const client = connect({ host: '127.0.0.1', port: proxy.port });
  clients.push(client);
  await once(client, 'connect');
  return client;
}

async function echo(client: Socket, text: string): Promise<string> {
  client.write(text);
  const [answer] = (await once(client, 'data')) as [Buffer];
  return answer.toString('utf8');
}

function nothingWithin(ms: number): Promise<string> {
  return new Promise((resolve) => setTimeout(() => resolve('nothing'), ms));
}
