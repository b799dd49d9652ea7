import { join } from 'node:path';
import {
  agentOutcome,
  chains,
  chooseType,
  currentChains,
  databasesOfLastRun,
  folderState,
  notToExtend,
  rejectedMarks,
  type TypeChoice,
  type TypeQuestion,
} from '@holdfast/core';
import { BackupError, type AgentPlan, type AgentResult, type Manifest } from '@holdfast/types';
import type { Context } from '../context.ts';
import { beginRun } from './begun.ts';
import { earlierAttempt, isDone, stillOwed } from './earlier-attempt.ts';
import { openEngine, type EngineRun } from './engine.ts';
import { openDirect } from './direct/open-direct.ts';
import { lookAtFolder, recordNew } from './folder.ts';
import { proveWhatCounts } from './marks.ts';
import { keepLog } from './keep-log.ts';
import { madeBefore } from './made.ts';
import { openRunLog, type RunLog } from './run-log.ts';
import { openStaged } from './staged/open-staged.ts';
import type { Folder, OpenDesk } from './transfer.ts';

/**
 * The verb `backup`: look at what the folder holds, choose FULL or DIFF, run the engine, find out what it made, bring it into the store,
 * write the manifests last. A repeated pod begins with what its predecessor left and ends with it when nothing is missing.
 */
export async function runBackup(context: Context): Promise<AgentResult> {
  const { plan } = context;
  if (!plan.engine)
    throw new BackupError(
      'UnexpectedError',
      'terminal',
      'the plan of a backup names no engine; the Job was not made by Holdfast',
    );
  const earlier = await earlierAttempt(context);
  if (isDone(earlier, plan.attempt)) return earlier;
  const runLog = openRunLog(join(context.scratch, 'run.log'), context.secrets);
  try {
    const owed = [...stillOwed(earlier), ...(await madeBefore(context))];
    return await openAndBackUp(plan.engine, owed, context, runLog);
  } finally {
    await runLog.close();
    await keepLog(context, runLog.file);
  }
}

const open = { direct: openDirect, staged: openStaged };

type EnginePlan = NonNullable<AgentPlan['engine']>;

async function openAndBackUp(
  asked: EnginePlan,
  owed: readonly string[],
  context: Context,
  runLog: RunLog,
): Promise<AgentResult> {
  const startedAt = context.clock.now();
  const engine = await openEngine(asked, context, runLog);
  const desk = { context, engine, runLog };
  const transfer = await open[asked.mode](desk);
  try {
    return await backup(asked, { owed, startedAt }, { ...desk, transfer });
  } finally {
    await transfer.close();
  }
}

async function backup(
  asked: EnginePlan,
  { owed, startedAt }: { owed: readonly string[]; startedAt: Date },
  desk: OpenDesk,
): Promise<AgentResult> {
  const { context, engine, runLog, transfer } = desk;
  const { plan, clock, signal } = context;
  const folder = await lookAtFolder(desk);
  await beginRun(context, startedAt);

  const lastGood = [...new Set([...databasesOfLastRun(folder.entries, plan.run, asked.lastGoodRun), ...owed])];
  const everything = asked.databases.includes('*');
  const expected = [...new Set([...asked.expected, ...(everything ? lastGood : [])])];
  const choice = await choose(asked, { expected, now: startedAt }, folder, desk);
  const runs: EngineRun[] = [];
  const ask = async (databases: readonly string[]) => {
    const why = `${choice.reason}: ${choice.message}`;
    runLog.say(`run ${plan.run}: ${choice.type} backup of ${databases.join(', ')} (${why})`);
    const lastFullBytes = bytesOfLastFulls(databases, folder);
    runs.push(await engine.backup({ type: choice.type, databases, to: transfer.place, lastFullBytes, signal }));
    await recordNew(folder, desk, startedAt);
  };
  const wanted = stillWanted(asked.databases, expected, doneBy(plan.run, folder));
  if (wanted.length > 0) await ask(wanted);
  else
    runLog.say(`an earlier pod of run ${plan.run} left a manifest for every expected database; nothing is left to do`);
  // Whether "*" includes the system database differs between versions, so it is asked for by name when it did not come.
  const done = doneBy(plan.run, folder);
  const wantsSystem = everything && !done.has('system');
  // After an engine that named nothing, an artifact of `system` alone would only make the run look half done.
  const silent = done.size === 0 && runs.every(({ report }) => report.databases.length === 0);
  if (wantsSystem && !silent && !signal.aborted) await ask(['system']);
  const manifests = folder.entries.map(({ manifest }) => manifest).filter(({ run }) => run === plan.run);
  const findings = await proveWhatCounts(folder, desk);
  const { rejected, remarks } = folder;
  const state = folderState(chains(folder.entries));
  const facts = { plan, manifests, expected: asked.expected, lastGood, runs, choice, startedAt };
  return agentOutcome({ ...facts, rejected, remarks, findings, folder: state }, clock.now());
}

/** Chains are only brought into reach where the choice would build on them. */
async function choose(
  asked: EnginePlan,
  { expected, now }: Pick<TypeQuestion, 'expected' | 'now'>,
  folder: Folder,
  { context, transfer }: OpenDesk,
): Promise<TypeChoice> {
  const known = chains(folder.entries);
  const question: TypeQuestion = {
    asked: asked.backupType,
    expected,
    chains: known,
    suspect: notToExtend(known, rejectedMarks(folder.entries, folder.marks)),
    limits: asked.chainLimits,
    forceFull: folder.forceFull ?? asked.forceFull,
    now,
  };
  const choice = chooseType(question);
  if (choice.type === 'FULL') return choice;
  const done = doneBy(context.plan.run, folder);
  const current = [...currentChains(question)].flatMap(([name, chain]) => (chain && !done.has(name) ? [chain] : []));
  return chooseType({
    ...question,
    outOfReach: await transfer.outOfReach(current, { asked: asked.backupType, folder }),
  });
}

/** What must still be asked of the engine: everything, or by name what an earlier attempt or pod of this run did not bring. */
function stillWanted(
  asked: readonly string[],
  expected: readonly string[],
  done: ReadonlySet<string>,
): readonly string[] {
  return done.size === 0 ? asked : expected.filter((name) => !done.has(name));
}

function bytesOfLastFulls(databases: readonly string[], { entries }: Folder): number {
  const fulls = new Map<string, Manifest>();
  for (const { manifest } of entries) {
    if (manifest.type !== 'FULL' || !(databases.includes('*') || databases.includes(manifest.database))) continue;
    const known = fulls.get(manifest.database);
    if (!known || manifest.artifactTime > known.artifactTime) fulls.set(manifest.database, manifest);
  }
  return [...fulls.values()].reduce((sum, { encryption, bytes }) => sum + (encryption?.plainBytes ?? bytes), 0);
}

function doneBy(run: string, { entries }: Folder): ReadonlySet<string> {
  return new Set(entries.filter(({ manifest }) => manifest.run === run).map(({ manifest }) => manifest.database));
}
