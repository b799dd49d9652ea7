import { chains, type Chain } from '@holdfast/core';
import { readCatalogue } from '@holdfast/storage';
import { placeOf, sourcesOf, type Restored, type Room } from './demo-room.ts';
import { example } from './apply.ts';
import type { SeenRun } from './seen.ts';
import { entryOf, stageFacts, type StageFact } from './stage-facts.ts';
import { targets } from './stages/targets.ts';

/** What happened, for programs. */
export type DemoDocument = Awaited<ReturnType<typeof describeDemo>>;

/** Everything that the demo saw, as it stands now. */
export async function describeDemo(room: Room, tookMs: number) {
  const { cluster, seen, examples } = room;
  const backups = [];
  for (const name of examples.keys()) backups.push(await describeBackup(room, name));
  return {
    formatVersion: 1 as const,
    kind: 'HoldfastDemo' as const,
    cluster: { kind: cluster.kind, dir: cluster.dir, clock: cluster.clock.now().toISOString() },
    targets: targets.map(({ name, example: file }) => ({
      name,
      example: example(file),
      phase: seen.target(name)?.status?.phase,
      servers: seen
        .serversOf(name)
        .map(({ metadata }) => ({ name: metadata.name, role: metadata.labels?.['neo4j.com/role'] })),
    })),
    backups,
    restore: room.restored satisfies Restored | undefined,
    tookSeconds: Math.round(tookMs / 100) / 10,
  };
}

async function describeBackup(room: Room, name: string) {
  const { seen, examples } = room;
  const { store, at } = await placeOf(room, name);
  const { entries, unreadable } = await readCatalogue(store);
  const backup = seen.backup(name);
  const runs = seen.runsOf(name);
  return {
    name,
    namespace: seen.namespace,
    example: example(examples.get(name) ?? ''),
    phase: backup?.status?.phase,
    message: backup?.status?.message,
    folder: at(''),
    runs: await Promise.all(runs.filter(isBackup).map((run) => describeRun(room, run))),
    artifacts: entries
      .map(({ manifest, key }) => ({
        run: manifest.run,
        database: manifest.database,
        type: manifest.type,
        bytes: manifest.bytes,
        lowestTx: manifest.lowestTx,
        highestTx: manifest.highestTx,
        chain: manifest.chain,
        objects: manifest.objects.map((object) => at(object.key)),
        manifest: at(key),
      }))
      .sort((a, b) => (a.manifest < b.manifest ? -1 : 1)),
    chains: chains(entries).map(describeChain),
    unreadable: unreadable.map(({ key }) => at(key)),
    retention: runs.filter((run) => !isBackup(run)).map(describeRetention),
    events: seen.eventsOf(name),
  };
}

function isBackup({ states }: SeenRun): boolean {
  return states[0].kind === 'backup';
}

async function describeRun(room: Room, run: SeenRun) {
  const { seen, logs } = room;
  const entry = entryOf(seen, run);
  const stages: StageFact[] = stageFacts(await sourcesOf(room, run));
  return {
    id: run.id,
    trigger: run.states[0].trigger,
    slot: run.states[0].slot,
    type: entry?.type,
    choice: logs.get(run.id)?.choice,
    status: entry?.status,
    reason: entry?.reason,
    verification: entry?.verification,
    sizeBytes: entry?.stats?.sizeBytes,
    databases: entry?.databases,
    stages,
  };
}

function describeChain({ id, database, runs, entries, bytes, lowestTx, highestTx, state }: Chain) {
  return {
    id,
    database,
    runs,
    artifacts: entries.map(({ manifest }) => manifest.artifact),
    bytes,
    lowestTx,
    highestTx,
    state,
  };
}

function describeRetention({ id, plan, outcome }: SeenRun) {
  return {
    run: id,
    kept: outcome?.kept,
    removed: outcome?.removed,
    reclaimBytes: plan?.reclaimBytes,
    removedChains: plan?.remove ?? [],
    held: outcome?.held ?? [],
  };
}
