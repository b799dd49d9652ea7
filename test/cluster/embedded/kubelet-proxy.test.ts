import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { startApiServer } from './server.ts';
import type { EmbeddedApiServer } from './server.ts';
import { testClient } from './test-client.ts';
import type { TestClient } from './test-client.ts';

const PODS = '/api/v1/namespaces/default/pods';

let asked: string[] = [];
let kubelet: Server;
let server: EmbeddedApiServer;
let client: TestClient;

beforeEach(async () => {
  asked = [];
  kubelet = await startKubelet();
  server = await startApiServer();
  client = testClient(server.url);
  await client.until('/api/v1/namespaces/default/serviceaccounts/default', ({ code }) => code === 200);
  await client.post('/api/v1/nodes', { metadata: { name: 'n' } });
  const { port: Port } = kubelet.address() as AddressInfo;
  const status = {
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port } },
  };
  await client.merge('/api/v1/nodes/n/status', { status });
  await client.post(PODS, { metadata: { name: 'p' }, spec: { containers: [{ name: 'main', image: 'i' }] } });
});

afterEach(async () => {
  await server.close();
  kubelet.closeAllConnections();
  await new Promise((resolve) => kubelet.close(resolve));
});

/** A kubelet that answers logs with a line and echoes what is said to a container. */
async function startKubelet(): Promise<Server> {
  const http = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end('a line\n');
  });
  const sockets = new WebSocketServer({ noServer: true });
  http.on('upgrade', (request, socket, head) => {
    asked.push(request.url ?? '');
    sockets.handleUpgrade(request, socket, head, (channel) => channel.on('message', (data) => channel.send(data)));
  });
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve);
  });
  return http;
}

test('a log comes from the kubelet of the pod, with the same query', async () => {
  await client.post(`${PODS}/p/binding`, { target: { name: 'n' } });
  const response = await fetch(`${server.url}${PODS}/p/log?container=main&tailLines=3`);
  expect(await response.text()).toBe('a line\n');
  expect(asked).toEqual(['/containerLogs/default/p/main?tailLines=3']);
});

test('the log of a pod without a node is empty, that of an unknown container is refused', async () => {
  expect(await (await fetch(`${server.url}${PODS}/p/log`)).text()).toBe('');
  expect((await client.get(`${PODS}/p/log?container=other`)).body).toMatchObject({
    message: 'container other is not valid for pod p',
  });
});

test('exec passes a WebSocket through to the container', async () => {
  await client.post(`${PODS}/p/binding`, { target: { name: 'n' } });
  const socket = new WebSocket(
    `${server.url.replace('http', 'ws')}${PODS}/p/exec?container=main&command=sh&command=-c&stdin=true`,
  );
  const echoed = await new Promise<string>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('open', () => socket.send('hello'));
    socket.once('message', (data: Buffer) => resolve(data.toString()));
  });
  socket.terminate();
  expect(echoed).toBe('hello');
  expect(asked[0]).toBe('/exec/default/p/main?command=sh&command=-c&input=1');
});

test('exec into a pod that does not exist is refused with its reason', async () => {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}${PODS}/missing/exec?command=sh`);
  const error = await new Promise<Error>((resolve) => {
    socket.once('error', resolve);
  });
  expect(error.message).toContain('404');
});
