import { expect, test } from 'vitest';
import { read, sentencesOf } from './a-spec.ts';

test('what is said of the pod is passed on', () => {
  const pod = {
    resources: { limits: { memory: '4Gi', cpu: 2 } },
    nodeSelector: { disk: 'fast' },
    tolerations: [{ key: 'backup', operator: 'Exists' }],
    affinity: { nodeAffinity: {} },
    priorityClassName: 'high',
  };
  const podTemplate = {
    labels: { team: 'a' },
    annotations: { 'example.com/x': 'y' },
    securityContext: {},
    imagePullSecrets: [{ name: 'registry' }],
    env: [{ name: 'TZ', value: 'UTC' }],
  };
  expect(read({ options: { ...pod, podTemplate } }).spec?.options.pod).toEqual({ ...pod, ...podTemplate });
});

test.each<[string, Record<string, unknown>]>([
  [
    'spec.options.resources.limits.memory is "lots"; write a Kubernetes quantity such as 100Gi',
    { options: { resources: { limits: { memory: 'lots' } } } },
  ],
  [
    'spec.options.podTemplate.labels sets app.kubernetes.io/managed-by, which Holdfast sets itself; remove it',
    { options: { podTemplate: { labels: { 'app.kubernetes.io/managed-by': 'me' } } } },
  ],
  [
    'spec.options.podTemplate.env[0].name is "HOLDFAST_PLAN", which Holdfast sets itself; choose another name',
    { options: { podTemplate: { env: [{ name: 'HOLDFAST_PLAN', value: '{}' }] } } },
  ],
])('%s', (sentence, difference) => {
  expect(sentencesOf(difference)).toContain(sentence);
});
