import { numberAt, objectAt, objectsAt, textAt } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import type { Column } from '../resources/resource.ts';
import { AGE, NAME, pairs, pathColumn, textColumn } from './columns.ts';
import { ageOf, humanDuration } from './human-duration.ts';

const TEMPLATE = ['spec', 'template', 'spec', 'containers'];

const CONTAINERS = textColumn('Containers', (object) => listed(object, TEMPLATE, 'name'), 'wide');
const IMAGES = textColumn('Images', (object) => listed(object, TEMPLATE, 'image'), 'wide');
const SELECTOR = textColumn('Selector', (object) => pairs(objectAt(object, 'spec', 'selector', 'matchLabels')), 'wide');

export const JOB_COLUMNS: readonly Column[] = [
  NAME,
  textColumn('Status', jobStatusWord),
  textColumn('Completions', completions),
  textColumn('Duration', jobDuration),
  AGE,
  CONTAINERS,
  IMAGES,
  SELECTOR,
];

function jobStatusWord(job: KubeObject): string {
  const isTrue = (type: string): boolean =>
    objectsAt(job, 'status', 'conditions').some((each) => each['type'] === type && each['status'] === 'True');
  if (isTrue('Complete')) return 'Complete';
  if (isTrue('Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (isTrue('Suspended')) return 'Suspended';
  if (isTrue('FailureTarget')) return 'FailureTarget';
  if (isTrue('SuccessCriteriaMet')) return 'SuccessCriteriaMet';
  return 'Running';
}

function completions(job: KubeObject): string {
  const done = numberAt(job, 'status', 'succeeded') ?? 0;
  const wanted = numberAt(job, 'spec', 'completions');
  if (wanted !== undefined) return `${done}/${wanted}`;
  const parallelism = numberAt(job, 'spec', 'parallelism') ?? 1;
  return parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`;
}

function jobDuration(job: KubeObject, now: Date): string {
  const start = textAt(job, 'status', 'startTime');
  if (start === '') return '';
  const failed = objectsAt(job, 'status', 'conditions').find((each) => each['type'] === 'Failed');
  const end = textAt(job, 'status', 'completionTime') || textAt(failed, 'lastTransitionTime');
  return humanDuration((end === '' ? now.getTime() : Date.parse(end)) - Date.parse(start));
}

export const CRON_JOB_COLUMNS: readonly Column[] = [
  NAME,
  pathColumn('Schedule', ['spec', 'schedule']),
  pathColumn('Timezone', ['spec', 'timeZone']),
  textColumn('Suspend', (object) => (objectAt(object, 'spec')['suspend'] === true ? 'True' : 'False')),
  textColumn('Active', (object) => objectsAt(object, 'status', 'active').length),
  textColumn('Last Schedule', (object, now) => {
    const last = textAt(object, 'status', 'lastScheduleTime');
    return last === '' ? '<none>' : ageOf(last, now);
  }),
  AGE,
];

export const STATEFUL_SET_COLUMNS: readonly Column[] = [
  NAME,
  textColumn('Ready', readyReplicas),
  AGE,
  CONTAINERS,
  IMAGES,
];

export const DEPLOYMENT_COLUMNS: readonly Column[] = [
  NAME,
  textColumn('Ready', readyReplicas),
  textColumn('Up-to-date', (object) => numberAt(object, 'status', 'updatedReplicas') ?? 0),
  textColumn('Available', (object) => numberAt(object, 'status', 'availableReplicas') ?? 0),
  AGE,
  CONTAINERS,
  IMAGES,
  SELECTOR,
];

function readyReplicas(object: KubeObject): string {
  return `${numberAt(object, 'status', 'readyReplicas') ?? 0}/${numberAt(object, 'spec', 'replicas') ?? 0}`;
}

function listed(object: KubeObject, path: readonly string[], member: string): string {
  return objectsAt(object, ...path)
    .map((each) => textAt(each, member))
    .join(',');
}
