import type { BackupFacts } from '@holdfast/core';
import type { Metrics, SamplesOf } from '@holdfast/runtime';
import type { MetricOf } from '@holdfast/types';

/** Adds a metric that is computed from each backup at each scrape. A backup that is removed drops out. */
export type ShowOfBackups = <N extends MetricOf<'gauge' | 'counter'>>(
  name: N,
  samples: (facts: BackupFacts) => SamplesOf<N>,
) => void;

/** Objects of another operator are left out: their status may mean anything. */
export function openOfBackups(metrics: Metrics, backups: () => Iterable<BackupFacts>): ShowOfBackups {
  return (name, samples) => {
    metrics.collected(name, () => {
      const all: SamplesOf<typeof name>[number][] = [];
      for (const facts of backups()) if (!facts.foreign) all.push(...samples(facts));
      return all;
    });
  };
}

/** One sample of a backup; none where there is no value. */
export function own<L extends string = never>(
  { key }: BackupFacts,
  value: number | undefined,
  more?: Readonly<Record<L, string>>,
): readonly { readonly labels: Readonly<Record<'namespace' | 'name' | L, string>>; readonly value: number }[] {
  if (value === undefined || !Number.isFinite(value)) return [];
  const labels = { namespace: key.namespace, name: key.name, ...more } as Record<'namespace' | 'name' | L, string>;
  return [{ labels, value }];
}

/** A time of the status in seconds; undefined where there is none. */
export function seconds(time: string | undefined): number | undefined {
  return time === undefined ? undefined : Date.parse(time) / 1000;
}
