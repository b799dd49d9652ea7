import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { firstWords, markedBy, startCli } from './cli-process.ts';
import { runningCluster } from './cluster-record.ts';
import { commandLineOf } from './kubelet/processes.ts';

const parent = mkdtempSync(join(tmpdir(), 'holdfast-up-'));
afterAll(() => rmSync(parent, { recursive: true }));

test.skipIf(process.platform !== 'linux')(
  'a cluster that is killed without a word leaves no process behind',
  async () => {
    const dir = join(parent, 'killed');
    const child = startCli('up', '--dir', dir, '--no-services', '--json');
    const record = JSON.parse(await firstWords(child)) as { api: string; pid: number };
    expect((await fetch(`${record.api}/readyz`)).status).toBe(200);
    expect(markedBy(dir).length).toBeGreaterThan(2);
    expect(markedBy(dir).map(commandLineOf)).toContainEqual(expect.stringMatching(/(redis|valkey)-server/));
    process.kill(record.pid, 'SIGKILL');
    await expect.poll(() => markedBy(dir), { timeout: 10_000 }).toEqual([]);
    expect(runningCluster(dir)).toBeUndefined();
  },
);

test('up refuses a folder in use, down ends the cluster and removes its folder', async () => {
  const dir = join(parent, 'used');
  const first = startCli('up', '--dir', dir, '--no-services', '--no-targets', '--json');
  await firstWords(first);
  const second = startCli('up', '--dir', dir);
  await expect(firstWords(second)).rejects.toThrow('already runs');
  const down = startCli('down', '--dir', dir);
  expect(await once(down, 'exit')).toEqual([0, null]);
  expect(existsSync(dir)).toBe(false);
});
