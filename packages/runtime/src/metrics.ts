import { metricCatalogue, type LabelOf, type MetricName, type MetricOf } from '@holdfast/types';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** One value of a metric. A value that does not exist has no sample; it is never 0. */
export interface Sample<L extends string = string> {
  readonly labels?: Readonly<Partial<Record<L, string | number>>>;
  readonly value: number;
}

/** Samples of one metric of the catalogue. */
export type SamplesOf<N extends MetricName> = readonly Sample<LabelOf<N>>[];

/** The metrics of one process, by their names in the catalogue; the page shows each with the prefix `neo4jbackup_`. */
export interface Metrics {
  /** A counter that somebody moves on. It begins at 0 with the process. */
  counter<N extends MetricOf<'counter'>>(name: N): Counter<LabelOf<N>>;
  /** @param options.shown asked at each scrape: while it says no, nothing of the histogram is shown, and it counts on. Left out: always. */
  histogram<N extends MetricOf<'histogram'>>(
    name: N,
    options: { readonly buckets: readonly number[]; readonly shown?: () => boolean },
  ): Histogram<LabelOf<N>>;
  /**
   * A gauge or a counter computed at each scrape from what is true then: what is no longer in the samples drops out. When `collect`
   * fails, the metric is absent, the failure is counted in `scrape_errors_total`, and the other metrics are still shown.
   */
  collected<N extends MetricOf<'gauge' | 'counter'>>(
    name: N,
    collect: () => SamplesOf<N> | Promise<SamplesOf<N>>,
  ): void;
  /** Everything in Prometheus' text format. Who asks while another page is made gets that one. */
  scrape(): Promise<{ readonly contentType: string; readonly body: string }>;
}

export interface MetricsOptions {
  readonly version: string;
  readonly onCollectError?: (name: string, error: unknown) => void;
}

export const metricPrefix = 'neo4jbackup_';

/** Opens an own registry with the defaults of a Node process and `build_info`. */
export function openMetrics(service: string, { version, onCollectError }: MetricsOptions): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);
  const hidden: { readonly name: string; readonly histogram: Histogram; readonly shown: () => boolean }[] = [];
  const described = <N extends MetricName>(name: N) => ({
    name: `${metricPrefix}${name}`,
    help: metricCatalogue[name].help,
    labelNames: [...metricCatalogue[name].labels] as LabelOf<N>[],
    registers: [registry],
  });
  new Gauge(described('build_info')).set({ service, version, node: process.versions.node }, 1);
  const errors = new Counter(described('scrape_errors_total'));
  const write = async () => {
    for (const { name, histogram, shown } of hidden) {
      if (shown()) registry.registerMetric(histogram);
      else registry.removeSingleMetric(name);
    }
    return { body: await registry.metrics(), contentType: registry.contentType };
  };
  let underWay: ReturnType<typeof write> | undefined;
  return {
    counter: (name) => new Counter(described(name)),
    histogram: (name, { buckets, shown }) => {
      const description = described(name);
      const histogram = new Histogram({ ...description, buckets: [...buckets] });
      if (shown) hidden.push({ name: description.name, histogram, shown });
      return histogram;
    },
    collected: (name, collect) => {
      addCollected(metricCatalogue[name].kind, described(name), collect, (error) => {
        errors.inc({ metric: name });
        onCollectError?.(name, error);
      });
    },
    scrape: () => (underWay ??= write().finally(() => (underWay = undefined))),
  };
}

/** Gauges that the library calls `_total`, which only counters may be called; each is the sum of another metric. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

function addCollected<L extends string>(
  kind: 'gauge' | 'counter',
  description: { name: string; help: string; labelNames: L[]; registers: Registry[] },
  collect: () => readonly Sample<L>[] | Promise<readonly Sample<L>[]>,
  onError: (error: unknown) => void,
): void {
  const fill = async () => {
    let samples: readonly Sample<L>[] = [];
    try {
      samples = await collect();
    } catch (error) {
      onError(error);
    }
    forget();
    for (const { labels = {}, value } of samples) put(labels, value);
  };
  const metric =
    kind === 'counter'
      ? new Counter<L>({ ...description, collect: fill })
      : new Gauge<L>({ ...description, collect: fill });
  const put = (labels: Partial<Record<L, string | number>>, value: number) =>
    metric instanceof Counter ? metric.inc(labels, value) : metric.set(labels, value);
  /** A metric without labels begins as 0 and is reset to 0; removing its only sample makes it absent. */
  const forget = () => {
    metric.reset();
    if (description.labelNames.length === 0) metric.remove();
  };
  forget();
}
