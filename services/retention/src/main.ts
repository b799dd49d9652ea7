import { handsOf } from '@holdfast/access';
import { openKube } from '@holdfast/kube';
import { answer, type GivenUp } from '@holdfast/queue';
import { ManifestMemory } from '@holdfast/storage';
import { countWaits, runService, watchWorkLoops } from '@holdfast/runtime';
import { configSchema } from './config.ts';
import { giveUp } from './give-up.ts';
import { handle } from './handle.ts';
import type { Hands } from './record.ts';

await runService(
  'retention',
  async ({ signal, log, clock, metrics, health, config, shutdownMs }) => {
    const requests = metrics.counter('kube_requests_total');
    const fenced = metrics.counter('fenced_writes_total');
    const kube = await openKube({
      kubeconfig: config.HOLDFAST_KUBECONFIG,
      userAgent: 'holdfast-retention',
      onRequest: (code) => requests.inc({ code }),
    });
    const hands: Hands = {
      ...handsOf(config, { kube, now: () => clock.now() }),
      log,
      memory: new ManifestMemory(),
      onFenced: () => fenced.inc(),
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
    const answering = answer('retention', (ring, stop) => handle(ring, hands, stop), options);
    watchWorkLoops([answering], { metrics, health, total: config.HOLDFAST_CONCURRENCY });
    health.setReady();
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    await answering.close(shutdownMs - 2_000);
    kube.close();
  },
  { config: configSchema, version: '0.1.0' },
);
