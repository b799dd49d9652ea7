import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtModule } from '../../go-build.ts';
import { readKubeconfig } from '../../neo4j/operator/kubeconfig.ts';
import { firstWords, markedBy, startCli } from '../cli-process.ts';
import { ApiClient } from '../kubelet/api-client.ts';
import { commandLineOf } from '../kubelet/processes.ts';
import { kubernetes } from './kubernetes.ts';

const ready = builtModule(kubernetes) !== undefined;
const parts = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

describe.skipIf(!ready)('a control plane', () => {
  let parent = '';
  const started: ChildProcess[] = [];
  beforeAll(() => void (parent = mkdtempSync(join(tmpdir(), 'holdfast-plane-'))));
  afterAll(() => {
    for (const child of started) child.kill('SIGKILL'); // what a test that failed left running
    rmSync(parent, { recursive: true, force: true });
  });

  test('asks who calls, shows no secret in its arguments, and leaves nothing when its parent is killed', async () => {
    const dir = join(parent, 'killed');
    const record = await up(dir);
    const running = markedBy(dir).map(commandLineOf);
    for (const part of parts) expect(running.some((line) => line.includes(` ${part} `))).toBe(true);
    const { url, token = '', ca = '' } = readKubeconfig(join(dir, 'kubeconfig'));
    expect(token).not.toBe('');
    expect(running.join('\n')).not.toContain(token);
    const stranger = new ApiClient({ url, ca });
    await expect(stranger.get('/api/v1/namespaces')).rejects.toMatchObject({ status: 401 });
    stranger.close();
    process.kill(record.pid, 'SIGKILL');
    await expect.poll(() => markedBy(dir), { timeout: 20_000 }).toEqual([]);
  });

  test('is ready in seconds, tells the time of its cluster, and goes with its folder when it is asked to', async () => {
    const dir = join(parent, 'asked');
    await up(dir);
    const api = new ApiClient(readKubeconfig(join(dir, 'kubeconfig')));
    const [clock] = (await once(startCli('clock', '--dir', dir, '--advance', '10d'), 'exit')) as [number];
    expect(clock).toBe(0);
    const made = await api.create<{ metadata: { creationTimestamp: string } }>('/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'later' },
    });
    const { offsetMs } = JSON.parse(readFileSync(join(dir, 'clock.json'), 'utf8')) as { offsetMs: number };
    expect(offsetMs).toBeGreaterThanOrEqual(10 * 86_400_000);
    const ahead = Date.parse(made.metadata.creationTimestamp) - Date.now() - offsetMs;
    expect(Math.abs(ahead)).toBeLessThan(60_000);
    api.close();
    expect(await once(startCli('down', '--dir', dir), 'exit')).toEqual([0, null]);
    expect(existsSync(dir)).toBe(false);
    expect(markedBy(dir)).toEqual([]);
  });

  async function up(dir: string): Promise<{ pid: number }> {
    const args = ['up', '--kind', 'control-plane', '--dir', dir, '--no-services', '--no-targets', '--json'];
    const child = startCli(...args);
    started.push(child);
    return JSON.parse(await firstWords(child)) as { pid: number };
  }
});
