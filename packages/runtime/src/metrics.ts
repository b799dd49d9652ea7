import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics, type CounterConfiguration } from 'prom-client';

/** One value of a gauge. A value that does not exist has no sample; it is never 0. */
export interface Sample<L extends string = string> {
  readonly labels?: Readonly<Partial<Record<L, string | number>>>;
  readonly value: number;
}

interface Description<L extends string> {
  /** Without the prefix, as in the table of metrics. */
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly L[];
}

/** The metrics of one process. Every name gets the prefix `neo4jbackup_`. */
export interface Metrics {
  /** @param description `shown`, asked at each scrape: while it says no, nothing of the counter is shown, and it counts on. Left out: always. */
  counter<L extends string = never>(description: Description<L> & { readonly shown?: () => boolean }): Counter<L>;
  histogram<L extends string = never>(
    description: Description<L> & { readonly buckets?: readonly number[] },
  ): Histogram<L>;
  /** A gauge that somebody sets. */
  gauge<L extends string = never>(description: Description<L>): Gauge<L>;
  /**
   * A gauge computed at each scrape from what is true then: what is no longer in the samples drops out. When `collect` fails,
   * the gauge is absent, the failure is counted in `scrape_errors_total`, and the other metrics are still shown.
   */
  collected<L extends string = never>(
    description: Description<L> & { readonly collect: () => readonly Sample<L>[] | Promise<readonly Sample<L>[]> },
  ): void;
  /** Everything in Prometheus' text format. */
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
  const full = <L extends string>({ name, help, labelNames = [] }: Description<L>) => ({
    name: `${metricPrefix}${name}`,
    help,
    labelNames: [...labelNames],
    registers: [registry],
  });
  const buildLabels = ['service', 'version', 'node'] as const;
  new Gauge(full({ name: 'build_info', help: 'Which build runs; always 1.', labelNames: buildLabels })).set(
    { service, version, node: process.versions.node },
    1,
  );
  const errors = new Counter(
    full({ name: 'scrape_errors_total', help: 'Gauges that could not be computed.', labelNames: ['metric'] as const }),
  );
  return {
    counter: ({ shown = () => true, ...description }) => new DiscreetCounter(full(description), shown),
    histogram: (description) => {
      const { buckets } = description;
      return new Histogram({ ...full(description), ...(buckets ? { buckets: [...buckets] } : {}) });
    },
    gauge: (description) => new Gauge(full(description)),
    collected: (description) => {
      addCollected(full(description), description.collect, (error) => {
        errors.inc({ metric: description.name });
        onCollectError?.(description.name, error);
      });
    },
    scrape: async () => ({ body: await registry.metrics(), contentType: registry.contentType }),
  };
}

/** A counter that may be asked to say nothing; prom-client asks for the values by `get`. */
class DiscreetCounter<L extends string> extends Counter<L> {
  readonly #shown: () => boolean;

  constructor(configuration: CounterConfiguration<L>, shown: () => boolean) {
    super(configuration);
    this.#shown = shown;
  }

  override async get(): ReturnType<Counter<L>['get']> {
    const counted = await super.get();
    return this.#shown() ? counted : { ...counted, values: [] };
  }
}

function addCollected<L extends string>(
  description: { name: string; help: string; labelNames: L[]; registers: Registry[] },
  collect: () => readonly Sample<L>[] | Promise<readonly Sample<L>[]>,
  onError: (error: unknown) => void,
): void {
  const gauge: Gauge<L> = new Gauge({
    ...description,
    collect: async () => {
      clear(gauge, description.labelNames.length > 0);
      try {
        for (const { labels = {}, value } of await collect())
          gauge.set(labels as Partial<Record<L, string | number>>, value);
      } catch (error) {
        onError(error);
      }
    },
  });
  clear(gauge, description.labelNames.length > 0);
}

/** A gauge without labels begins as 0 and is reset to 0; removing its only sample makes it absent. */
function clear<L extends string>(gauge: Gauge<L>, hasLabels: boolean): void {
  gauge.reset();
  if (!hasLabels) gauge.remove();
}
