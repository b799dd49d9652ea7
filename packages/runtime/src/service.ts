import { z } from 'zod';
import { openClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { ConfigError, parseConfig } from './config.ts';
import { Health } from './health.ts';
import { openProbes } from './http.ts';
import type { Probes } from './http.ts';
import { openLog } from './log.ts';
import type { Log } from './log.ts';
import { openMetrics } from './metrics.ts';
import type { Metrics } from './metrics.ts';
import { listenForShutdown } from './shutdown.ts';
import { letYoungMemoryGrow } from './young-memory.ts';

/** What every service can be told. */
export const serviceConfig = z.object({
  HOLDFAST_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  /** A dev cluster's clock. */
  HOLDFAST_CLOCK_FILE: z.string().optional(),
  /** Where health and metrics are served; 0 takes a free port. */
  HOLDFAST_HTTP_PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  HOLDFAST_HTTP_HOST: z.string().optional(),
  HOLDFAST_METRICS_TOKEN: z.string().min(16).optional(),
  /** Keep it below the pod's termination grace period. */
  HOLDFAST_SHUTDOWN_SECONDS: z.coerce.number().min(0).max(3600).default(25),
});

/** What a service's work is given. */
export interface ServiceContext<C> {
  /** Aborted when the process is to stop: finish what is at hand and return. */
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly health: Health;
  /** The service's own variables, parsed. */
  readonly config: C;
  /** From the first signal on, milliseconds until the process ends hard. */
  readonly shutdownMs: number;
}

export interface ServiceOptions<S extends z.ZodObject> {
  /** Schema of the service's own variables; its mistakes are reported together with those of `serviceConfig`. */
  readonly config?: S;
  readonly version?: string;
  /** Where variables are read. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** The schema of a service without variables of its own. */
const nothing = z.object({});

type Ending = 0 | 1 | 2;

/**
 * Runs one service as this process: configuration, log, clock, metrics and health around `work`, and an orderly end. The process
 * exits with 0 when `work` returns, 1 when it throws, 2 when the configuration is wrong. `work` says `health.setReady()`
 * when it wants work.
 */
export async function runService<S extends z.ZodObject = typeof nothing>(
  name: string,
  work: (context: ServiceContext<z.output<S>>) => Promise<void>,
  options: ServiceOptions<S> = {},
): Promise<void> {
  const code = await runToCode(name, work, options);
  process.exit(code); // an idle socket somewhere must not keep a finished service alive
}

async function runToCode<S extends z.ZodObject>(
  name: string,
  work: (context: ServiceContext<z.output<S>>) => Promise<void>,
  { config: schema, version = '0.0.0', env = process.env }: ServiceOptions<S>,
): Promise<Ending> {
  let settings: ReturnType<typeof parseAll<S>>;
  try {
    settings = parseAll(schema, env);
  } catch (error) {
    openLog(name, openClock()).fatal(
      error instanceof ConfigError ? { problems: error.problems } : { err: error },
      'wrong configuration',
    );
    return 2;
  }
  const { service, config } = settings;
  const clock = openClock(service.HOLDFAST_CLOCK_FILE);
  const log = openLog(name, clock, { level: service.HOLDFAST_LOG_LEVEL });
  const shutdownMs = service.HOLDFAST_SHUTDOWN_SECONDS * 1000;
  const { signal, dispose } = listenForShutdown({ deadlineMs: shutdownMs, log, exit: (code) => process.exit(code) });
  const metrics = openMetrics(name, {
    version,
    onCollectError: (metric, err) => log.error({ err, metric }, 'metric could not be computed'),
  });
  const health = new Health(letYoungMemoryGrow);
  signal.addEventListener('abort', () => health.setNotReady('it stops'), { once: true });
  let probes: Probes | undefined;
  try {
    const { HOLDFAST_HTTP_PORT: port, HOLDFAST_HTTP_HOST: host, HOLDFAST_METRICS_TOKEN: token } = service;
    probes = await openProbes({ port, token, health, metrics, log, ...(host === undefined ? {} : { host }) });
    await work({ signal, log, clock, metrics, health, config, shutdownMs });
    log.info('stopped');
    return 0;
  } catch (error) {
    return endedBy(error, signal, log);
  } finally {
    await probes?.close();
    dispose();
  }
}

/** Both schemas at once, so that a person who starts a service reads all mistakes the first time. */
function parseAll<S extends z.ZodObject>(
  schema: S | undefined,
  env: Readonly<Record<string, string | undefined>>,
): { service: z.output<typeof serviceConfig>; config: z.output<S> } {
  const problems: string[] = [];
  const collect = <T extends z.ZodObject>(each: T): z.output<T> | undefined => {
    try {
      return parseConfig(each, env);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const service = collect(serviceConfig);
  const config = schema ? collect(schema) : ({} as z.output<S>);
  if (!service || !config) throw new ConfigError([...new Set(problems)]);
  return { service, config };
}

function endedBy(error: unknown, signal: AbortSignal, log: Log): Ending {
  if (signal.aborted && error === signal.reason) {
    log.info('stopped');
    return 0;
  }
  if (error instanceof ConfigError) {
    log.fatal({ problems: error.problems }, 'wrong configuration');
    return 2;
  }
  log.fatal({ err: error }, 'failed');
  return 1;
}
