import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtModule } from '../../go-build.ts';
import { until } from '../../until.ts';
import { makeNamespace } from '../furnish.ts';
import { ApiClient } from '../kubelet/api-client.ts';
import type { Pod } from '../kubelet/pod-types.ts';
import { startCluster, type DevCluster } from '../start-cluster.ts';
import { kubernetes } from './kubernetes.ts';

const ready = builtModule(kubernetes) !== undefined;
const namespace = 'tokens';

describe.skipIf(!ready)('a pod on a real control plane', () => {
  let cluster: DevCluster;

  beforeAll(async () => {
    const images = () => ({ root: '/nonexistent' });
    cluster = await startCluster({ kind: 'control-plane', services: false, neo4j: false, quiet: true, images });
    await makeNamespace(cluster.client, namespace);
  });
  afterAll(() => cluster?.stop());

  test('has the token of its account for the audience it asked for, and the API server knows it again', async () => {
    const [mountPath, audience] = ['/tokens', 'https://vault.example.com'];
    const pods = `/api/v1/namespaces/${namespace}/pods`;
    await cluster.client.create(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'asks' },
      spec: {
        restartPolicy: 'Never',
        containers: [
          {
            name: 'main',
            image: 'sh',
            command: ['sh', '-c', 'cat "$ASKED"; printf " "; cat "$DEFAULT"'],
            env: [
              { name: 'ASKED', value: `${mountPath}/vault` },
              { name: 'DEFAULT', value: '/var/run/secrets/kubernetes.io/serviceaccount/token' },
            ],
            volumeMounts: [{ name: 'tokens', mountPath }],
          },
        ],
        volumes: [
          {
            name: 'tokens',
            projected: { sources: [{ serviceAccountToken: { path: 'vault', audience, expirationSeconds: 3600 } }] },
          },
        ],
      },
    });
    await until(async () => (await cluster.client.get<Pod>(`${pods}/asks`)).status?.phase === 'Succeeded');
    const [asked = '', own = ''] = (await cluster.client.text(`${pods}/asks/log`)).split(' ');
    expect(await whoIs(asked, audience)).toBe(`system:serviceaccount:${namespace}:default`);
    expect(await whoIs(asked, 'https://other.example.com')).toBeUndefined();
    expect(await whoIs(own)).toBe(`system:serviceaccount:${namespace}:default`);
  });

  test('is reached by its API server alone: its kubelet refuses who has no certificate of the cluster', async () => {
    const { ca = '' } = cluster.access;
    const stranger = new ApiClient({ url: `https://127.0.0.1:${cluster.kubelet.port}`, ca });
    await expect(stranger.text(`/containerLogs/${namespace}/asks/main`)).rejects.toThrow(/certificate required/);
    stranger.close();
  });

  async function whoIs(token: string, audience?: string): Promise<string | undefined> {
    const review = await cluster.client.create<{ status: { user?: { username?: string } } }>(
      '/apis/authentication.k8s.io/v1/tokenreviews',
      {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        spec: { token, ...(audience && { audiences: [audience] }) },
      },
    );
    return review.status.user?.username;
  }
});
