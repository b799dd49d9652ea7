import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeNamespace } from './furnish.ts';
import type { ApiClient, KubeObject } from './kubelet/api-client.ts';
import type { ContainerStatus, Pod } from './kubelet/pod-types.ts';
import { execInPod } from './exec-in-pod.ts';
import { startSubject, type Subject } from './contract-subject.ts';
import type { ClusterKind } from './kinds.ts';

interface Job extends KubeObject {
  status?: { conditions?: { type: string; status: string; reason?: string }[]; startTime?: string; failed?: number };
}

const namespace = 'contract';
const image = 'contract/sh:1';
const deadlineMs = 60_000;

/** What every kind of cluster does the same; the embedded one is measured by the real ones. */
export function describeCluster(kind: ClusterKind, { skip = false } = {}): void {
  describe.skipIf(skip)(`a cluster of kind ${kind}`, () => {
    let images = '';
    let cluster: Subject;
    let api: ApiClient;

    beforeAll(async () => {
      images = mkdtempSync(join(tmpdir(), 'holdfast-contract-'));
      mkdirSync(join(images, 'opt'), { recursive: true });
      writeFileSync(join(images, 'opt', 'greet.sh'), 'echo "hello from the image"\n');
      cluster = await startSubject(kind, { [image]: { root: images } });
      api = cluster.client;
      await makeNamespace(api, namespace);
    }, 240_000);

    afterAll(async () => {
      await cluster?.stop();
      rmSync(images, { recursive: true });
    });

    test('an object is created, seen by a watch, patched and deleted', async () => {
      const path = `/api/v1/namespaces/${namespace}/configmaps`;
      const { metadata } = await api.get<{ metadata: { resourceVersion: string } }>(path);
      const over = new AbortController();
      const seen: string[] = [];
      const watching = (async () => {
        for await (const { type, object } of api.watch(
          `${path}?watch=1&resourceVersion=${metadata.resourceVersion}`,
          over.signal,
        )) {
          if (object.metadata.name === 'seen') seen.push(type);
        }
      })().catch(() => {}); // we end it
      await api.create(path, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'seen' }, data: { a: '1' } });
      const patched = await api.patch<{ data: object }>(`${path}/seen`, { data: { b: '2' } });
      expect(patched.data).toEqual({ a: '1', b: '2' });
      await api.delete(`${path}/seen`);
      await expect.poll(() => seen, { timeout: deadlineMs }).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
      over.abort();
      await watching;
    });

    test('a Job runs its init container, then its container, and both are heard', async () => {
      const words = 'sh "$1"; cat "$NOTE"; echo "$WHO on $NODE"; printf done > "$HOLDFAST_TERMINATION_LOG"';
      const main = container(
        'main',
        words,
        [{ name: 'shared', mountPath: '/bench' }],
        [
          { name: 'NOTE', value: '/bench/note' },
          { name: 'WHO', value: 'pod' },
          { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
          { name: 'HOLDFAST_TERMINATION_LOG', value: '/dev/termination-log' },
        ],
      );
      await createJob('greets', {
        initContainers: [
          container(
            'install',
            'echo installed; echo "from init" > "$NOTE"',
            [{ name: 'shared', mountPath: '/shared' }],
            [{ name: 'NOTE', value: '/shared/note' }],
          ),
        ],
        containers: [{ ...main, args: ['sh', '/opt/greet.sh'] }],
        volumes: [{ name: 'shared', emptyDir: {} }],
      });
      await jobCondition('greets', 'Complete');
      const pod = await podOf('greets');
      expect(pod.status?.phase).toBe('Succeeded');
      expect(statusOf(pod, 'main').state.terminated).toMatchObject({
        exitCode: 0,
        reason: 'Completed',
        message: 'done',
      });
      expect(pod.status?.initContainerStatuses?.[0]?.state.terminated?.exitCode).toBe(0);
      expect(await logOf(pod, 'install')).toBe('installed\n');
      expect(await logOf(pod, 'main')).toBe(`hello from the image\nfrom init\npod on ${pod.spec.nodeName}\n`);
      expect(await logOf(pod, 'main', '&tailLines=1')).toBe(`pod on ${pod.spec.nodeName}\n`);
    });

    test('a claim keeps its files from one pod to the next', async () => {
      await api.create(`/api/v1/namespaces/${namespace}/persistentvolumeclaims`, {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'kept' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      });
      const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'kept' } }];
      const mount = [{ name: 'data', mountPath: '/data' }];
      const env = [{ name: 'FILE', value: '/data/file' }];
      await createJob('writes', { containers: [container('main', 'echo kept > "$FILE"', mount, env)], volumes });
      await jobCondition('writes', 'Complete');
      await createJob('reads', { containers: [container('main', 'cat "$FILE"', mount, env)], volumes });
      await jobCondition('reads', 'Complete');
      expect(await logOf(await podOf('reads'), 'main')).toBe('kept\n');
    });

    test('a key of a Secret is a variable; a pod waits until the Secret is there', async () => {
      const env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'late', key: 'password' } } }];
      await createJob('secretive', { containers: [container('main', 'test "$PASSWORD" = s3cret', [], env)] });
      await expect
        .poll(async () => statusOf(await podOf('secretive'), 'main')?.state.waiting?.reason, { timeout: deadlineMs })
        .toBe('CreateContainerConfigError');
      await api.create(`/api/v1/namespaces/${namespace}/secrets`, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'late' },
        stringData: { password: 's3cret' },
      });
      await jobCondition('secretive', 'Complete');
    });

    test('an image that does not exist is waited for', async () => {
      await createJob('imageless', { containers: [{ ...container('main', 'true'), image: 'nowhere/none:1' }] });
      await expect
        .poll(async () => statusOf(await podOf('imageless'), 'main')?.state.waiting?.reason, { timeout: deadlineMs })
        .toMatch(/^(ErrImagePull|ImagePullBackOff)$/);
    });

    test('a container that fails, fails its Job with its exit code and last words', async () => {
      const main = {
        ...container('main', 'echo "no space" >&2; exit 7'),
        terminationMessagePolicy: 'FallbackToLogsOnError',
      };
      await createJob('fails', { containers: [main] });
      await jobCondition('fails', 'Failed');
      const terminated = statusOf(await podOf('fails'), 'main').state.terminated;
      expect(terminated).toMatchObject({ exitCode: 7, reason: 'Error', message: 'no space\n' });
    });

    test('a container that outstays its Job is ended, grandchildren too', async () => {
      await createJob(
        'stays',
        { containers: [container('main', 'setsid sleep 1000 & sleep 1000')] },
        { activeDeadlineSeconds: cluster.clock ? 3600 : 5 },
      );
      await expect
        .poll(async () => statusOf(await podOf('stays'), 'main')?.state.running, { timeout: deadlineMs })
        .toBeTruthy();
      cluster.clock?.advance(3_700_000);
      expect((await jobCondition('stays', 'Failed')).reason).toBe('DeadlineExceeded');
      await expect.poll(() => podsOf('stays'), { timeout: deadlineMs }).toEqual([]);
    });

    test('a deleted Job takes its pod along, whose container was asked first', async () => {
      const polite = `trap 'echo bye > "$FILE"; exit 0' TERM; echo up; while :; do sleep 0.05; done`;
      await createJob('leaves', {
        containers: [
          container('main', polite, [{ name: 'data', mountPath: '/data' }], [{ name: 'FILE', value: '/data/bye' }]),
        ],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'kept' } }],
      });
      await expect
        .poll(async () => logOf(await podOf('leaves'), 'main').catch(() => ''), { timeout: deadlineMs })
        .toBe('up\n');
      await api.delete(`/apis/batch/v1/namespaces/${namespace}/jobs/leaves`, { propagationPolicy: 'Foreground' });
      await expect.poll(() => podsOf('leaves'), { timeout: deadlineMs }).toEqual([]);
      await expect
        .poll(() => api.find(`/apis/batch/v1/namespaces/${namespace}/jobs/leaves`), { timeout: deadlineMs })
        .toBeUndefined();
      const mount = [{ name: 'data', mountPath: '/data' }];
      const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'kept' } }];
      await createJob('looks', {
        containers: [container('main', 'cat "$FILE"', mount, [{ name: 'FILE', value: '/data/bye' }])],
        volumes,
      });
      await jobCondition('looks', 'Complete');
      expect(await logOf(await podOf('looks'), 'main')).toBe('bye\n');
    });

    test('a pod is reached by the name of its headless Service', async () => {
      await api.create(`/api/v1/namespaces/${namespace}/services`, {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'echo-headless' },
        spec: { clusterIP: 'None', selector: { app: 'echo' }, ports: [{ port: 6362 }] },
      });
      // A readiness probe connects and hangs up: a server that does not expect that dies of ECONNRESET now and then.
      const listen = `require('node:net').createServer((s) => s.on('error', () => {}).end('hi')).listen(6362, process.env.IP)`;
      await api.create(`/api/v1/namespaces/${namespace}/pods`, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'echo-0', labels: { app: 'echo' } },
        spec: {
          hostname: 'echo-0',
          subdomain: 'echo-headless',
          containers: [
            {
              name: 'main',
              image,
              command: ['node', '-e', listen],
              env: [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
              readinessProbe: { tcpSocket: { port: 6362 } },
            },
          ],
        },
      });
      await expect.poll(() => isReady('echo-0'), { timeout: deadlineMs }).toBe(true);
      const host = `echo-0.echo-headless.${namespace}.svc.cluster.local`;
      const call = `require('node:net').connect(6362, '${host}').on('data', (d) => console.log(String(d)))`;
      await createJob('calls', { containers: [{ name: 'main', image, command: ['node', '-e', call] }] });
      await jobCondition('calls', 'Complete');
      expect(await logOf(await podOf('calls'), 'main')).toBe('hi\n');
    });

    test('a pod that may restart is started again after its container died', async () => {
      await expect.poll(() => isReady('echo-0'), { timeout: deadlineMs }).toBe(true);
      const reason = await cluster.kill(namespace, 'echo-0', 'main');
      await expect
        .poll(async () => statusOf(await pod('echo-0'), 'main').restartCount, { timeout: deadlineMs })
        .toBe(1);
      expect(statusOf(await pod('echo-0'), 'main').lastState.terminated).toMatchObject({ exitCode: 137, reason });
      await expect.poll(() => isReady('echo-0'), { timeout: deadlineMs }).toBe(true);
    });

    test('a command runs inside a container by exec, with its input, output and exit code', async () => {
      await expect.poll(() => isReady('echo-0'), { timeout: deadlineMs }).toBe(true);
      const words = ['sh', '-c', 'read line; echo "got $line on $HOSTNAME"; echo oops >&2; exit 3'];
      const { token } = cluster.access;
      const throughProxy = { url: cluster.proxyUrl, ...(token && { token }) };
      for (const access of [cluster.access, throughProxy]) {
        const heard = await execInPod(access, `${namespace}/echo-0/main`, { words, input: 'ping\n' });
        expect(heard.stdout).toBe('got ping on echo-0\n');
        expect(heard.stderr).toBe('oops\n');
        expect(heard.status).toMatchObject({
          status: 'Failure',
          details: { causes: [{ reason: 'ExitCode', message: '3' }] },
        });
      }
    });

    test('an evicted pod fails and says so, its object stays', async () => {
      const greedy = container('main', 'echo "of too many bytes" > /scratch/file; sleep 1000', [
        { name: 'scratch', mountPath: '/scratch' },
      ]);
      const volumes = [{ name: 'scratch', emptyDir: { sizeLimit: '1' } }]; // which a real kubelet does not stand for
      await createJob('evicted', { containers: [greedy], volumes }, { backoffLimit: 3 });
      await expect
        .poll(async () => (await podOf('evicted')).status?.phase, { timeout: deadlineMs })
        .toMatch(/^(Running|Failed)$/);
      const { metadata } = await podOf('evicted');
      await cluster.evict?.(namespace, metadata.name);
      await expect
        .poll(async () => (await pod(metadata.name)).status, { timeout: deadlineMs })
        .toMatchObject({ phase: 'Failed', reason: 'Evicted' });
      const evicted = await pod(metadata.name);
      // A pod that goes over a limit of its own has itself to blame: for a real kubelet that is no disruption.
      const disrupted = cluster.evict ? 'True' : undefined;
      expect(evicted.status?.conditions?.find(({ type }) => type === 'DisruptionTarget')?.status).toBe(disrupted);
    });

    test('everything carries the time of the cluster', async () => {
      cluster.clock?.advance(30 * 86_400_000);
      const now = () => cluster.clock?.now() ?? new Date();
      await createJob('later', { containers: [container('main', 'true')] });
      await jobCondition('later', 'Complete');
      const { metadata, status } = await api.get<Job>(`/apis/batch/v1/namespaces/${namespace}/jobs/later`);
      const finishedAt = statusOf(await podOf('later'), 'main').state.terminated?.finishedAt;
      for (const time of [metadata.creationTimestamp, status?.startTime, finishedAt]) {
        expect(Math.abs(now().getTime() - Date.parse(time ?? ''))).toBeLessThan(60_000);
      }
    });

    function createJob(name: string, podSpec: object, jobSpec: object = {}): Promise<Job> {
      return api.create<Job>(`/apis/batch/v1/namespaces/${namespace}/jobs`, {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name },
        spec: {
          backoffLimit: 0,
          ...jobSpec,
          template: { spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 2, ...podSpec } },
        },
      });
    }

    async function jobCondition(name: string, type: string): Promise<{ reason?: string }> {
      const find = async () => {
        const { status } = await api.get<Job>(`/apis/batch/v1/namespaces/${namespace}/jobs/${name}`);
        return status?.conditions?.find((each) => each.type === type && each.status === 'True');
      };
      await expect.poll(find, { timeout: deadlineMs, message: `${name} ${type}` }).toBeTruthy();
      return (await find()) ?? {};
    }

    async function podsOf(job: string): Promise<Pod[]> {
      const list = await api.get<{ items: Pod[] }>(
        `/api/v1/namespaces/${namespace}/pods?labelSelector=job-name%3D${job}`,
      );
      return list.items;
    }

    async function podOf(job: string): Promise<Pod> {
      await expect.poll(async () => (await podsOf(job)).length, { timeout: deadlineMs }).toBeGreaterThan(0);
      return (await podsOf(job))[0] as Pod;
    }

    function pod(name: string): Promise<Pod> {
      return api.get<Pod>(`/api/v1/namespaces/${namespace}/pods/${name}`);
    }

    async function isReady(name: string): Promise<boolean> {
      const conditions = (await pod(name)).status?.conditions ?? [];
      return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
    }

    function logOf({ metadata }: Pod, name: string, more = ''): Promise<string> {
      const path = `/api/v1/namespaces/${namespace}/pods/${metadata.name}/log?container=${name}${more}`;
      return api.text(path);
    }
  });
}

function container(name: string, script: string, volumeMounts: object[] = [], env: object[] = []): object {
  return { name, image, command: ['sh', '-c', script], volumeMounts, env };
}

function statusOf(pod: Pod, name: string): ContainerStatus {
  return pod.status?.containerStatuses?.find((each) => each.name === name) as ContainerStatus;
}
