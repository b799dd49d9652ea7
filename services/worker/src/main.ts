import { handsOf } from '@holdfast/access';
import { answer, type Answering, type GivenUp } from '@holdfast/queue';
import { openKube } from '@holdfast/kube';
import { runService, watchWorkLoops } from '@holdfast/runtime';
import { configSchema } from './config.ts';
import { giveUp } from './give-up.ts';
import { handle } from './handle.ts';
import type { Hands } from './hands.ts';

await runService(
  'worker',
  async ({ signal, log, clock, metrics, health, config, shutdownMs }) => {
    const kube = await openKube({ kubeconfig: config.HOLDFAST_KUBECONFIG });
    const hands: Hands = {
      ...handsOf(config, { kube, now: () => clock.now() }),
      log,
      clusterDomain: config.HOLDFAST_CLUSTER_DOMAIN,
    };
    const options = {
      redisUrl: config.HOLDFAST_REDIS_URL,
      concurrency: config.HOLDFAST_CONCURRENCY,
      now: () => clock.now(),
      log,
      onGivenUp: (given: GivenUp) => giveUp(given, hands),
      // A dev cluster's clock jumps, and what was to be looked at again later may be due at once.
      ...(clock.onJump && { recheckMs: 250 }),
    };
    const answering: Answering[] = (['backup', 'verify'] as const).map((queue) =>
      answer(queue, (ring, stop) => handle(ring, hands, stop), options),
    );
    watchWorkLoops(answering, { metrics, health, total: config.HOLDFAST_CONCURRENCY * answering.length });
    health.setReady(true);
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    await Promise.all(answering.map((one) => one.close(shutdownMs - 2_000)));
    kube.close();
  },
  { config: configSchema, version: '0.1.0' },
);
