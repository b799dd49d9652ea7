import { constants } from 'node:os';
import type { Log } from './log.ts';

export interface ShutdownOptions {
  /** How long an orderly end may take from the first signal on. */
  readonly deadlineMs: number;
  readonly log: Log;
  /** How the process ends hard. */
  readonly exit: (code: number) => void;
}

/**
 * One AbortSignal for the whole process, aborted by the first SIGTERM or SIGINT. A second one, or the deadline, ends the
 * process hard. An error that nobody caught is logged and ends it with 1: what it left behind is found by looking again.
 * Returns the signal and what takes the listeners away.
 */
export function listenForShutdown({ deadlineMs, log, exit }: ShutdownOptions): {
  signal: AbortSignal;
  dispose: () => void;
} {
  const controller = new AbortController();
  let deadline: NodeJS.Timeout | undefined;
  const onSignal = (name: 'SIGTERM' | 'SIGINT') => {
    if (controller.signal.aborted) {
      log.warn({ signal: name }, 'second signal, ending at once');
      return exit(128 + constants.signals[name]);
    }
    log.info({ signal: name, deadlineMs }, 'stopping');
    deadline = setTimeout(() => {
      log.error({ deadlineMs }, 'did not stop in time, ending at once');
      exit(1);
    }, deadlineMs);
    deadline.unref();
    controller.abort(new Error(`stopped by ${name}`));
  };
  const onUncaught = (error: unknown) => {
    log.fatal({ err: error }, 'uncaught error');
    exit(1);
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  process.on('uncaughtException', onUncaught).on('unhandledRejection', onUncaught);
  const dispose = () => {
    clearTimeout(deadline);
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
    process.off('uncaughtException', onUncaught).off('unhandledRejection', onUncaught);
  };
  return { signal: controller.signal, dispose };
}
