import { changeRecord, claimStore, findStore, isWait, runAgentJob, tell, type FoundStore } from '@holdfast/access';
import {
  beginVerification,
  chains,
  folderState,
  mustYield,
  planVerification,
  settleVerification,
  verifyUntil,
  type Observed,
  type VerificationEnding,
} from '@holdfast/core';
import { KubeError } from '@holdfast/kube';
import type { Outcome } from '@holdfast/queue';
import { readCatalogue, verifyFolder, type ObjectStore } from '@holdfast/storage';
import { BackupError, isReason, type ActiveRun, type EffectiveSpec, type VerifiedSlice } from '@holdfast/types';
import { damageNotes } from './damage-notes.ts';
import type { Hands } from './hands.ts';

/** One verification run as its steps see it. */
interface Work {
  readonly observed: Observed;
  readonly run: ActiveRun;
  readonly spec: EffectiveSpec;
  readonly hands: Hands;
  readonly signal: AbortSignal;
}

type Slice = Extract<VerificationEnding, { kind: 'looked' }>;

const jobAgainMs = 5_000;
/** How long a slice reads before it looks whether somebody waits for the folder. */
const sliceMs = 60_000;
/** How long one pod reads: it cannot see who waits, and a large artifact needs its time. */
const podMs = 25 * 60_000;

/**
 * Answers a ring for a run of kind `verify`: reads back a slice of what counts, in this process where the store can be opened here, and else
 * in a pod of the backup. It ends when everything was read, when its time is over, or when a backup wants the folder; the next run then goes
 * on where this one stopped.
 */
export async function verify(observed: Observed, run: ActiveRun, hands: Hands, signal: AbortSignal): Promise<Outcome> {
  const { backup } = observed;
  const { spec } = backup;
  if (!spec) {
    const message = backup.refusals.map((refusal) => refusal.message).join('; ');
    return settle(observed, run, { kind: 'held', reason: 'SpecInvalid', message }, hands);
  }
  const begun = run.phase === 'Admitted' ? await begin(observed, run, hands) : run;
  if (!begun) return { kind: 'done' };
  const work: Work = { observed, run: begun, spec, hands, signal };
  const found = await findStore(backup, spec, hands, signal);
  if (isWait(found)) return settle(observed, run, { kind: 'held', ...found }, hands);
  // What is found is marked in the folder, so it must be ours.
  const claim = await claimStore(backup, found, hands, signal);
  if (isWait(claim)) return settle(observed, run, { kind: 'held', ...claim }, hands);
  const ending = await readOn(work, found);
  if (ending === 'running') return again(hands, jobAgainMs);
  if (ending.kind === 'looked' && ending.slice.remaining > 0 && !mustYield(backup, begun, hands.now()))
    return again(hands, 0);
  return settle(observed, run, ending, hands);
}

/** Undefined when the run is not ours any more. */
async function begin({ backup }: Observed, run: ActiveRun, hands: Hands): Promise<ActiveRun | undefined> {
  let begun: ActiveRun | undefined;
  await changeRecord(backup, run, hands, (status, _generation, now) => {
    const next = beginVerification(status, now);
    begun = next.activeRun;
    return next;
  });
  return begun;
}

async function readOn(work: Work, found: FoundStore): Promise<VerificationEnding | 'running'> {
  if (found.kind === 'agent') return readByAgent(work, found);
  try {
    return await readHere(work, found.store);
  } catch (error) {
    // Trouble with the store must not keep the folder's lock from the next backup; trouble with the API comes back by itself.
    if (!(error instanceof BackupError) || error instanceof KubeError) throw error;
    return { kind: 'held', reason: error.reason, message: error.message };
  }
}

async function readHere({ observed, run, hands, signal }: Work, store: ObjectStore): Promise<Slice> {
  const { now } = hands;
  const until = verifyUntil(observed.backup, run);
  const sliceEnd = now().getTime() + sliceMs;
  const halt = new AbortController();
  const timer = setTimeout(
    () => halt.abort('a backup wants the folder'),
    Math.max(0, until.getTime() - now().getTime()),
  );
  try {
    const slice = await verifyFolder(store, {
      run: run.id,
      round: new Date(run.round ?? run.recordedAt),
      now,
      enough: () => now().getTime() >= Math.min(sliceEnd, until.getTime()),
      halt: halt.signal,
      signal,
    });
    return { kind: 'looked', slice, folder: await stateOf(store, signal) };
  } finally {
    clearTimeout(timer);
  }
}

async function stateOf(store: ObjectStore, signal: AbortSignal): Promise<Slice['folder']> {
  const { entries } = await readCatalogue(store, signal);
  return folderState(chains(entries));
}

async function readByAgent(
  { observed: { backup }, run, spec, hands, signal }: Work,
  { access }: Extract<FoundStore, { kind: 'agent' }>,
): Promise<VerificationEnding | 'running'> {
  const now = hands.now();
  const until = new Date(Math.min(verifyUntil(backup, run).getTime(), now.getTime() + podMs));
  const plan = planVerification(backup, spec, { run, access, clusterId: await hands.clusterId(signal), until, now });
  const answer = await runAgentJob(backup, { plan, access, spec, hands, signal });
  if (answer === 'running') return 'running';
  if (answer === 'lost') {
    const message = "the pod that should read the store ended without a result; `kubectl describe` its Job's Events";
    return { kind: 'held', reason: 'EvidenceMissing', message };
  }
  if (isWait(answer)) return { kind: 'held', reason: answer.reason, message: answer.message };
  const { verification, folder } = answer;
  if (answer.outcome !== 'Failed' && verification && folder) return { kind: 'looked', slice: verification, folder };
  const reason = isReason(answer.reason) ? answer.reason : 'UnexpectedError';
  return { kind: 'held', reason, message: answer.message };
}

async function settle(
  { backup }: Observed,
  run: ActiveRun,
  ending: VerificationEnding,
  hands: Hands,
): Promise<Outcome> {
  let settled: ReturnType<typeof settleVerification> = {};
  const written = await changeRecord(backup, run, hands, (status, _generation, now) => {
    settled = settleVerification(status, ending, now);
    return settled;
  });
  if (written !== 'written') return { kind: 'done' };
  const { reason = 'Verified', message = '' } = settled.verification ?? {};
  hands.log.info(
    { backup: `${backup.key.namespace}/${backup.key.name}`, run: run.id, reason, ...countsOf(ending) },
    'verification settled',
  );
  const told = {
    type: reason === 'Verified' || reason === 'VerificationUnfinished' ? ('Normal' as const) : ('Warning' as const),
    reason:
      ending.kind === 'held'
        ? 'VerificationHeld'
        : reason === 'VerificationUnfinished'
          ? reason
          : 'VerificationCompleted',
    message: `run ${run.id}: ${message}`,
    id: `verified-${run.id}`,
  };
  for (const note of [told, ...damageNotes(backup.status, settled)]) await tell(backup, note, hands);
  return { kind: 'done' };
}

function countsOf(ending: VerificationEnding): Partial<VerifiedSlice> {
  return ending.kind === 'looked' ? ending.slice : {};
}

function again({ now }: Hands, ms: number): Outcome {
  return { kind: 'again', at: new Date(now().getTime() + ms), reason: 'VerificationDue' };
}
