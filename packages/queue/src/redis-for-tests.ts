import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';

/** A Redis server of a test's own, on a free loopback port. */
export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** A plain connection for looking at the server's state and changing it. */
  readonly client: Redis;
  /** Kills the server. */
  kill(): Promise<void>;
  /** Starts it again on the same port, empty. */
  start(): Promise<void>;
  /** Freezes or thaws the process: sockets stay open and nothing answers. */
  freeze(frozen: boolean): void;
  stop(): Promise<void>;
}

/** @throws when there is no `redis-server` on PATH */
export async function startTestRedis(...extra: string[]): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-redis-'));
  const port = await freePort();
  const args = [
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    folder,
    ...extra,
  ];
  let server: ChildProcess;
  const start = async () => {
    server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await untilReady(server);
  };
  await start();
  const client = new Redis(`redis://127.0.0.1:${port}`, { retryStrategy: () => 50 });
  client.on('error', () => undefined);
  const kill = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    client,
    kill,
    start,
    freeze: (frozen) => void server.kill(frozen ? 'SIGSTOP' : 'SIGCONT'),
    stop: async () => {
      client.disconnect();
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function untilReady(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`redis-server ended with ${code}:\n${output}`)));
    server.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Ready to accept connections')) resolve();
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
