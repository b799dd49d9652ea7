// The watcher with many schedules that are all due in one minute, its API server pretended: what is due is recorded, admitted and rung.
import { randomUUID } from 'node:crypto';
import { decide } from '@holdfast/core';
import { keyedQueue, type Clock } from '@holdfast/kube';
import { openDoorbell } from '@holdfast/queue';
import { openClock, openLog } from '@holdfast/runtime';
import type { Neo4jBackup } from '@holdfast/types';
import { apply } from '../../../services/watcher/src/apply.ts';
import { openPlaces } from '../../../services/watcher/src/places.ts';
import { watchWorld } from '../../../services/watcher/src/world.ts';
import { pretendedKube } from './pretended-kube.ts';

interface Wish {
  readonly count: number;
  readonly redisUrl: string;
  /** From now until the slot, in real time. */
  readonly leadMs: number;
}

const minuteMs = 60_000;
const resyncMs = 60_000;
const unlimited = { global: 1e9, perTarget: 1e9, perLocation: 1e9 };

const { count, redisUrl, leadMs } = JSON.parse(process.argv[2] ?? '{}') as Wish;
const stop = new AbortController();
process.once('SIGTERM', () => process.exit());

const slotAtMs = Date.now() + leadMs;
const clock = shifted(openClock(), Math.ceil(slotAtMs / minuteMs) * minuteMs - slotAtMs);
const log = openLog('due-slots', clock, { destination: { write: () => undefined } });
const kube = pretendedKube(schedules(new Date(clock.now().getTime() + leadMs)));
const doorbell = openDoorbell({ redisUrl, now: () => clock.now() });
const places = openPlaces(unlimited, () => clock.now());
const hands = { kube, doorbell, places, clock, log };
const looks = keyedQueue({ clock, signal: stop.signal, log, handle: look });
const world = watchWorld(kube, {
  signal: stop.signal,
  clock,
  log,
  changes: {
    onBackup(key, current) {
      for (const each of [key, ...places.follow(key, current)]) looks.add(each);
    },
    onJob: (key) => looks.add(key),
    onTarget: () => undefined,
  },
});
await world.synced;
await looks.idle();
await doorbell.depth('backup');
setInterval(() => {
  for (const { key } of world.backups()) looks.add(`${key.namespace}/${key.name}`);
}, resyncMs);
process.stdout.write(`${JSON.stringify({ slotAtMs, lateMs: Math.max(0, Date.now() - slotAtMs) })}\n`);

async function look(key: string): Promise<void> {
  const observed = world.observe(key);
  if (!observed) return;
  const intent = decide(observed, clock.now());
  await apply(observed, intent, hands, clock.now());
  if ('until' in intent && intent.until) looks.at(key, intent.until);
}

/** Backups that have said what they have to say, and are due next at that minute. */
function schedules(slot: Date): Neo4jBackup[] {
  const createdAt = new Date(slot.getTime() - 3_600_000).toISOString();
  return Array.from({ length: count }, (_, index) => ({
    apiVersion: 'neo4j.neo4j.com/v1alpha1' as const,
    kind: 'Neo4jBackup' as const,
    metadata: {
      namespace: `team-${index % 100}`,
      name: `backup-${index}`,
      uid: randomUUID(),
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: createdAt,
    },
    spec: {
      target: { kind: 'Cluster', name: `db-${index}` },
      storage: { type: 's3', bucket: 'backups', cloud: { region: 'eu-west-1', credentialsSecret: 'keys' } },
      schedule: `${slot.getUTCMinutes()} ${slot.getUTCHours()} * * *`,
    },
  })) as Neo4jBackup[];
}

function shifted(real: Clock, byMs: number): Clock {
  return {
    now: () => new Date(real.now().getTime() + byMs),
    sleepUntil: (at, signal) => real.sleepUntil(new Date(at.getTime() - byMs), signal),
  };
}
