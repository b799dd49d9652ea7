import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtModule } from '../../go-build.ts';
import { openKubectl } from '../../journeys/kubectl.ts';
import { firstWords, markedBy, startCli } from '../cli-process.ts';
import { kubernetes } from '../real/kubernetes.ts';
import type { ClusterRecord } from '../cluster-record.ts';
import { controlGroupFolders, controlGroupOf } from './control-groups.ts';
import { nodeIsPossible } from './possible.ts';

describe.skipIf(!nodeIsPossible())('a cluster with a node', () => {
  let parent = '';
  const started: ChildProcess[] = [];
  beforeAll(() => void (parent = mkdtempSync(join(tmpdir(), 'holdfast-node-'))));
  afterAll(() => {
    for (const child of started) child.kill('SIGKILL'); // what a test that failed left running
    rmSync(parent, { recursive: true, force: true });
  });

  test('is a Kubernetes 1.36 with one node, and goes with everything that it made when it is asked to', async () => {
    const { dir, stores } = await up('asked');
    await runPod(dir);
    const kubectl = openKubectl(builtModule(kubernetes, 'kubectl') ?? '', join(dir, 'kubeconfig'));
    const versions = JSON.parse(await kubectl.ok('version', '-o', 'json')) as object;
    expect(versions).toMatchObject({ serverVersion: { gitVersion: 'v1.36.3' } });
    expect(await kubectl.ok('get', 'nodes', '--no-headers')).toMatch(/^node-1 +Ready /);
    kubectl.close();
    expect(tracesOf(dir, stores.s3.endpoint)).toEqual(['control groups', 'link', 'processes']);
    expect(await once(startCli('down', '--dir', dir), 'exit')).toEqual([0, null]);
    expect(tracesOf(dir, stores.s3.endpoint)).toEqual([]);
    expect(existsSync(dir)).toBe(false);
  });

  test('leaves nothing that runs, is mounted or configured when it is killed', async () => {
    const { dir, pid, stores } = await up('killed');
    await runPod(dir);
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => tracesOf(dir, stores.s3.endpoint), { timeout: 30_000 }).toEqual([]);
  });

  /** A container that would run for long. */
  async function runPod(dir: string): Promise<void> {
    const kubectl = openKubectl(builtModule(kubernetes, 'kubectl') ?? '', join(dir, 'kubeconfig'));
    const image = '--image=neo4j:5.26-enterprise';
    await kubectl.ok('run', 'long', image, '--restart=Never', '--command', '--', 'sleep', marker);
    await kubectl.ok('wait', '--for=jsonpath={.status.phase}=Running', 'pod/long', '--timeout=60s');
    kubectl.close();
  }

  async function up(name: string): Promise<ClusterRecord> {
    const dir = join(parent, name);
    const child = startCli('up', '--kind', 'node', '--dir', dir, '--no-services', '--no-targets', '--json');
    started.push(child);
    return JSON.parse(await firstWords(child)) as ClusterRecord;
  }
});

/** Seconds that nobody else sleeps. */
const marker = '86399';

function tracesOf(dir: string, endpoint: string): string[] {
  const { hostname } = new URL(endpoint);
  const addresses = Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address));
  const found = {
    'control groups': controlGroupFolders(controlGroupOf(dir)).length > 0,
    link: addresses.includes(hostname),
    mounts: readFileSync('/proc/mounts', 'utf8').includes(dir),
    processes: markedBy(dir).length > 0,
  };
  return Object.entries(found).flatMap(([name, is]) => (is ? [name] : []));
}
