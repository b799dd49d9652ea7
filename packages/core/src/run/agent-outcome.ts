import type { AgentPlan, AgentResult, DatabaseOutcome, FolderState, Manifest, Reason } from '@holdfast/types';
import type { Finding } from '../check-artifact.ts';
import type { TypeChoice } from '../chains/choose-type.ts';
import type { EngineVerdict } from '../engine/judge-exit.ts';
import type { OutputReport } from '../engine/output.ts';
import { provenLevel } from './proven-level.ts';

/** What a pod knows when its engine is done. */
export interface AttemptFacts {
  readonly plan: AgentPlan;
  /** Of this run, those of earlier attempts and pods included. */
  readonly manifests: readonly Manifest[];
  /** Databases that the target's objects name. */
  readonly expected: readonly string[];
  /** Databases that the last good run brought. */
  readonly lastGood: readonly string[];
  readonly runs: readonly {
    readonly report: OutputReport;
    readonly verdict?: EngineVerdict;
    readonly exitCode?: number;
  }[];
  readonly choice: TypeChoice;
  /** Artifacts of this attempt that were verified and must not count, a sentence each. */
  readonly rejected?: readonly { readonly database: string; readonly message: string }[];
  /** What is wrong with what the run left, or with what it builds on. */
  readonly findings?: readonly Finding[];
  /** Checks that could not be made, a sentence each. */
  readonly remarks?: readonly string[];
  /** The folder's chains after this attempt. */
  readonly folder?: FolderState;
  readonly startedAt: Date;
}

/**
 * An attempt's outcome by evidence: it succeeded when each expected database has a manifest, whatever the exit code. A database that only the last run knew
 * leaves the expectation when all servers answered and none of them named it: it was dropped.
 */
export function agentOutcome(facts: AttemptFacts, now: Date): AgentResult {
  const { plan, manifests, runs, startedAt, choice, rejected = [], remarks = [], findings = [], folder } = facts;
  const done = new Map(manifests.map((manifest) => [manifest.database, manifest]));
  const expected = expectedDatabases(facts);
  const missing = expected.filter((name) => !done.has(name));
  const verdict = runs.find((run) => run.verdict)?.verdict;
  const unreachable = runs.flatMap(({ report }) => report.unreachable);
  const spoiled = rejected.filter(({ database }) => missing.includes(database));
  const ending =
    brokenEnding(findings) ??
    spoiledEnding(spoiled, done.size) ??
    endingOf({ missing, made: done.size, verdict, cutShort: isCutShort(plan, verdict) });
  const verified = provenLevel(manifests);
  const files = manifests.flatMap(({ objects }) => objects);
  return {
    v: 1,
    verb: 'backup',
    run: plan.run,
    attempt: plan.attempt,
    ...ending,
    startTime: startedAt.toISOString(),
    completionTime: now.toISOString(),
    ...(manifests.length > 0 && { type: manifests.some(({ type }) => type === 'FULL') ? 'FULL' : 'DIFF' }),
    typeReason: choice.reason,
    warnings: [
      ...(ending.outcome === 'Succeeded' && verdict ? [warningOf(verdict, unreachable)] : []),
      ...remarks.map((message) => ({ reason: 'NotFullyVerified' satisfies Reason, message })),
      ...insteadOfDiff(facts),
    ],
    counts: {
      expected: expected.length,
      succeeded: expected.length - missing.length,
      files: files.length,
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      durationMs: Math.max(0, now.getTime() - startedAt.getTime()),
    },
    databases: [...missing.map((name) => missed(name, facts)), ...[...done.values()].map(outcomeOf)],
    ...(verified && { verified }),
    ...(folder && { folder }),
  };
}

function expectedDatabases({ plan, expected, lastGood, runs, manifests }: AttemptFacts): string[] {
  if (!plan.engine?.databases.includes('*')) return [...expected];
  const named = runs.flatMap(({ report }) => report.databases.map(({ database }) => database));
  const seen = new Set([...named, ...manifests.map(({ database }) => database)]);
  // Where nothing was asked, nobody answered: a repeated pod that found everything done cannot say what was dropped.
  const allAnswered =
    runs.length > 0 && runs.every(({ report, verdict }) => !verdict && report.unreachable.length === 0);
  // An engine that was asked for everything and is silent about it has not said that everything was dropped.
  const toldOfMore = [...seen].some((name) => name !== 'system');
  const stillThere = allAnswered && toldOfMore ? lastGood.filter((name) => seen.has(name)) : lastGood;
  return [...new Set([...expected, ...seen, ...stillThere])];
}

/** Another attempt of the same run would find its manifests and do nothing; the next run takes a FULL. */
function brokenEnding([finding]: readonly Finding[]): ReturnType<typeof endingOf> | undefined {
  return finding && { outcome: 'Failed', reason: finding.reason, message: finding.message, retry: 'no' };
}

/** A spoiled artifact outweighs whatever else is missing: its database is backed up again, with a FULL. */
function spoiledEnding(
  spoiled: NonNullable<AttemptFacts['rejected']>,
  made: number,
): Pick<AgentResult, 'outcome' | 'reason' | 'message' | 'retry'> | undefined {
  if (spoiled.length === 0) return undefined;
  const message = spoiled.map((one) => `${one.database}: ${one.message}`).join('; ');
  const outcome = made > 0 ? 'PartiallySucceeded' : 'Failed';
  return { outcome, reason: 'VerificationFailed' satisfies Reason, message, retry: 'retry' };
}

/** An engine that was asked for everything and stopped by us has not come to what it would have brought next. */
function isCutShort({ engine }: AgentPlan, verdict: EngineVerdict | undefined): boolean {
  const stopped = ['Stalled', 'DeadlineExceeded', 'Interrupted'].includes(verdict?.reason ?? '');
  return stopped && engine?.databases.includes('*') === true;
}

function endingOf({
  missing,
  made,
  verdict,
  cutShort,
}: {
  missing: readonly string[];
  made: number;
  verdict: EngineVerdict | undefined;
  cutShort: boolean;
}): Pick<AgentResult, 'outcome' | 'reason' | 'message' | 'retry'> {
  if (missing.length === 0 && made > 0 && !cutShort) {
    return {
      outcome: 'Succeeded',
      reason: 'Succeeded',
      message: `${made} ${made === 1 ? 'database' : 'databases'} backed up`,
      retry: 'no',
    };
  }
  const because = verdict ? `: ${verdict.message}` : '';
  if (made > 0) {
    const whose = missing.length > 0 ? missing.join(', ') : 'whatever else there is';
    const message = `no new artifact of ${whose}${because}`;
    return { outcome: 'PartiallySucceeded', reason: 'DatabaseMissing', message, retry: 'retry' };
  }
  if (verdict)
    return {
      outcome: 'Failed',
      reason: verdict.reason,
      message: verdict.message,
      retry: verdict.fate === 'transient' ? 'retry' : 'no',
    };
  const message =
    'neo4j-admin ended without an error and left no readable artifact; its log is beside the run in the store';
  return { outcome: 'Failed', reason: 'EvidenceMissing' satisfies Reason, message, retry: 'retry' };
}

/** Who asked for a DIFF and got a FULL for want of a chain in reach can do something about it. */
function insteadOfDiff({ plan, choice }: AttemptFacts): AgentResult['warnings'] {
  if (plan.engine?.backupType !== 'DIFF' || choice.reason !== 'NoWorkVolume') return [];
  return [{ reason: choice.reason, message: `a DIFF was asked for and a FULL was taken: ${choice.message}` }];
}

function warningOf(verdict: EngineVerdict, unreachable: readonly string[]): AgentResult['warnings'][number] {
  const where = unreachable.length > 0 ? ` (${[...new Set(unreachable)].join(', ')})` : '';
  return {
    reason: 'SourceUnreachable',
    message: `every database was backed up, and neo4j-admin reports trouble${where}: ${verdict.message}`,
  };
}

function missed(name: string, { runs, rejected = [] }: AttemptFacts): DatabaseOutcome {
  const spoiled = rejected.find(({ database }) => database === name);
  if (spoiled) return { name, error: spoiled.message };
  const said = runs
    .flatMap(({ report }) => report.databases)
    .find(({ database, failure }) => database === name && failure !== undefined);
  return { name, error: said?.failure ?? 'no new artifact' };
}

function outcomeOf({ database, artifact, type, bytes, lowestTx, highestTx, chain }: Manifest): DatabaseOutcome {
  return { name: database, artifact, type, bytes, lowestTx, highestTx, chain };
}
