import type { Family } from './row.ts';

const pod = (podTemplate: object) => ({ options: { podTemplate } });
const env = (...variables: object[]) => pod({ env: variables });
const tolerations = (...each: object[]) => ({ options: { tolerations: each } });
const label = 'write a label name such as example.com/team';
const labelValue = 'write at most 63 letters, digits, "-", "_" and "."';

export const podFamily: Family = {
  taken: [
    {
      what: 'labels and annotations',
      spec: pod({
        labels: { team: 'graphs', 'example.com/x': '' },
        annotations: { 'sidecar.istio.io/inject': 'false' },
      }),
    },
    {
      what: 'a security context',
      spec: pod({ securityContext: { runAsUser: 7474, seccompProfile: { type: 'RuntimeDefault' } } }),
    },
    { what: 'no security context of ours', spec: pod({ securityContext: {} }) },
    { what: 'a registry', spec: pod({ imagePullSecrets: [{ name: 'registry' }] }) },
    { what: 'variables', spec: env({ name: 'HTTPS_PROXY', value: 'http://proxy:3128' }, { name: 'JAVA_OPTS' }) },
    {
      what: 'a variable from a Secret',
      spec: env({ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }),
    },
    {
      what: 'resources',
      spec: { options: { resources: { requests: { cpu: '500m', memory: '2Gi' }, limits: { cpu: 2, memory: '4Gi' } } } },
    },
    { what: 'nodes', spec: { options: { nodeSelector: { 'kubernetes.io/arch': 'amd64' } } } },
    { what: 'a taint', spec: tolerations({ key: 'backup', operator: 'Equal', value: 'yes', effect: 'NoSchedule' }) },
    { what: 'every taint', spec: tolerations({ operator: 'Exists' }) },
    {
      what: 'a taint for a while',
      spec: tolerations({ key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }),
    },
    {
      what: 'an affinity',
      spec: { options: { affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } } } },
    },
    { what: 'a priority', spec: { options: { priorityClassName: 'batch' } } },
  ],
  refused: [
    {
      what: 'a list for labels',
      spec: pod({ labels: [] }),
      server: 'spec.options.podTemplate.labels in body must be of type object: "array"',
    },
    {
      what: 'a number for a label',
      spec: pod({ labels: { a: 1 } }),
      server: 'spec.options.podTemplate.labels.a in body must be of type string: "integer"',
    },
    {
      what: 'containers of its own',
      spec: pod({ containers: [] }),
      server: 'unknown field "spec.options.podTemplate.containers"',
    },
    {
      what: 'a variable without a name',
      spec: env({ value: 'x' }),
      server: 'spec.options.podTemplate.env[0].name: Required value',
    },
    {
      what: 'an operator nobody has',
      spec: tolerations({ operator: 'Is' }),
      server: 'spec.options.tolerations[0].operator: Unsupported value: "Is"',
    },
    {
      what: 'claims of resources',
      spec: { options: { resources: { claims: [] } } },
      server: 'unknown field "spec.options.resources.claims"',
    },
    {
      what: 'a label of ours',
      spec: pod({ labels: { 'app.kubernetes.io/managed-by': 'me' } }),
      rule: 'which Holdfast sets itself; remove it',
    },
    {
      what: 'an annotation of ours',
      spec: pod({ annotations: { 'neo4j.neo4j.com/run-id': 'x' } }),
      rule: 'which Holdfast sets itself; remove it',
    },
    {
      what: 'a variable of ours',
      spec: env({ name: 'HOLDFAST_PLAN', value: '{}' }),
      rule: 'is a name that Holdfast sets itself; choose another name',
    },
    {
      what: 'a variable with a blank',
      spec: env({ name: 'A B', value: '' }),
      rule: 'write letters, digits and "_", no digit first',
    },
    {
      what: 'a variable from two places',
      spec: env({ name: 'A', value: 'x', valueFrom: {} }),
      rule: 'has both value and valueFrom; keep one of them',
    },
    { what: 'a label with a blank', spec: pod({ labels: { 'a b': 'x' } }), rule: label },
    { what: 'a label of 64 characters', spec: pod({ labels: { a: 'x'.repeat(64) } }), rule: labelValue },
    { what: 'a node with a blank', spec: { options: { nodeSelector: { disk: 'very fast' } } }, rule: labelValue },
    {
      what: 'a taint without a key',
      spec: tolerations({ value: 'x' }),
      rule: 'has no key, which only the operator Exists may leave out; name the key of the taint',
    },
    {
      what: 'a value that nobody compares',
      spec: tolerations({ key: 'a', operator: 'Exists', value: 'x' }),
      rule: 'has a value, which the operator Exists does not look at; remove the value',
    },
    {
      what: 'a while that never begins',
      spec: tolerations({ key: 'a', operator: 'Exists', tolerationSeconds: 60 }),
      rule: 'has tolerationSeconds, which only the effect NoExecute knows; remove it or set the effect to NoExecute',
    },
    {
      what: 'memory in words',
      spec: { options: { resources: { limits: { memory: 'lots' } } } },
      later: 'spec.options.resources.limits.memory is "lots"; write a Kubernetes quantity such as 100Gi',
    },
    {
      what: 'less than no processor',
      spec: { options: { resources: { requests: { cpu: -1 } } } },
      later: 'spec.options.resources.requests.cpu is "-1"; write a Kubernetes quantity such as 100Gi',
    },
  ],
};
