// A retention plan over very many artifacts, as the service makes it: in slices. It hears the word to plan, and says what came of it and what it cost.
import { createInterface } from 'node:readline';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { chainsInSteps, planRetentionInSteps, type CatalogueEntry } from '@holdfast/core';
import { inSlices } from '../../../packages/storage/src/in-slices.ts';
import { manyEntries, policyFor } from './many-entries.ts';

export interface PlannedMany {
  readonly keep: number;
  readonly remove: number;
  readonly id: string;
  readonly ms: number;
  readonly cpuSeconds: number;
  /** Longest time without a turn for anybody else. */
  readonly blockedMs: number;
}

const count = Number(process.argv[2]);
process.once('SIGTERM', () => process.exit());
const entries: CatalogueEntry[] = [];
// As they come out of a store: parsed, and in no order.
for (const { manifest, key, modifiedAt } of manyEntries(count))
  entries.push({ manifest: JSON.parse(JSON.stringify(manifest)) as typeof manifest, key, modifiedAt });
process.stdout.write('{"ready":true}\n');
for await (const _line of createInterface({ input: process.stdin })) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const [cpu, startedAt] = [process.cpuUsage(), performance.now()];
  const all = await inSlices(chainsInSteps(entries));
  const { policy, now } = policyFor(count);
  const plan = await inSlices(planRetentionInSteps(policy, all, { unreadable: 0 }, now));
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  delay.disable();
  const { keep, remove } = plan.totals;
  const planned: PlannedMany = {
    keep: keep.artifacts,
    remove: remove.artifacts,
    id: plan.proposal?.id ?? '',
    ms,
    cpuSeconds: (user + system) / 1e6,
    blockedMs: delay.max / 1e6,
  };
  process.stdout.write(`${JSON.stringify(planned)}\n`);
}
