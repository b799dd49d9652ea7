import { forbiddenValue, invalidValue, requiredValue, unsupportedValue } from '../api-error.ts';
import type { Cause } from '../api-error.ts';
import { at, clone, ensureObject, equal, fill, isObject, objectAt, textAt, shown } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import { CRON_JOB_COLUMNS, JOB_COLUMNS } from '../tables/workload-columns.ts';
import { defaultPodSpec } from './pod-defaults.ts';
import { validatePodSpec } from './pod-rules.ts';
import { defineResource } from './resource.ts';
import type { Resource } from './resource.ts';

/** Jobs are run by our controller; CronJobs are stored only. */
export const BATCH: readonly Resource[] = [
  defineResource({
    group: 'batch',
    kind: 'Job',
    plural: 'jobs',
    categories: ['all'],
    hasStatus: true,
    hasGeneration: true,
    columns: JOB_COLUMNS,
    rules: {
      defaults: defaultJob,
      onCreate: selectOwnPods,
      validate: validateJob,
      fields: { 'status.successful': (object) => shown(at(object, 'status', 'succeeded') ?? 0) },
    },
  }),
  defineResource({
    group: 'batch',
    kind: 'CronJob',
    plural: 'cronjobs',
    shortNames: ['cj'],
    categories: ['all'],
    hasStatus: true,
    hasGeneration: true,
    columns: CRON_JOB_COLUMNS,
    rules: {
      defaults: (object) =>
        fill(ensureObject(object, 'spec'), {
          concurrencyPolicy: 'Allow',
          suspend: false,
          successfulJobsHistoryLimit: 3,
          failedJobsHistoryLimit: 1,
        }),
    },
  }),
];

function defaultJob(object: KubeObject): void {
  const spec = ensureObject(object, 'spec');
  if (spec['completions'] === undefined && spec['parallelism'] === undefined) fill(spec, { completions: 1 });
  fill(spec, {
    parallelism: 1,
    backoffLimit: 6,
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: spec['podFailurePolicy'] === undefined ? 'TerminatingOrFailed' : 'Failed',
  });
  const template = spec['template'];
  if (isObject(template)) defaultPodSpec(ensureObject(template, 'spec'), 'Always');
}

/** The selector and the template's labels are made from the Job's own uid, so Jobs never share pods. */
function selectOwnPods(object: KubeObject): void {
  const spec = ensureObject(object, 'spec');
  object['status'] = {};
  if (spec['manualSelector'] === true) return;
  const uid = object.metadata.uid ?? '';
  spec['selector'] = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
  const template = ensureObject(spec, 'template');
  const labels = ensureObject(ensureObject(template, 'metadata'), 'labels');
  labels['batch.kubernetes.io/controller-uid'] = uid;
  labels['batch.kubernetes.io/job-name'] = object.metadata.name;
  labels['controller-uid'] = uid;
  labels['job-name'] = object.metadata.name;
  if (Object.keys(object.metadata.labels ?? {}).length === 0) object.metadata.labels = textMembers(labels);
}

function textMembers(labels: { [name: string]: unknown }): { [name: string]: string } {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]));
}

function validateJob(object: KubeObject, old?: KubeObject): Cause[] {
  const template = objectAt(object, 'spec', 'template', 'spec');
  const causes = validatePodSpec(template, 'spec.template.spec');
  const restartPolicy = textAt(template, 'restartPolicy');
  if (restartPolicy === 'Always') {
    const field = 'spec.template.spec.restartPolicy';
    causes.push(
      object.metadata.uid === undefined
        ? requiredValue(field, 'valid values: "OnFailure", "Never"')
        : unsupportedValue(field, restartPolicy, ['OnFailure', 'Never']),
    );
  }
  if (at(object, 'spec', 'podFailurePolicy') !== undefined && restartPolicy !== 'Never') {
    causes.push(
      invalidValue(
        'spec.template.spec.restartPolicy',
        restartPolicy,
        'only "Never" is supported when podFailurePolicy is specified',
      ),
    );
  }
  if (old) causes.push(...validateJobChange(object, old));
  return causes;
}

function validateJobChange(object: KubeObject, old: KubeObject): Cause[] {
  const causes: Cause[] = [];
  const frozen = [
    'completions',
    'selector',
    'completionMode',
    'podFailurePolicy',
    'backoffLimitPerIndex',
    'manualSelector',
  ];
  for (const name of frozen) {
    if (equal(at(object, 'spec', name), at(old, 'spec', name))) continue;
    causes.push(invalidValue(`spec.${name}`, at(object, 'spec', name), 'field is immutable'));
  }
  if (!equal(fixedTemplate(object, old), at(old, 'spec', 'template'))) {
    causes.push(invalidValue('spec.template', at(object, 'spec', 'template'), 'field is immutable'));
  }
  const isFinished = at(old, 'status', 'completionTime') !== undefined;
  if (isFinished && at(object, 'spec', 'suspend') === true && at(old, 'spec', 'suspend') !== true) {
    causes.push(forbiddenValue('spec.suspend', 'a finished job cannot be suspended'));
  }
  return causes;
}

/** A Job that never started may still have its pods placed elsewhere. */
function fixedTemplate(object: KubeObject, old: KubeObject): KubeObject[string] {
  const template = clone(at(object, 'spec', 'template'));
  if (at(old, 'spec', 'suspend') !== true || at(old, 'status', 'startTime') !== undefined || !isObject(template))
    return template;
  const spec = ensureObject(template, 'spec');
  for (const name of ['nodeSelector', 'tolerations', 'affinity', 'schedulingGates']) {
    const before = at(old, 'spec', 'template', 'spec', name);
    if (before === undefined) delete spec[name];
    else spec[name] = clone(before);
  }
  return template;
}
