import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';

test('a bench that is killed without a word leaves neither a program nor Redis nor its folder behind', async () => {
  const { pid, redis, program, dir } = await startBench();
  expect([redis, program].map(runs)).toEqual([true, true]);
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => [redis, program].map(runs), { timeout: 10_000 }).toEqual([false, false]);
  await expect.poll(() => existsSync(dir), { timeout: 10_000 }).toBe(false);
});

interface Started {
  readonly pid: number;
  readonly redis: number;
  readonly program: number;
  readonly dir: string;
}

/** Its own process, with a site and a program that does nothing for ever. */
async function startBench(): Promise<Started> {
  const here = pathToFileURL(`${import.meta.dirname}/`).href;
  const source = `
    import { startProgram } from '${here}processes.ts';
    import { openSite } from '${here}site.ts';
    const { dir, redis } = await openSite();
    const { pid: program } = startProgram('${import.meta.dirname}/../programs/empty.mjs');
    console.log(JSON.stringify({ pid: process.pid, redis: redis.pid, program, dir }));`;
  const bench = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', source],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [line] = (await once(bench.stdout, 'data')) as [Buffer];
  return JSON.parse(line.toString()) as Started;
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
