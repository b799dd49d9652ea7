import { toTime } from '@holdfast/core';
import { openClock, openLog, type Clock, type Log } from '@holdfast/runtime';
import { agentEnv, BackupError, type AgentPlan, type AgentResult, type AgentVerb } from '@holdfast/types';
import { runBackup } from './backup/run-backup.ts';
import { requireOwnFolder } from './claim-folder.ts';
import { secretsOf, type AgentConfig } from './config.ts';
import { openStore, type Context } from './context.ts';
import { openKeys } from './open-keys.ts';
import { redacted, redactor } from './redact.ts';
import { report } from './report/report.ts';
import { runErase } from './run-erase.ts';
import { runList } from './run-list.ts';
import { runProve } from './run-prove.ts';
import { runSweep } from './run-sweep.ts';
import { runThaw } from './run-thaw.ts';
import { volumeOf } from './volume.ts';

const verbs: Record<AgentVerb, (context: Context) => Promise<AgentResult>> = {
  backup: runBackup,
  prove: runProve,
  list: runList,
  sweep: runSweep,
  thaw: runThaw,
  erase: runErase,
};

/** Carries the plan out and leaves its result twice. Answers the exit code: 0 unless the verb failed. */
export async function runAgent(config: AgentConfig): Promise<number> {
  const plan = config[agentEnv.plan];
  const clock = openClock(config[agentEnv.clockFile]);
  const log = openLog('agent', clock);
  const stop = stopSignal(plan, clock, log);
  const secrets = secretsOf(config);
  const podUid = config[agentEnv.podUid];
  const workVolume = config[agentEnv.workFolder];
  const scratch = config[agentEnv.scratchFolder];
  const given = { plan, clock, log, signal: stop.signal, podUid, scratch, secrets, ...(workVolume && { workVolume }) };
  const startedAt = clock.now();
  let store: Context['store'] | undefined;
  let result: AgentResult;
  try {
    const { hush, ...opened } = await openStore(plan, config);
    secrets.push(...(hush ?? []));
    // Every other verb writes or removes; `list` and `erase` look whose folder it is themselves, and leave no record of it.
    if (!['list', 'erase'].includes(plan.verb)) await requireOwnFolder({ ...given, ...opened });
    if (plan.verb !== 'erase') store = opened.store; // from here on also the result is left there
    const keys = await openKeys(plan, config[agentEnv.keysFolder]);
    secrets.push(...(keys?.secrets ?? []));
    const done = await verbs[plan.verb]({ ...given, ...opened, ...(keys && { keys: keys.ring }) });
    const volume = plan.verb === 'backup' ? await volumeOf({ ...given, ...opened }) : undefined;
    result = { ...done, ...(volume && { volume }) };
  } catch (error) {
    result = failure(error, given, startedAt);
  }
  // What the engine printed is quoted in messages, which end in a status that many may read.
  const safe = redacted(result, redactor(secrets));
  await report(safe, { ...(store && { store }), podUid, log }, config[agentEnv.terminationLog]);
  stop.end();
  const fields = { backup: `${plan.namespace}/${plan.backup}`, run: plan.run, reason: safe.reason };
  log.info({ ...fields, outcome: safe.outcome }, 'agent done');
  return safe.outcome === 'Failed' ? 1 : 0;
}

/** Fires at TERM or INT, and when the plan's time is over. */
function stopSignal(plan: AgentPlan, clock: Clock, log: Log): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals) => {
    log.warn({ signal: name, run: plan.run }, 'told to stop');
    controller.abort('Interrupted');
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  const timer = new AbortController();
  const deadline = new Date(clock.now().getTime() + plan.deadlineMs);
  clock.sleepUntil(deadline, timer.signal).then(
    () => controller.abort('DeadlineExceeded'),
    () => undefined, // ended in time
  );
  const end = () => {
    timer.abort();
    process.off('SIGTERM', stop).off('SIGINT', stop);
  };
  return { signal: controller.signal, end };
}

type Given = Pick<Context, 'plan' | 'clock' | 'log' | 'signal'>;

function failure(error: unknown, given: Given, startedAt: Date): AgentResult {
  const { plan, clock, log, signal } = given;
  const named = nameOf(error, signal);
  if (named.reason === 'UnexpectedError')
    log.error({ err: error, run: plan.run, reason: named.reason }, 'failed without a name');
  return {
    v: 1,
    verb: plan.verb,
    run: plan.run,
    attempt: plan.attempt,
    outcome: 'Failed',
    ...named,
    startTime: toTime(startedAt),
    completionTime: toTime(clock.now()),
    warnings: [],
    databases: [],
  };
}

/** Whatever goes wrong once the pod was told to stop goes wrong because of that. */
function nameOf(error: unknown, signal: AbortSignal): Pick<AgentResult, 'reason' | 'message' | 'retry'> {
  if (signal.aborted) {
    return signal.reason === 'DeadlineExceeded'
      ? { reason: 'DeadlineExceeded', message: 'the pod ran longer than its deadline and stopped', retry: 'retry' }
      : { reason: 'Interrupted', message: 'the pod was told to stop before it was done', retry: 'retry' };
  }
  if (error instanceof BackupError) {
    const { reason, message, fate } = error;
    return { reason, message, retry: fate === 'terminal' ? 'no' : 'retry' };
  }
  const message = 'the agent failed in a way that has no name yet; the stack is in the log of its pod';
  return { reason: 'UnexpectedError', message, retry: 'retry' };
}
