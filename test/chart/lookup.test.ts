import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { helmForTests, objectsIn } from './helm.ts';

const helm = await helmForTests('what the chart finds in a cluster');

const crdPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/neo4jbackups.neo4j.neo4j.com';
const secretPath = '/api/v1/namespaces/backups/secrets/holdfast-redis';

/** Discovery of the two groups that the chart looks into. */
const discovery: Readonly<Record<string, object>> = {
  '/version': { major: '1', minor: '36', gitVersion: 'v1.36.3' },
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/apis': {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: [
      {
        name: 'apiextensions.k8s.io',
        versions: [{ groupVersion: 'apiextensions.k8s.io/v1', version: 'v1' }],
        preferredVersion: { groupVersion: 'apiextensions.k8s.io/v1', version: 'v1' },
      },
    ],
  },
  '/api/v1': {
    kind: 'APIResourceList',
    groupVersion: 'v1',
    resources: [{ name: 'secrets', singularName: '', namespaced: true, kind: 'Secret', verbs: ['get'] }],
  },
  '/apis/apiextensions.k8s.io/v1': {
    kind: 'APIResourceList',
    groupVersion: 'apiextensions.k8s.io/v1',
    resources: [
      {
        name: 'customresourcedefinitions',
        singularName: '',
        namespaced: false,
        kind: 'CustomResourceDefinition',
        verbs: ['get'],
      },
    ],
  },
};

describe.skipIf(!helm && process.env['CI'] !== 'true')('in a cluster where something is there already', () => {
  let folder: string;
  let kubeconfig: string;
  const objects = new Map<string, object>();
  let server: Server;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-lookup-'));
    kubeconfig = join(folder, 'kubeconfig');
    server = createServer((request, response) => {
      const path = (request.url ?? '').split('?')[0] ?? '';
      const found = objects.get(path) ?? discovery[path];
      response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(found ?? { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 }),
      );
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'it', cluster: { server: `http://127.0.0.1:${port}` } }],
      users: [{ name: 'it', user: {} }],
      contexts: [{ name: 'it', context: { cluster: 'it', user: 'it' } }],
      'current-context': 'it',
    };
    writeFileSync(kubeconfig, JSON.stringify(config));
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  const crdWith = (annotations: Record<string, string>) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'neo4jbackups.neo4j.neo4j.com', annotations },
  });

  test('a CRD of another operator is left alone, and said', async () => {
    objects.set(crdPath, crdWith({ 'controller-gen.kubebuilder.io/version': 'v0.16.1' }));
    await expect(helm?.template({ kubeconfig })).rejects.toThrow(
      /neo4jbackups\.neo4j\.neo4j\.com belongs to another operator and is left alone; set crds\.install=false/,
    );
    const without = await helm?.template({ kubeconfig, set: ['crds.install=false'] });
    expect(objectsIn(without ?? '').some(({ kind }) => kind === 'CustomResourceDefinition')).toBe(false);
  });

  test('a CRD of ours is brought up to date', async () => {
    objects.set(crdPath, crdWith({ 'neo4j.neo4j.com/generated-by': 'holdfast' }));
    const rendered = objectsIn((await helm?.template({ kubeconfig })) ?? '');
    expect(rendered.some(({ kind }) => kind === 'CustomResourceDefinition')).toBe(true);
  });

  test('the password of Redis stays what it was', async () => {
    objects.delete(crdPath);
    const password = 'made-by-the-first-install';
    objects.set(secretPath, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'holdfast-redis', namespace: 'backups' },
      data: { password: Buffer.from(password).toString('base64') },
    });
    const rendered = objectsIn((await helm?.template({ kubeconfig })) ?? '');
    const secret = rendered.find(({ kind }) => kind === 'Secret') as unknown as { stringData: Record<string, string> };
    expect(secret.stringData['password']).toBe(password);
    expect(secret.stringData['url']).toContain(`:${password}@`);
  });
});
