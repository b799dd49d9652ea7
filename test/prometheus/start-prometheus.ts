import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePort } from '../cluster/proxy/free-port.ts';
import { until } from '../until.ts';
import type { PrometheusPrograms } from './find-prometheus.ts';

/** One series and its value at the moment of a query. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A real Prometheus of a test's own, which looks at its targets every half second. */
export interface Prometheus {
  /** Says where each job's page is; others are forgotten. */
  watch(urls: Readonly<Record<string, string>>): void;
  /** What a PromQL expression gives now. */
  query(expression: string): Promise<Series[]>;
  /** The value of an expression with one series; undefined when it has none, an error when it has several. */
  value(expression: string): Promise<number | undefined>;
  stop(): Promise<void>;
}

export async function startPrometheus({ prometheus }: PrometheusPrograms): Promise<Prometheus> {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-prometheus-'));
  const targets = join(dir, 'targets.json');
  writeFileSync(targets, '[]');
  writeFileSync(join(dir, 'prometheus.yml'), stringify(configOf(targets)));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const log = openSync(join(dir, 'log'), 'a');
  const child = spawn(
    prometheus,
    [
      `--config.file=${join(dir, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(dir, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ['ignore', log, log], env: { PATH: process.env['PATH'] ?? '', GOMAXPROCS: '1' } },
  );
  closeSync(log);
  const gone = once(child, 'exit').catch(() => undefined);
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL'); // nothing of it is kept
    await gone;
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await until(async () => (await fetch(`${url}/-/ready`)).ok, { saying: 'Prometheus is ready' });
  } catch (error) {
    const said = readFileSync(join(dir, 'log'), 'utf8').slice(-2_000);
    await stop();
    throw new Error(`Prometheus did not start: ${said}`, { cause: error });
  }
  const query = (expression: string) => ask(url, expression);
  return {
    watch: (urls) => {
      // A cluster's Prometheus puts the pod's namespace on everything.
      const labelsOf = (job: string) => ({ job, namespace: 'holdfast' });
      const groups = Object.entries(urls).map(([job, page]) => ({
        targets: [new URL(page).host],
        labels: labelsOf(job),
      }));
      writeFileSync(`${targets}.new`, JSON.stringify(groups));
      renameSync(`${targets}.new`, targets); // it must never read half a file
    },
    query,
    async value(expression) {
      const found = await query(expression);
      if (found.length > 1) throw new Error(`${expression} gives ${found.length} series`);
      return found[0]?.value;
    },
    stop,
  };
}

function configOf(targets: string): object {
  return {
    global: { scrape_interval: '500ms', scrape_timeout: '500ms' },
    scrape_configs: [
      {
        job_name: 'services',
        honor_labels: true, // as the chart's ServiceMonitor has it
        file_sd_configs: [{ files: [targets], refresh_interval: '1s' }],
      },
    ],
  };
}

async function ask(url: string, expression: string): Promise<Series[]> {
  const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const { status, error, data } = (await answer.json()) as {
    status: string;
    error?: string;
    data?: { resultType: string; result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  if (status !== 'success' || data?.resultType !== 'vector') throw new Error(`${expression}: ${error ?? 'no vector'}`);
  return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}
