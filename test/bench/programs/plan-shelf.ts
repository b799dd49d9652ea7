// What a retention run does before it removes anything: reads the folder and plans. Hears whether it was there before, and says what came of it and
// what it cost.
import { createInterface } from 'node:readline';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { ManifestMemory, openS3, planFolder, retrying } from '@holdfast/storage';

export interface PlanWish {
  /** Whether the service looked at the folder before. */
  readonly comesBack: boolean;
}

export interface PlannedShelf {
  readonly keep: number;
  readonly remove: number;
  readonly unexplained: number;
  readonly ms: number;
  readonly cpuSeconds: number;
  readonly blockedMs: number;
}

const [endpointUrl, maxCount] = process.argv.slice(2);
process.once('SIGTERM', () => process.exit());
const identity = { accessKeyId: 'a', secretAccessKey: 'b' };
const store = retrying(
  await openS3({ bucket: 'shelf', endpointUrl, region: 'us-east-1', forcePathStyle: true, identity }),
);
let memory = new ManifestMemory();
process.stdout.write('{"ready":true}\n');
for await (const line of createInterface({ input: process.stdin })) {
  const { comesBack } = JSON.parse(line) as PlanWish;
  if (!comesBack) memory = new ManifestMemory();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const [cpu, startedAt] = [process.cpuUsage(), performance.now()];
  const facts = { now: new Date(), runDeadlineMs: 86_400_000, known: memory.of('bench', store) };
  const { totals, leftovers } = await planFolder(store, { maxCount: Number(maxCount), suspended: false }, facts);
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  delay.disable();
  const planned: PlannedShelf = {
    keep: totals.keep.artifacts,
    remove: totals.remove.artifacts,
    unexplained: leftovers.unexplained.count,
    ms,
    cpuSeconds: (user + system) / 1e6,
    blockedMs: delay.max / 1e6,
  };
  process.stdout.write(`${JSON.stringify(planned)}\n`);
}
