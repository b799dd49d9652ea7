/** What a metric is, without its prefix. Services export from here and `docs/metrics.md` is written from here, so the two cannot differ. */
export interface MetricEntry {
  readonly group: 'Freshness' | 'Outcome' | 'Chain' | 'Queue and workers' | 'Storage' | 'Retention' | 'Process';
  readonly kind: 'gauge' | 'counter' | 'histogram';
  /**
   * Who shows it: `leader`, the watcher that leads, so that sums over replicas never double; `loops`, each worker and retention process;
   * `each`, every process.
   */
  readonly from: 'leader' | 'watcher' | 'loops' | 'worker' | 'each';
  readonly labels: readonly string[];
  /** One sentence, shown on the page of metrics and in the docs. Units stand in the name. */
  readonly help: string;
}

const backup = ['namespace', 'name'] as const;

export const metricCatalogue = {
  info: {
    group: 'Freshness',
    kind: 'gauge',
    from: 'leader',
    labels: [...backup, 'suspended', 'target_kind', 'storage', 'type'],
    help: 'One for each backup, always 1; a label that a refused spec does not say is "unknown".',
  },
  last_success_timestamp_seconds: {
    group: 'Freshness',
    kind: 'gauge',
    from: 'leader',
    labels: backup,
    help: 'When the newest run that succeeded was complete.',
  },
  last_verified_timestamp_seconds: {
    group: 'Freshness',
    kind: 'gauge',
    from: 'leader',
    labels: [...backup, 'level'],
    help: 'When something was last proven at that level, by a run or by a verification of everything.',
  },
  restore_point_timestamp_seconds: {
    group: 'Freshness',
    kind: 'gauge',
    from: 'leader',
    labels: backup,
    help: 'Start of the newest run that a restore would bring back.',
  },
  expected_interval_seconds: {
    group: 'Freshness',
    kind: 'gauge',
    from: 'leader',
    labels: backup,
    help: 'Longer one of the present and the last time between two slots of the schedule.',
  },
  next_run_timestamp_seconds: {
    group: 'Freshness',
    kind: 'gauge',
    from: 'leader',
    labels: backup,
    help: 'Next slot of the schedule; absent while suspended.',
  },
  runs_total: {
    group: 'Outcome',
    kind: 'counter',
    from: 'leader',
    labels: [...backup, 'result', 'reason'],
    help: 'Runs that ended since the object was created.',
  },
  missed_slots_total: {
    group: 'Outcome',
    kind: 'counter',
    from: 'leader',
    labels: [...backup, 'reason'],
    help: 'Slots that passed without a run since the object was created.',
  },
  consecutive_failures: {
    group: 'Outcome',
    kind: 'gauge',
    from: 'leader',
    labels: backup,
    help: 'Runs that failed since the last one that did not.',
  },
  last_run_success: {
    group: 'Outcome',
    kind: 'gauge',
    from: 'leader',
    labels: backup,
    help: 'Whether the last run that ended succeeded; absent before the first.',
  },
  run_duration_seconds: {
    group: 'Outcome',
    kind: 'histogram',
    from: 'leader',
    labels: ['result'],
    help: 'How long runs took from their start to their end, counted since this process began to watch.',
  },
  last_duration_seconds: {
    group: 'Outcome',
    kind: 'gauge',
    from: 'leader',
    labels: backup,
    help: 'How long the last run took that left a result.',
  },
  last_size_bytes: {
    group: 'Outcome',
    kind: 'gauge',
    from: 'leader',
    labels: backup,
    help: 'How much the last run stored that left a result.',
  },
  phase: {
    group: 'Outcome',
    kind: 'gauge',
    from: 'leader',
    labels: [...backup, 'phase'],
    help: 'What a backup is doing: 1 for its present phase, no sample for the others.',
  },
  chain_state: {
    group: 'Chain',
    kind: 'gauge',
    from: 'leader',
    labels: [...backup, 'state'],
    help: 'Chains in the store, Whole or Broken, as whoever looked last found them.',
  },
  damaged_artifacts: {
    group: 'Chain',
    kind: 'gauge',
    from: 'leader',
    labels: backup,
    help: 'Artifacts in the store that must not be restored.',
  },
  queue_depth: {
    group: 'Queue and workers',
    kind: 'gauge',
    from: 'leader',
    labels: ['queue', 'state'],
    help: 'Runs that are due or not over, by where they stand, computed from the objects.',
  },
  queue_oldest_age_seconds: {
    group: 'Queue and workers',
    kind: 'gauge',
    from: 'leader',
    labels: ['queue'],
    help: 'How long the oldest run that is due or ready has been so; absent when there is none.',
  },
  queue_rings: {
    group: 'Queue and workers',
    kind: 'gauge',
    from: 'leader',
    labels: ['queue', 'state'],
    help: 'Rings that lie in Redis; absent while Redis does not answer.',
  },
  queue_wait_seconds: {
    group: 'Queue and workers',
    kind: 'histogram',
    from: 'loops',
    labels: ['queue'],
    help: 'How long rings had been due when a handler took them.',
  },
  runs_waiting: {
    group: 'Queue and workers',
    kind: 'gauge',
    from: 'leader',
    labels: ['reason'],
    help: 'Runs that wait for a place, a target, a store or credentials, by reason.',
  },
  storage_breaker_open: {
    group: 'Storage',
    kind: 'gauge',
    from: 'leader',
    labels: ['storage', 'reason'],
    help: 'Stores (endpoint, bucket and credential) whose runs are held because the store does not work, by type and reason.',
  },
  workers_busy: {
    group: 'Queue and workers',
    kind: 'gauge',
    from: 'loops',
    labels: [],
    help: 'Handlers at work now.',
  },
  workers_total: {
    group: 'Queue and workers',
    kind: 'gauge',
    from: 'loops',
    labels: [],
    help: 'Handlers that may work at once.',
  },
  queue_up: {
    group: 'Queue and workers',
    kind: 'gauge',
    from: 'each',
    labels: [],
    help: 'Whether Redis answers; absent until the first answer can be expected.',
  },
  queue_rebuilds_total: {
    group: 'Queue and workers',
    kind: 'counter',
    from: 'watcher',
    labels: [],
    help: 'How often Redis was found to have forgotten everything, and this watcher rang for all of it again.',
  },
  fenced_writes_total: {
    group: 'Queue and workers',
    kind: 'counter',
    from: 'each',
    labels: [],
    help: 'Writes of status that were withheld because the run had become another one.',
  },
  retention_held: {
    group: 'Retention',
    kind: 'gauge',
    from: 'leader',
    labels: [...backup, 'reason'],
    help: 'Why retention holds back: 1 for each reason in force.',
  },
  retention_plan_bytes: {
    group: 'Retention',
    kind: 'gauge',
    from: 'leader',
    labels: [...backup, 'action'],
    help: 'Bytes in the newest plan: that it keeps, removes (or removed), archives, or would if it did not wait for a person (hold).',
  },
  storage_used_bytes: {
    group: 'Storage',
    kind: 'gauge',
    from: 'leader',
    labels: backup,
    help: "Bytes that the volume of the backup's claim holds, also what others put there, when the last backup was done.",
  },
  storage_capacity_bytes: {
    group: 'Storage',
    kind: 'gauge',
    from: 'leader',
    labels: backup,
    help: "Bytes that the volume of the backup's claim can hold.",
  },
  storage_days_until_full: {
    group: 'Storage',
    kind: 'gauge',
    from: 'leader',
    labels: backup,
    help: 'Days until that volume is full at its growth of late; absent when nobody knows, or it does not grow.',
  },
  retention_removed_total: {
    group: 'Retention',
    kind: 'counter',
    from: 'leader',
    labels: [...backup, 'reason'],
    help: 'Artifacts that retention removed since the object was created.',
  },
  retention_reclaimed_bytes_total: {
    group: 'Retention',
    kind: 'counter',
    from: 'leader',
    labels: backup,
    help: 'Bytes that retention removed since the object was created, what failed runs left included.',
  },
  retention_archived_bytes_total: {
    group: 'Retention',
    kind: 'counter',
    from: 'leader',
    labels: backup,
    help: 'Bytes that retention moved into the archive since the object was created.',
  },
  retention_last_run_timestamp_seconds: {
    group: 'Retention',
    kind: 'gauge',
    from: 'leader',
    labels: backup,
    help: 'When retention last ended, whatever came of it; absent without a policy.',
  },
  build_info: {
    group: 'Process',
    kind: 'gauge',
    from: 'each',
    labels: ['service', 'version', 'node'],
    help: 'Which build runs; always 1.',
  },
  leader: {
    group: 'Process',
    kind: 'gauge',
    from: 'watcher',
    labels: [],
    help: 'Whether this replica leads.',
  },
  watch_restarts_total: {
    group: 'Process',
    kind: 'counter',
    from: 'watcher',
    labels: ['resource'],
    help: 'Watches begun anew.',
  },
  kube_requests_total: {
    group: 'Process',
    kind: 'counter',
    from: 'each',
    labels: ['code'],
    help: 'Requests to the Kubernetes API by HTTP status; "error" where no answer came.',
  },
  event_to_job_seconds: {
    group: 'Process',
    kind: 'histogram',
    from: 'worker',
    labels: [],
    help: 'From the event that the watcher saw to the Job that a worker created, for first attempts that waited for nothing.',
  },
  scrape_errors_total: {
    group: 'Process',
    kind: 'counter',
    from: 'each',
    labels: ['metric'],
    help: 'Metrics that could not be computed at a scrape.',
  },
} as const satisfies Readonly<Record<string, MetricEntry>>;

export type MetricName = keyof typeof metricCatalogue;
/** Names of the metrics of one kind. */
export type MetricOf<K extends MetricEntry['kind']> = {
  [N in MetricName]: (typeof metricCatalogue)[N]['kind'] extends K ? N : never;
}[MetricName];
export type LabelOf<N extends MetricName> = (typeof metricCatalogue)[N]['labels'][number];
