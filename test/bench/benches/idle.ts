import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openEmbedded } from '../harness/embedded.ts';
import { mustBe, type Bench, type Contest, type Round, type Sample, type Size } from '../harness/bench.ts';
import { startProgram, type Program } from '../harness/processes.ts';
import { saidReady, serviceNames, startService } from '../harness/services.ts';
import { onSite, type Site } from '../harness/site.ts';

export const idle: Bench = {
  name: 'idle',
  about:
    'Resident memory of each service while there is nothing to do, five seconds after it said that it is ready, against a Node that ' +
    'runs nothing at all. Every round starts all of them anew, at the same time.',
  open: (size) => onSite((site) => openContest(site, size)),
};

/** After this long nothing of a start is left over; the smoke size only wants to see the services alive. */
const restMs = { smoke: 500, full: 5_000, large: 5_000 } as const;

async function openContest(site: Site, size: Size): Promise<Contest> {
  const { kubeconfig } = await openEmbedded(site);
  const around = { kubeconfig, redisUrl: site.redis.url };
  return {
    comparisons: serviceNames.map((name) => ({
      title: `memory of the ${name}`,
      ours: name,
      ruler: 'empty Node',
      value: 'residentBytes',
      goal: { atMost: 1.9 },
    })),
    left: [],
    round: async () => {
      const services = await Promise.all(
        serviceNames.map(async (name) => [name, await startService(name, around)] as const),
      );
      const empty = startProgram(join(import.meta.dirname, '../programs/empty.mjs'));
      const all = [...services, ['empty Node', empty] as const];
      try {
        await Promise.all(services.map(([, program]) => saidReady(program)));
        await sleep(restMs[size]);
        return Object.fromEntries(all.map(([name, program]) => [name, sampleOf(name, program)])) satisfies Round;
      } finally {
        await Promise.all(all.map(([, program]) => program.stop()));
      }
    },
    close: () => site.close(),
  };
}

function sampleOf(name: string, program: Program): Sample {
  const residentBytes = program.residentBytes();
  mustBe(residentBytes !== undefined, `the memory of ${name} cannot be read; this bench needs Linux`);
  return { residentBytes: residentBytes ?? 0 };
}
