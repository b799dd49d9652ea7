// The floor of the way from an event to its Job: watcher and worker in one process, and a doorbell that calls the worker. No queue, no second look.
import { decide } from '@holdfast/core';
import { keyedQueue, openKube } from '@holdfast/kube';
import type { Doorbell } from '@holdfast/queue';
import { openClock, openLog } from '@holdfast/runtime';
import type { Ring } from '@holdfast/types';
import { apply } from '../../../services/watcher/src/apply.ts';
import { openPlaces } from '../../../services/watcher/src/places.ts';
import { watchWorld } from '../../../services/watcher/src/world.ts';
import { handle } from '../../../services/worker/src/handle.ts';

const [kubeconfig, limit] = process.argv.slice(2);
const stop = new AbortController();
const { signal } = stop;
process.once('SIGTERM', () => process.exit());

const clock = openClock();
const log = openLog('direct', clock, { destination: { write: () => undefined } });
const kube = await openKube({ kubeconfig });
const limits = { global: Number(limit), perTarget: Number(limit), perLocation: Number(limit) };
const places = openPlaces(limits, () => clock.now());
const hands = {
  kube,
  log,
  now: () => clock.now(),
  agentImage: 'holdfast-agent:1',
  storeDefaults: {},
  allowedEndpoints: [],
  clusterDomain: 'cluster.local',
  clusterId: async () => 'bench',
};
const doorbell: Doorbell = {
  ring: async (_queue, ring) => call(ring),
  ringMany: async (_queue, rings) => rings.forEach(call),
  depth: async () => ({ waiting: 0, delayed: 0, active: 0 }),
  up: true,
  close: async () => undefined,
};
const looks = keyedQueue({ clock, signal, log, handle: look });
const world = watchWorld(kube, {
  signal,
  clock,
  log,
  changes: {
    onBackup(key, current) {
      const mayStart = places.follow(key, current);
      if (!current) looks.forget(key);
      for (const each of [key, ...mayStart]) looks.add(each);
    },
    onJob: (key) => looks.add(key),
    onTarget: () => undefined,
  },
});
await world.synced;
process.stdout.write(`${JSON.stringify({ ready: true })}\n`);

async function look(key: string): Promise<void> {
  const observed = world.observe(key);
  if (!observed) return;
  await apply(observed, decide(observed, clock.now()), { kube, doorbell, places, clock, log }, clock.now());
}

function call(ring: Ring): void {
  handle(ring, hands, signal).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1); // the measurement would be of something else
  });
}
