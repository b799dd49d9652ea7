import { observe } from '@holdfast/access';
import { advance, type BackupFacts, type JobFacts } from '@holdfast/core';
import { resources } from '@holdfast/kube';
import type { Outcome } from '@holdfast/queue';
import type { ActiveRun, EffectiveSpec, Ring } from '@holdfast/types';
import { askPod } from './ask-pod.ts';
import { finish } from './finish.ts';
import type { Hands } from './hands.ts';
import { noteJob } from './note-job.ts';
import { recordConclusion } from './record-conclusion.ts';
import { start } from './start.ts';
import { verify } from './verify.ts';

/** Answers one ring of the queues `backup` and `verify`: look, decide the run's next step, take it. */
export async function handle(ring: Ring, hands: Hands, signal: AbortSignal): Promise<Outcome> {
  const observed = await observe(hands.kube, ring, signal);
  const run = observed?.backup.status.activeRun;
  if (!observed || !run) return { kind: 'done' };
  const { backup } = observed;
  // An attempt ends where it wrote, by the spec that its Job was planned from.
  const finishAttempt = (spec: EffectiveSpec | undefined, job?: JobFacts) =>
    spec ? finish(backup, run, spec, job, hands, signal) : refuse(backup, run, hands);
  const step = advance(observed, hands.now());
  switch (step.kind) {
    case 'done':
      return { kind: 'done' };
    case 'again':
      return step;
    case 'noteJob':
      await noteJob(
        backup,
        run,
        { metadata: { ...step.job, creationTimestamp: step.job.createdAt.toISOString() } },
        hands,
      );
      return { kind: 'done' };
    case 'askPod':
      return askPod(backup, run, step.job, hands, signal);
    case 'removeJob':
      await hands.kube.remove(
        resources.jobs,
        { namespace: ring.namespace, name: step.job.name },
        { uid: step.job.uid, propagation: 'Foreground' },
        signal,
      );
      return { kind: 'again', at: new Date(hands.now().getTime() + 1_000), reason: 'PredecessorRunning' };
    case 'verify':
      return verify(observed, run, hands, signal);
    case 'start':
      return backup.spec
        ? start(backup, run, backup.spec, { ...hands, seenAtMs: ring.seenAtMs }, signal)
        : refuse(backup, run, hands);
    case 'readResult':
      return finishAttempt(observed.attemptSpec ?? backup.spec, step.job);
    case 'lookForEvidence':
      return finishAttempt(backup.spec);
  }
}

/** The spec was edited into something that cannot be carried out, and no Job says what it was before. */
async function refuse(backup: BackupFacts, run: ActiveRun, hands: Hands): Promise<Outcome> {
  const message = backup.refusals.map((refusal) => refusal.message).join('; ');
  const conclusion = { kind: 'settle', status: 'Failed', reason: 'SpecInvalid', message } as const;
  await recordConclusion(backup, run, { conclusion, spec: undefined }, hands);
  return { kind: 'done' };
}
