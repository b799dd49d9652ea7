import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { runningCluster } from './cluster-record.ts';
import { clusterMark, commandLineOf, markedProcesses } from './kubelet/processes.ts';

const parent = mkdtempSync(join(tmpdir(), 'holdfast-up-'));
const cli = fileURLToPath(new URL('./cli.ts', import.meta.url));
afterAll(() => rmSync(parent, { recursive: true }));

test.skipIf(process.platform !== 'linux')(
  'a cluster that is killed without a word leaves no process behind',
  async () => {
    const dir = join(parent, 'killed');
    const child = start('up', '--dir', dir, '--no-services', '--json');
    const record = JSON.parse(await firstWords(child)) as { api: string; pid: number };
    expect((await fetch(`${record.api}/readyz`)).status).toBe(200);
    expect(marked(dir).length).toBeGreaterThan(2);
    expect(marked(dir).map(commandLineOf)).toContainEqual(expect.stringMatching(/(redis|valkey)-server/));
    process.kill(record.pid, 'SIGKILL');
    await expect.poll(() => marked(dir), { timeout: 10_000 }).toEqual([]);
    expect(runningCluster(dir)).toBeUndefined();
  },
);

test('up refuses a folder in use, down ends the cluster and removes its folder', async () => {
  const dir = join(parent, 'used');
  const first = start('up', '--dir', dir, '--no-services', '--no-targets', '--json');
  await firstWords(first);
  const second = start('up', '--dir', dir);
  await expect(firstWords(second)).rejects.toThrow('already runs');
  const down = start('down', '--dir', dir);
  expect(await once(down, 'exit')).toEqual([0, null]);
  expect(existsSync(dir)).toBe(false);
});

function start(...args: string[]): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [cli, ...args], { stdio: 'pipe' });
}

/** What it says first on stdout; an end without a word is an error with what it said on stderr. */
function firstWords(child: ChildProcessWithoutNullStreams): Promise<string> {
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  return new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').once('data', resolve);
    child.once('close', () => reject(new Error(complaint)));
  });
}

function marked(dir: string): number[] {
  return markedProcesses(clusterMark, dir);
}
