import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, closeSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../proxy/free-port.ts';
import { findRedis } from './find-redis.ts';

/** A real Redis of this cluster's own, on loopback, in memory only. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
  /** Kills it and starts an empty one on the same port. */
  restart(): Promise<void>;
  /** Starts it again after `stop`, empty, on the same port. */
  start(): Promise<void>;
  /** Freezes the process: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  /** Forgets everything (FLUSHALL). */
  flush(): Promise<void>;
}

export interface RedisOptions {
  /** Folder for its log. */
  readonly dir: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly say?: (line: string) => void;
}

/** Starts a Redis on a free port; resolves when it answers PING. */
export async function startRedis(options: RedisOptions): Promise<RedisServer> {
  const program = await findRedis(options.say);
  const port = await freePort();
  mkdirSync(options.dir, { recursive: true });
  let child: ChildProcess | undefined;
  const start = async () => {
    if (child) return;
    child = await launch(program, port, options);
  };
  const stop = async () => {
    const running = child;
    child = undefined;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const gone = once(running, 'exit');
    running.kill('SIGKILL'); // nothing is saved, so there is nothing to wait for
    await gone;
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return child?.pid ?? -1;
    },
    start,
    stop,
    restart: async () => {
      await stop();
      await start();
    },
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    flush: async () => void (await redisCommand(port, 'FLUSHALL')),
  };
}

/** Sends one command without arguments and answers the first line of the reply. */
export function redisCommand(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    const finish = (settle: () => void) => {
      socket.destroy();
      settle();
    };
    socket.setTimeout(2_000, () => finish(() => reject(new Error(`Redis did not answer ${command}`))));
    socket.once('connect', () => socket.write(`${command}\r\n`));
    socket.once('data', (data) => finish(() => resolve(data.toString('utf8').trim())));
    socket.once('error', (error) => finish(() => reject(error)));
    socket.once('close', () => reject(new Error('Redis closed the connection')));
  });
}

async function launch(program: string, port: number, { dir, env }: RedisOptions): Promise<ChildProcess> {
  const log = openSync(join(dir, 'redis.log'), 'a');
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', dir];
  // A process title would be written over the environment, and with it over the mark by which a cluster finds its own.
  const child = spawn(program, [...settings, '--set-proc-title', 'no', '--maxmemory-policy', 'noeviction'], {
    stdio: ['ignore', log, log],
    detached: true, // Ctrl-C is for our own process, which ends its parts in order
    env: { ...process.env, ...env },
  });
  closeSync(log);
  let failure: Error | undefined;
  child.once('error', (error) => (failure = error));
  const deadline = Date.now() + 10_000;
  for (;;) {
    const answer = await redisCommand(port, 'PING').catch(() => undefined); // not listening yet
    if (answer === '+PONG') return child;
    if (failure) throw failure;
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`${program} did not become ready on port ${port}; its log is ${join(dir, 'redis.log')}`);
    }
    await sleep(20);
  }
}
