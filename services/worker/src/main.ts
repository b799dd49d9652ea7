import { handsOf } from '@holdfast/access';
import { answer, type Answering, type GivenUp } from '@holdfast/queue';
import { openKube } from '@holdfast/kube';
import { countWaits, runService, watchWorkLoops } from '@holdfast/runtime';
import { configSchema } from './config.ts';
import { giveUp } from './give-up.ts';
import { handle } from './handle.ts';
import type { Hands } from './hands.ts';

/** Ten milliseconds to a minute. */
const latencyBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60];

await runService(
  'worker',
  async ({ signal, log, clock, metrics, health, config, shutdownMs }) => {
    const requests = metrics.counter('kube_requests_total');
    const fenced = metrics.counter('fenced_writes_total');
    const latency = metrics.histogram('event_to_job_seconds', { buckets: latencyBuckets });
    const kube = await openKube({
      kubeconfig: config.HOLDFAST_KUBECONFIG,
      userAgent: 'holdfast-worker',
      onRequest: (code) => requests.inc({ code }),
    });
    const hands: Hands = {
      ...handsOf(config, { kube, now: () => clock.now() }),
      log,
      clusterDomain: config.HOLDFAST_CLUSTER_DOMAIN,
      onFenced: () => fenced.inc(),
      onJobCreated: (afterMs) => latency.observe(afterMs / 1000),
    };
    const options = {
      redisUrl: config.HOLDFAST_REDIS_URL,
      concurrency: config.HOLDFAST_CONCURRENCY,
      now: () => clock.now(),
      log,
      onOutcome: countWaits(metrics),
      onGivenUp: (given: GivenUp) => giveUp(given, hands),
      // A dev cluster's clock jumps, and what was to be looked at again later may be due at once.
      ...(clock.onJump && { recheckMs: 250 }),
    };
    const answering: Answering[] = (['backup', 'verify'] as const).map((queue) =>
      answer(queue, (ring, stop) => handle(ring, hands, stop), options),
    );
    watchWorkLoops(answering, { metrics, health, total: config.HOLDFAST_CONCURRENCY * answering.length });
    health.setReady();
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    await Promise.all(answering.map((one) => one.close(shutdownMs - 2_000)));
    kube.close();
  },
  { config: configSchema, version: '0.1.0' },
);
