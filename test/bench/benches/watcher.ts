import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundle, bundleInParts, youngMemory } from '../../../scripts/build.ts';
import { writeKubeconfig } from '../../cluster/kubeconfig.ts';
import { inTurn, mustBe, type Bench, type Comparison, type Contest, type Sample, type Size } from '../harness/bench.ts';
import { startProgram, type Program } from '../harness/processes.ts';
import { onSite, type Site } from '../harness/site.ts';
import type { Followed, FollowerWish } from '../programs/follow.ts';

export const watcher: Bench = {
  name: 'watcher',
  about:
    'What it costs to stay informed of 10,000 backups, each with a history of ten runs: the watcher’s reflector, which lists page by page ' +
    'and keeps a projection of each, against the informer of @kubernetes/client-node, which keeps whole objects. Each is a bundle in a ' +
    'process of its own, all of whose memory counts, on an API server that costs only the sending. The sync is from the wish to the ' +
    'last backup; settled is ten seconds later; then every backup changes once, as fast as the changes are taken. Both must know in ' +
    'the end what the server has.',
  distance:
    'A page of 500 objects is parsed as a whole before it is projected (pages of 25 meet both goals of memory, for more processor time), and each ' +
    'object is checked and projected by our own code, where the informer keeps what its parser gives it.',
  open: (size) => onSite((site) => openContest(site, size)),
};

const counts = { smoke: 200, full: 10_000, large: 10_000 } as const;
/** After this long nothing of a sync is left over. */
const restMs = { smoke: 200, full: 10_000, large: 10_000 } as const;

const projected = 'projection';
const whole = 'informer of client-node';

async function openContest(site: Site, size: Size): Promise<Contest> {
  const count = counts[size];
  const shelf = startProgram(programOf('backup-shelf'), { args: [String(count)] });
  site.later(() => shelf.stop());
  const { url } = await shelf.heard<{ url: string }>();
  const kubeconfig = join(site.dir, 'kubeconfig');
  writeKubeconfig(kubeconfig, url);
  const [ours, ruler] = [join(site.dir, 'ours'), join(site.dir, 'ruler')];
  await Promise.all([mkdir(ours), mkdir(ruler)]);
  await bundleInParts({ follower: programOf('follow-projected') }, ours, { inject: [youngMemory] }); // as services are
  await bundle({ follower: programOf('follow-whole') }, ruler);
  const play = (folder: string, server: string) => () =>
    playOne(startProgram(join(folder, 'follower.mjs'), { args: [server] }), { shelf, count, restMs: restMs[size] });
  const contenders = [
    { name: projected, run: play(ours, kubeconfig) },
    { name: whole, run: play(ruler, url) },
  ];
  return {
    comparisons: [
      comparison('settled memory', 'settledBytes', 0.5),
      comparison('peak of the memory at sync', 'syncPeakBytes', 0.4),
      comparison('processor time of the sync', 'syncCpuSeconds', 0.4),
      comparison('processor time of a change', 'changeCpuMs', 0.6),
    ],
    left: [],
    round: () => inTurn(contenders),
    close: () => site.close(),
  };
}

function comparison(title: string, value: string, atMost: number): Comparison {
  return { title, ours: projected, ruler: whole, value, goal: { atMost } };
}

function programOf(name: string): string {
  return join(import.meta.dirname, '../programs', `${name}.ts`);
}

interface Field {
  readonly shelf: Program;
  readonly count: number;
  readonly restMs: number;
}

async function playOne(program: Program, { shelf, count, restMs }: Field): Promise<Sample> {
  const ask = (wish: FollowerWish) => program.say(wish);
  try {
    await program.heard(); // that it is ready
    program.forgetPeak();
    ask({ sync: true });
    const synced = await program.heard<Followed>();
    const syncPeakBytes = program.peakBytes();
    mustBe(synced.backups === count, `${synced.backups} of ${count} backups are known after the sync`);
    await sleep(restMs);
    const settledBytes = program.residentBytes();
    mustBe(
      syncPeakBytes !== undefined && settledBytes !== undefined,
      'memory cannot be read here; this bench needs Linux',
    );
    ask({ changes: count });
    await program.heard(); // that it listens
    shelf.say({ events: count });
    const { sizeBytes: wanted } = await shelf.heard<{ sizeBytes: number }>();
    const changed = await program.heard<Followed>();
    mustBe(changed.backups === count, `${changed.backups} of ${count} backups are known after the changes`);
    mustBe(changed.sizeBytes === wanted, `${changed.sizeBytes} is known where the server has ${wanted}`);
    return {
      settledBytes: settledBytes ?? 0,
      syncPeakBytes: syncPeakBytes ?? 0,
      syncCpuSeconds: synced.cpuSeconds,
      changeCpuMs: (changed.cpuSeconds * 1000) / count,
    };
  } finally {
    await program.stop();
  }
}
