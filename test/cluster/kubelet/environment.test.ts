import { expect, test } from 'vitest';
import { containerEnvironment, expand, type ValueSource } from './environment.ts';
import type { Container, Pod } from './pod-types.ts';

const facts = { podIP: '127.9.9.9', hostIP: '127.0.0.1' };
const source: ValueSource = {
  secret: async (_, name) => (name === 'keys' ? { id: Buffer.from('abc') } : undefined),
  configMap: async (_, name) => (name === 'settings' ? { A: Buffer.from('1'), B: Buffer.from('2') } : undefined),
};

test.each([
  ['$(A)-$(B)', '1-$(B)'],
  ['$$(A)', '$(A)'],
  ['$A ${A}', '$A ${A}'],
])('%s expands to %s', (text, expected) => {
  expect(expand(text, { A: '1' })).toBe(expected);
});

test('values come from text, Secrets, ConfigMaps, the pod and its resources', async () => {
  const container: Container = {
    name: 'c',
    image: 'i',
    resources: { limits: { memory: '2Gi', cpu: '1500m' } },
    envFrom: [{ prefix: 'S_', configMapRef: { name: 'settings' } }],
    env: [
      { name: 'ID', valueFrom: { secretKeyRef: { name: 'keys', key: 'id' } } },
      { name: 'BOTH', value: '$(ID)/$(S_A)' },
      { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'RUN', valueFrom: { fieldRef: { fieldPath: "metadata.labels['run']" } } },
      { name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
      { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
      { name: 'NONE', valueFrom: { secretKeyRef: { name: 'absent', key: 'x', optional: true } } },
    ],
  };
  expect(await containerEnvironment(aPod(container), container, facts, source)).toEqual({
    S_A: '1',
    S_B: '2',
    ID: 'abc',
    BOTH: 'abc/1',
    IP: '127.9.9.9',
    RUN: 'r1',
    MEMORY: '2048',
    CPU: '2',
  });
});

test('a missing Secret or key holds the container back, saying which', async () => {
  await expect(wants('absent', 'x')).rejects.toThrow('secret "absent" not found');
  await expect(wants('keys', 'other')).rejects.toThrow("couldn't find key other in secret keys");
});

function wants(name: string, key: string): Promise<unknown> {
  const env = [{ name: 'X', valueFrom: { secretKeyRef: { name, key } } }];
  const container: Container = { name: 'c', image: 'i', env };
  return containerEnvironment(aPod(container), container, facts, source);
}

function aPod(container: Container): Pod {
  return {
    metadata: { name: 'p', namespace: 'n', uid: 'u', labels: { run: 'r1' } },
    spec: { containers: [container] },
  };
}
