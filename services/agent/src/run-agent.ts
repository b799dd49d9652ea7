import { openClock, openLog, type Clock, type Log } from '@holdfast/runtime';
import { agentEnv, BackupError, type AgentPlan, type AgentResult, type AgentVerb } from '@holdfast/types';
import { runBackup } from './backup/run-backup.ts';
import type { AgentConfig } from './config.ts';
import { openStore, type Context } from './context.ts';
import { earlierResult } from './report/earlier-result.ts';
import { report } from './report/report.ts';
import { runList } from './run-list.ts';
import { runProve } from './run-prove.ts';
import { runSweep } from './run-sweep.ts';

const verbs: Record<AgentVerb, (context: Context) => Promise<AgentResult>> = {
  backup: runBackup,
  prove: runProve,
  list: runList,
  sweep: runSweep,
};

/** Carries the plan out and leaves its result twice. Answers the exit code: 0 unless the verb failed. */
export async function runAgent(config: AgentConfig): Promise<number> {
  const plan = config[agentEnv.plan];
  const clock = openClock(config[agentEnv.clockFile]);
  const log = openLog('agent', clock);
  const stop = stopSignal(plan, clock, log);
  const context: Context = {
    plan,
    clock,
    log,
    signal: stop.signal,
    podUid: config[agentEnv.podUid],
    scratch: config[agentEnv.scratchFolder],
    secrets: [config.AWS_SECRET_ACCESS_KEY, config.AWS_SESSION_TOKEN].filter((secret) => secret !== undefined),
    ...(await openStore(plan, config)),
  };
  const startedAt = clock.now();
  const result =
    (await earlierResult(context)) ??
    (await verbs[plan.verb](context).catch((error: unknown) => failure(error, context, startedAt)));
  await report(result, context, config[agentEnv.terminationLog]);
  stop.end();
  log.info(
    { backup: `${plan.namespace}/${plan.backup}`, run: plan.run, reason: result.reason, outcome: result.outcome },
    'agent done',
  );
  return result.outcome === 'Failed' ? 1 : 0;
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
  return { signal: controller.signal, end: () => timer.abort() };
}

function failure(error: unknown, { plan, clock, log }: Context, startedAt: Date): AgentResult {
  const named = error instanceof BackupError ? error : undefined;
  if (!named) log.error({ err: error, run: plan.run, reason: 'UnexpectedError' }, 'failed without a name');
  return {
    v: 1,
    verb: plan.verb,
    run: plan.run,
    attempt: plan.attempt,
    outcome: 'Failed',
    reason: named?.reason ?? 'UnexpectedError',
    message: named?.message ?? 'the agent failed in a way that has no name yet; the stack is in the log of its pod',
    retry: named?.fate === 'terminal' ? 'no' : 'retry',
    startTime: startedAt.toISOString(),
    completionTime: clock.now().toISOString(),
    warnings: [],
    databases: [],
  };
}
