import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Health } from '../../runtime/src/health.ts';
import { openProbes } from '../../runtime/src/http.ts';
import { watchWorkLoops } from '../../runtime/src/liveness.ts';
import { openLog } from '../../runtime/src/log.ts';
import { openMetrics } from '../../runtime/src/metrics.ts';
import { startRedis } from '../../../test/cluster/redis/start-redis.ts';
import { answer } from './redis-answer.ts';
import { openTestRedis, type TestRedis } from './redis-for-tests.ts';

let redis: TestRedis;
let closing: (() => unknown)[];
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(realNow());
  closing = [];
  redis = await openTestRedis(startRedis);
});
afterEach(async () => {
  vi.useRealTimers();
  for (const close of closing.toReversed()) await close();
  await redis.stop();
});

test('a worker that falls silent after a reconnect, although Redis answers, fails its health check', async () => {
  const line = await openLine(new URL(redis.url));
  const log = openLog('worker', { now: () => new Date() }, { destination: { write() {} } });
  const answering = answer('backup', async () => ({ kind: 'done' }), {
    redisUrl: line.url,
    concurrency: 2,
    now: () => new Date(),
    log,
  });
  closing.push(line.close, () => answering.close(200));
  const health = new Health();
  const metrics = openMetrics('worker', { version: '0' });
  watchWorkLoops([answering], { metrics, health, total: 2 });
  const probes = await openProbes({ port: 0, host: '127.0.0.1', health, metrics, log });
  closing.push(() => probes.close());
  const healthz = async () => {
    const found = await fetch(`http://127.0.0.1:${probes.port}/healthz`);
    return { status: found.status, body: await found.text() };
  };
  const later = (ms: number) => vi.setSystemTime(Date.now() + ms);

  await vi.waitFor(() => expect(answering.up).toBe(true), patience);
  later(600_000);
  await vi.waitFor(async () => expect(await healthz()).toMatchObject({ status: 200 }), patience); // its next sign of life

  line.silenceWaiting(); // everything reconnects, and the call that waits for rings is never answered again
  await vi.waitFor(() => expect(line.silenced()).toBeGreaterThan(0), patience);
  await vi.waitFor(() => expect(answering.up).toBe(true), patience);
  expect(await healthz()).toMatchObject({ status: 200 });
  later(130_000);
  expect(await healthz()).toMatchObject({ status: 503, body: expect.stringContaining('fell silent') as string });
});

const patience = { timeout: 20_000, interval: 20 };

function realNow(): number {
  return performance.timeOrigin + performance.now();
}

/** A line to Redis on which the blocking call can be left without an answer, while all others get theirs. */
async function openLine(to: URL): Promise<{
  readonly url: string;
  silenceWaiting(): void;
  /** Calls that were left without an answer. */
  silenced(): number;
  close(): Promise<void>;
}> {
  const sockets = new Set<Socket>();
  let silencing = false;
  let silenced = 0;
  const server = createServer((near) => {
    const far = connect(Number(to.port), to.hostname);
    let mute = false;
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => (near.destroy(), far.destroy(), sockets.delete(socket)));
    }
    near.on('data', (data) => {
      if (silencing && /bzpopmin/i.test(data.toString('latin1'))) {
        mute = true;
        silenced += 1;
      }
      far.write(data);
    });
    far.on('data', (data) => void (mute || near.write(data)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    silenceWaiting: () => {
      silencing = true;
      cut();
    },
    silenced: () => silenced,
    close: async () => {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}
