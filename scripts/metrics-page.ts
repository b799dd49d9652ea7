import { metricCatalogue, type MetricEntry } from '@holdfast/types';

type Catalogue = Readonly<Record<string, MetricEntry>>;

/** The page `docs/metrics.md`: prose, and one table for each group of the catalogue. */
export function metricsPage(catalogue: Catalogue = metricCatalogue): string {
  const groups = [...new Set(Object.values(catalogue).map(({ group }) => group))];
  const tables = groups.map((group) => {
    const rows = Object.entries(catalogue).filter(([, entry]) => entry.group === group);
    return [`### ${group}`, '', ...head, ...rows.map(([name, entry]) => row(name, entry)), ''].join('\n');
  });
  return [preface, ...tables, rest].join('\n');
}

const head = ['| Name | Kind | Labels | From | Meaning |', '|---|---|---|---|---|'];

function row(name: string, { kind, labels, from, help }: MetricEntry): string {
  const listed = labels.length > 0 ? `\`${labels.join(', ')}\`` : '–';
  return `| \`${name}\` | ${kind} | ${listed} | ${shownBy[from]} | ${help} |`;
}

const shownBy: Readonly<Record<MetricEntry['from'], string>> = {
  leader: 'leader',
  watcher: 'watchers',
  worker: 'workers',
  loops: 'workers, retention',
  each: 'all',
};

const preface = `# Metrics and health

Made by \`npm run generate\` from \`packages/types/src/metrics.ts\`; a change here is lost, make it there or in \`scripts/metrics-page.ts\`.

Each service serves \`/metrics\` in Prometheus' text format, \`/healthz\` and \`/readyz\`, on \`HOLDFAST_HTTP_PORT\`. The chart's pods carry the
annotations \`prometheus.io/scrape\`, \`port\` and \`path\`; \`metrics.serviceMonitor.enabled=true\` makes a ServiceMonitor. A scrape job of your
own needs \`honor_labels: true\`, or the \`namespace\` of a backup is called \`exported_namespace\`. Scrape every replica: one of the
watchers leads and shows what is computed from the objects, the others show only themselves, so sums never double.

## Names

All names begin with \`neo4jbackup_\`; times are seconds since the epoch, durations are seconds, sizes are bytes. A time that does not exist is
absent, never 0. Labels come from closed sets: \`namespace\` and \`name\` of a backup, \`reason\` from [reasons.md](reasons.md), \`result\` and \`phase\` as in
its status, \`queue\` one of \`backup\`, \`verify\`, \`retention\`. No label holds a text of an error. The series of a backup go away with it. Objects of
another operator (reason \`ManagedElsewhere\`) have none.
`;

const rest = `The defaults of prom-client for a Node process (\`process_…\`, \`nodejs_…\`) are shown, too, except three of its gauges that are called \`_total\`.

## Counting across restarts

\`runs_total\` and \`missed_slots_total\` are written into the objects (\`status.totals\`), in the same write as the entry of the history. Whoever leads
shows the same numbers, so nothing is lost or counted twice when a watcher dies, and a restart does not begin at 0. Take the highest over the
replicas before you compare two moments, since the series of another leader is another series for Prometheus:

\`\`\`promql
max without (instance, pod) (neo4jbackup_runs_total) - max without (instance, pod) (neo4jbackup_runs_total offset 1d)
\`\`\`

A series appears with the first end of its kind, and then is 1: an alert on failures reads \`consecutive_failures\`, which is there from the start. The
other counters and the histograms count since their process began; every watcher counts \`run_duration_seconds\`, and the leader shows it.

## Queues

\`queue_depth\` says where each run stands, by the objects and not by Redis:

| State | Meaning |
|---|---|
| \`due\` | the slot has come and no run is recorded yet |
| \`recorded\` | waits for a place; the limits say how many there are |
| \`ready\` | a worker should take it now: to create its Job, or to verify what its Job left (queue \`verify\`) |
| \`parked\` | waits for its target, its store, credentials, or the time of its next attempt |
| \`running\` | its Job, or a worker, is at it |

An autoscaler reads what workers are needed for: what is admitted, waiting ones included, since a worker looks again at what they wait for, and what is
due. A backup that is running needs no worker until its Job ends; retention and verifications need one all the time.

\`\`\`promql
# workers
sum(neo4jbackup_queue_depth{queue="backup",state=~"due|ready|parked"}) + sum(neo4jbackup_queue_depth{queue="verify",state!="recorded"})
# retention
sum(neo4jbackup_queue_depth{queue="retention",state!="recorded"})
\`\`\`

\`queue_rings\` is what lies in Redis; it may be less than what is ready until the leader notices that Redis has forgotten everything, which takes it
half a minute at most, and has rung anew.

## Useful questions

[alerts.md](alerts.md) lists the alerts that come with Holdfast.

\`\`\`promql
# older than twice the expected interval and half an hour
time() - neo4jbackup_last_success_timestamp_seconds > 2 * neo4jbackup_expected_interval_seconds + 1800
# never succeeded
neo4jbackup_info{suspended="false"} unless on (namespace, name) neo4jbackup_last_success_timestamp_seconds
# nobody takes what is ready, although there are free places
max by (queue) (neo4jbackup_queue_oldest_age_seconds) > 900 and on () sum(neo4jbackup_workers_busy) < sum(neo4jbackup_workers_total)
# the watcher sees nothing at all
absent(neo4jbackup_info)
\`\`\`

## Health

\`/healthz\` answers 503 when only a restart helps, and 200 otherwise, also when something is \`degraded\`. \`/readyz\` answers 503 with one line of JSON
whose \`reason\` says why, before a service is ready and when it stops. With \`HOLDFAST_METRICS_TOKEN\` details are only for who sends it.

| Check | Of | Degraded | Dead |
|---|---|---|---|
| \`queue\` | all | Redis does not answer (five seconds after a start at the earliest), may evict keys, is full or read-only | – |
| \`work\` | worker, retention | – | the loop that takes rings showed no sign of life for two minutes although Redis answers, or a handler has been at work for two hours |
| \`looks\` | the leading watcher | – | nothing was looked at again for three times \`HOLDFAST_RESYNC_SECONDS\` and a minute |

A watcher is ready when it has listed backups, Jobs and targets once, whether it leads or not.

## Not there yet

Chains (\`chain_length\`, \`chain_bytes\`, \`restore_estimate_seconds\`), what retention plans and removed, requests to stores and their breaker,
and \`objective_rpo_seconds\` (there are no objectives yet). Dashboards do not come with the chart yet, and of alerts these are missing: a broken objective, stale
verification, an unusual size, and retention that is held by a threshold.
`;
