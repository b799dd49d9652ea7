import { backupFacts, decide } from '@holdfast/core';
import { resources, type Job } from '@holdfast/kube';
import {
  agentEnv,
  agentPlanSchema,
  annotations,
  type ActiveRun,
  type AgentPlan,
  type Neo4jBackup,
} from '@holdfast/types';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { endJob, type World } from '../../../packages/access/src/a-world.ts';
import {
  answerOf,
  aRetaining,
  at,
  bucket,
  fill,
  fillWith,
  history,
  left,
  onClaim,
  onlyJob,
  onRemove,
  run,
  spec,
  work,
} from './a-retention.ts';

vi.mock('@holdfast/storage', async (original) => ({
  ...(await original<object>()),
  openS3: async () => (await import('./a-retention.ts')).bucket.store,
}));

beforeEach(fill);

describe('a plan that removes more than the policy allows', () => {
  const careful = { ...spec, retention: { maxCount: 1, maxDeletePercent: 50 } };

  /** A retention run as the watcher records it when something may be due; undefined when nothing is. */
  async function next(world: World): Promise<ActiveRun | undefined> {
    const intent = decide({ backup: backupFacts(world.backup()) }, world.now());
    if (intent.kind !== 'record') return undefined;
    world.setStatus({ ...world.status(), activeRun: { ...intent.run, phase: 'Admitted', admittedAt: at } });
    return intent.run;
  }

  test('waits, is told once, and is carried out once when someone names it', async () => {
    const world = aRetaining({ spec: careful, status: { history } });
    await next(world);
    await work(world);
    expect(await left()).toHaveLength(3);
    const { retention, conditions } = world.status();
    const id = retention?.plan?.id ?? '';
    expect(retention).toMatchObject({ removed: 0, plan: { consent: 'Waiting', removeCount: 2, removeArtifacts: 2 } });
    expect(conditions?.find(({ type }) => type === 'RetentionHealthy')).toMatchObject({
      status: 'False',
      reason: 'PlanNotAcknowledged',
    });
    world.setStatus({ ...world.status(), activeRun: { ...run, token: `${retention?.cause}~again` } });
    await work(world);
    expect(world.events()).toEqual(['RetentionHeld']);

    expect(await next(world)).toBeUndefined();
    acknowledge(world, 'another-plan');
    expect(await next(world)).toBeUndefined();
    acknowledge(world, id);
    expect(await next(world)).toMatchObject({ kind: 'retention' });
    await work(world);
    expect(await left()).toEqual(['run-3']);
    expect(world.status().retention).toMatchObject({
      removed: 2,
      held: [],
      plan: { id, consent: 'Acknowledged', removeCount: 2 },
    });
    expect(await next(world)).toBeUndefined();
  });

  test('is finished by the next service when one dies in the middle, and is not when the policy was edited meanwhile', async () => {
    for (const edited of [false, true]) {
      await fill();
      await fillWith([4, 5, 6]);
      const newest = [{ ...history[0], runId: 'run-6' }] as typeof history;
      const world = aRetaining({ at: '2026-01-01T09:00:00Z', spec: careful, status: { history: newest } });
      await next(world);
      await work(world);
      acknowledge(world, world.status().retention?.plan?.id ?? '');
      await next(world);
      const { store } = bucket;
      let removals = 0;
      onRemove(() => {
        removals += 1;
        if (removals === 4) throw new Error('died');
      });
      await expect(work(world)).rejects.toThrow('died');
      bucket.store = store;
      const remaining = (await left()).length;
      expect(remaining).toBeGreaterThan(2);
      expect(remaining).toBeLessThan(6);
      const policy = { maxCount: 2, maxDeletePercent: 10 };
      if (edited) world.kube.put(resources.backups, editedTo(world.backup(), policy));
      await work(world);
      if (edited) expect(await left()).toHaveLength(remaining);
      else expect(await left()).toEqual(['run-6']);
    }
  });

  test('on a claim, needs no second pod while it waits, and the pod that removes knows what was agreed to', async () => {
    const world = aRetaining({ spec: { ...onClaim.spec, retention: careful.retention } });
    const answer = { plan: 'the-plan', removeArtifacts: 2, consent: 'Waiting' as const };
    await work(world);
    endJob(world, onlyJob(world, 'nightly-list'), answerOf('list', answer));
    expect(await work(world)).toEqual({ kind: 'done' });
    expect(world.jobs()).toEqual([]);
    expect(world.status().retention?.plan).toMatchObject({ id: 'the-plan', consent: 'Waiting' });

    acknowledge(world, 'the-plan');
    const agreed = await next(world);
    await work(world);
    expect(planIn(onlyJob(world, 'nightly-list')).retention?.consent).toEqual({ plan: 'the-plan' });
    const acknowledged = { ...answer, consent: 'Acknowledged' as const };
    const listed = answerOf('list', acknowledged);
    endJob(world, onlyJob(world, 'nightly-list'), { ...listed, run: agreed?.id ?? '' });
    await work(world);
    await work(world);
    expect(planIn(onlyJob(world, 'nightly-sweep')).retention?.consent).toEqual({
      plan: 'the-plan',
      begun: { at: '2026-01-01T04:00:05.000Z', artifacts: 2 },
    });
  });
});

function acknowledge(world: World, plan: string): void {
  const backup = world.backup();
  const metadata = { ...backup.metadata, annotations: { [annotations.acknowledgePlan]: plan } };
  world.kube.put(resources.backups, { ...backup, metadata });
}

function editedTo(backup: Neo4jBackup, retention: Neo4jBackup['spec']['retention']): Neo4jBackup {
  return { ...backup, spec: { ...backup.spec, retention } };
}

function planIn(job: Job): AgentPlan {
  const variables = job.spec?.template.spec?.containers[0]?.env ?? [];
  return agentPlanSchema.parse(JSON.parse(variables.find(({ name }) => name === agentEnv.plan)?.value ?? ''));
}
