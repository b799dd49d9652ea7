import {
  claimStore,
  findStore,
  isWait,
  readPods,
  runAgentJob,
  type FoundStore,
  type PodEvidence,
  type Wait,
} from '@holdfast/access';
import {
  chains,
  conclude,
  folderState,
  planProof,
  type BackupFacts,
  type Evidence,
  type JobFacts,
  type StoreAccess,
} from '@holdfast/core';
import { KubeError } from '@holdfast/kube';
import type { Outcome } from '@holdfast/queue';
import { markDamage, proveRun, readAttempts, readCatalogue, type ObjectStore } from '@holdfast/storage';
import { BackupError, type ActiveRun, type AgentResult, type EffectiveSpec } from '@holdfast/types';
import type { Hands } from './hands.ts';
import { parkForName, parkForStorage } from './park.ts';
import { recordConclusion } from './record-conclusion.ts';

/** One run that is looked through. */
interface Look {
  readonly backup: BackupFacts;
  readonly run: ActiveRun;
  readonly spec: EffectiveSpec;
  readonly hands: Hands;
  readonly signal: AbortSignal;
}

type Found = Pick<Evidence, 'result' | 'findings'>;

const storeAgainMs = 60_000;
const proofAgainMs = 5_000;

/**
 * Stages 10 and 11: what a run left is held against the store, and the run is settled.
 * @param spec what the attempt was planned from, which may not be what the backup says by now
 * @param job absent when it went away before its result was read; then only the store can tell
 */
export async function finish(
  backup: BackupFacts,
  run: ActiveRun,
  spec: EffectiveSpec,
  job: JobFacts | undefined,
  hands: Hands,
  signal: AbortSignal,
): Promise<Outcome> {
  const look: Look = { backup, run, spec, hands, signal };
  const pods: PodEvidence = job ? await readPods(hands.kube, backup.key.namespace, job, run, signal) : {};
  const evidence = (found: Found): Evidence => ({
    attempt: run.attempt,
    // The attempt keeps its spec, a further one would not: where there is none to plan it from, there is none.
    retries: backup.spec?.options.retries ?? 0,
    ...found,
    ...(job && { job }),
    ...(pods.reason && { podReason: pods.reason }),
  });
  const conclusionOf = (found: Found) => ({ conclusion: conclude(evidence(found), hands.now()), spec });
  // A failure needs no proof, and the store may be what failed.
  if (pods.result?.outcome === 'Failed') {
    await recordConclusion(backup, run, conclusionOf({ result: pods.result }), hands);
    return { kind: 'done' };
  }
  const store = await findStore(backup, spec, hands, signal);
  if (isWait(store)) return parkForStorage(backup, run, store, hands);
  // Another cluster may have taken the folder over meanwhile: then nothing of what is found here may be marked there.
  const claim = await claimStore(backup, store, hands, signal);
  if (isWait(claim)) return parkForStorage(backup, run, claim, hands);
  const found = await findEvidence(look, store, pods);
  if (found === 'running')
    return { kind: 'again', at: new Date(hands.now().getTime() + proofAgainMs), reason: 'JobRunning' };
  if (isWait(found))
    return found.reason === 'NameTaken'
      ? parkForName(backup, run, found, hands)
      : parkForStorage(backup, run, found, hands);
  await recordConclusion(backup, run, conclusionOf(found), hands);
  return { kind: 'done' };
}

async function findEvidence(look: Look, store: FoundStore, { result }: PodEvidence): Promise<Found | 'running' | Wait> {
  if (store.kind === 'direct') return lookInStore(look, store.store, result);
  return result ? { result } : askPod(look, store.access);
}

/** A store that cannot be asked proves nothing in either direction: the run waits and says so. */
async function lookInStore(look: Look, store: ObjectStore, told: AgentResult | undefined): Promise<Found | Wait> {
  try {
    const result = told ?? (await storedResult(look, store));
    if (!result || result.outcome === 'Failed') return result ? { result } : {};
    return await prove(look, store, result);
  } catch (error) {
    if (!(error instanceof BackupError) || error instanceof KubeError) throw error;
    return { reason: error.reason, message: error.message, againMs: storeAgainMs };
  }
}

/** Documents that cannot be read are no evidence, which is for `conclude` to judge. */
async function storedResult({ run, hands, signal }: Look, store: ObjectStore): Promise<AgentResult | undefined> {
  try {
    return await readAttempts(store, run.id, signal);
  } catch (error) {
    if (!(error instanceof BackupError) || error.reason !== 'EvidenceMissing') throw error;
    hands.log.warn({ err: error, run: run.id, reason: error.reason }, 'the stored result cannot be read');
    return undefined;
  }
}

/** A success that names no manifests is none: silence is not evidence. What is missing or changed is marked, so that nobody builds on it. */
async function prove({ run, hands, signal }: Look, store: ObjectStore, result: AgentResult): Promise<Found> {
  const proof = await proveRun(store, run.id, signal);
  const claimed = result.counts?.succeeded ?? 1;
  if (proof.findings.length > 0) {
    await markDamage(store, proof, { run: run.id, at: hands.now(), signal });
    const { entries } = await readCatalogue(store, signal);
    return { result: { ...result, folder: folderState(chains(entries)) }, findings: proof.findings };
  }
  if (proof.manifests.length >= claimed) return { result, findings: [] };
  const message = `run ${run.id} reports ${claimed} artifacts, and ${proof.manifests.length} manifests stand in the store`;
  return { result, findings: [{ reason: 'EvidenceMissing', message }] };
}

/** Only the backup's own pods can see the store, so one of them looks and tells. */
async function askPod(look: Look, access: StoreAccess): Promise<Found | 'running' | Wait> {
  const { backup, run, spec, hands, signal } = look;
  const plan = planProof(backup, spec, { run, access, clusterId: await hands.clusterId(signal) });
  const proof = await runAgentJob(backup, { plan, access, spec, hands, signal });
  if (proof === 'lost') return {};
  if (proof === 'running' || isWait(proof)) return proof;
  // That it found nothing is not how the run ended: a pod that was killed may well succeed the next time.
  return proof.reason === 'EvidenceMissing' ? {} : { result: proof };
}
