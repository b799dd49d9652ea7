import type { ObjectStore } from '@holdfast/storage';
import { annotations, type RetentionStatus } from '@holdfast/types';
import { expect } from 'vitest';
import { until } from '../until.ts';
import type { Allowances } from './evidence.ts';
import { faultsOn } from './fault.ts';
import { openClaim, openContainer } from '../journeys/contents.ts';
import { keysBelow, keysIn } from './retain.ts';
import { namespace, type Scene } from './scene.ts';
import { folderName } from './stores.ts';

const fault = faultsOn();
const day = 86_400_000;

/** Where the same story is told. What only the backup's own pods can see is planned and swept by them. */
const shelves: Readonly<Record<string, Shelf>> = {
  'in a bucket': { open: async ({ stores }) => stores.bucket },
  'in a container of Azure': {
    open: ({ cluster }) => openContainer(cluster, 'plans'),
    furnish: async ({ cluster }) => {
      await cluster.stores.azure.makeContainer('plans');
      return { type: 'azure', bucket: 'plans' };
    },
  },
  'on a claim': {
    open: async ({ cluster }) => openClaim(cluster, namespace, 'plans'),
    furnish: async () => ({ type: 'pvc', pvc: { name: 'plans', size: '1Gi' } }),
    // Nobody keeps a diary of a claim, so what retention removed there looks as if it had never been.
    allowed: { spoiled: ['mistaken'] },
  },
};

interface Shelf {
  readonly open: (scene: Scene) => Promise<ObjectStore>;
  /** Answers `spec.storage`. */
  readonly furnish?: (scene: Scene) => Promise<object>;
  readonly allowed?: Allowances;
}

for (const [word, shelf] of Object.entries(shelves))
  fault(
    `a policy that is edited to a fraction by mistake removes nothing ${word} until a person names the plan`,
    {
      ...(shelf.allowed && { allowed: shelf.allowed }),
      long: true,
      scenario: 'C3',
      done: `maxAge is edited from 30 days to 3 hours over four daily FULLs ${word}; then an older plan is acknowledged, then the right one`,
      outcome:
        'the plan stands in status with RetentionHealthy=False, PlanNotAcknowledged and one Event; only the acknowledgement of that very plan carries it out, once',
    },
    async (scene) => {
      const folder = await fourDays(scene, 'mistaken', await shelf.furnish?.(scene));
      const keys = async () => keysIn(await shelf.open(scene), folder);
      const before = await keys();
      await scene.patch('mistaken', { spec: { retention: { maxAge: '3h' } } });
      const waiting = await untilPlan(scene, 'mistaken', ({ plan }) => plan?.consent === 'Waiting');
      expect(waiting).toMatchObject({ removed: 0, held: [{ reason: 'PlanNotAcknowledged' }] });
      const condition = (await scene.status('mistaken')).conditions?.find(({ type }) => type === 'RetentionHealthy');
      expect(condition).toMatchObject({ status: 'False', reason: 'PlanNotAcknowledged' });

      await acknowledge(scene, 'mistaken', 'a-plan-of-last-week');
      await nextDay(scene, 'mistaken', 5);
      const grown = await untilPlan(scene, 'mistaken', ({ plan }) => plan?.id !== waiting.plan?.id);
      expect(grown.plan).toMatchObject({ consent: 'Waiting', removeCount: (waiting.plan?.removeCount ?? 0) + 2 });
      await acknowledge(scene, 'mistaken', waiting.plan?.id ?? ''); // what was read yesterday is not what would go today
      const witness = async () => (await scene.status('mistaken')).activeRun === undefined;
      await until(witness, { saying: 'a rest' });
      expect((await keys()).filter((key) => before.includes(key))).toEqual(before);
      const told = (await scene.eventsOf('mistaken')).filter(({ reason }) => reason === 'RetentionHeld');
      expect(told).toHaveLength(2);

      await acknowledge(scene, 'mistaken', grown.plan?.id ?? '');
      const done = await untilPlan(scene, 'mistaken', ({ removed }) => (removed ?? 0) > 0);
      expect(done).toMatchObject({ held: [], plan: { id: grown.plan?.id, consent: 'Acknowledged' } });
      const manifests = (await keys()).filter((key) => key.startsWith('manifests/'));
      expect(new Set(manifests.map((key) => key.split('/')[1])).size).toBe(1);
    },
  );

fault(
  'a policy that is corrected again needs nobody to agree to anything',
  {
    long: true,
    scenario: 'C3',
    done: 'maxAge is edited from 30 days to 3 hours, and back',
    outcome: 'the hold ends by itself; nothing was removed',
  },
  async (scene) => {
    const folder = await fourDays(scene, 'corrected');
    const before = await keysBelow(scene, folder);
    await scene.patch('corrected', { spec: { retention: { maxAge: '3h' } } });
    await untilPlan(scene, 'corrected', ({ plan }) => plan?.consent === 'Waiting');
    await scene.patch('corrected', { spec: { retention: { maxAge: '30d' } } });
    await untilPlan(scene, 'corrected', ({ held, plan }) => held?.length === 0 && plan?.removeCount === 0);
    expect(await keysBelow(scene, folder)).toEqual(before);
  },
);

/** Four FULLs, one a day, all of which the policy keeps; answers their folder. */
async function fourDays(scene: Scene, name: string, storage?: object): Promise<string> {
  const options = { backupType: 'FULL', retries: 0 };
  const policy = { schedule: '0 2 * * *', options, retention: { maxAge: '30d' } };
  const backup = await scene.create(name, { ...policy, ...(storage && { storage }) });
  for (let run = 1; run <= 4; run += 1) await nextDay(scene, name, run);
  return folderName(backup);
}

/** Waits until the next slot has brought that many runs, and retention has answered the newest. */
async function nextDay(scene: Scene, name: string, runs: number): Promise<void> {
  const next = await until(async () => (await scene.status(name)).nextRunTime, { saying: `the next slot of ${name}` });
  scene.cluster.clock.reach(new Date(Math.min(Date.parse(next), scene.cluster.clock.now().getTime() + day)));
  const answered = async () => {
    const { history = [], retention, activeRun } = await scene.status(name);
    const [newest] = history;
    return !activeRun && history.length === runs && retention?.cause?.startsWith(newest?.runId ?? '-');
  };
  await until(answered, { withinMs: 60_000, saying: `run ${runs} of ${name} and its retention` });
}

function acknowledge(scene: Scene, name: string, plan: string): Promise<unknown> {
  return scene.patch(name, { metadata: { annotations: { [annotations.acknowledgePlan]: plan } } });
}

function untilPlan(scene: Scene, name: string, is: (retention: RetentionStatus) => boolean): Promise<RetentionStatus> {
  const planned = async () => {
    const { retention, activeRun } = await scene.status(name);
    return !activeRun && retention && is(retention) ? retention : undefined;
  };
  return until(planned, { withinMs: 60_000, saying: `the plan of ${name}` });
}
