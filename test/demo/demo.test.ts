import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeNamespace } from '../cluster/furnish.ts';
import { ApiClient } from '../cluster/kubelet/api-client.ts';
import { clusterMark, markedProcesses } from '../cluster/kubelet/processes.ts';
import { applyExample } from './apply.ts';
import type { DemoDocument } from './document.ts';

const main = join(import.meta.dirname, 'main.ts');
/** The demo's own temporary folder, so that whatever it leaves is found. */
const temporary = mkdtempSync(join(tmpdir(), 'holdfast-demo-test-'));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

describe('a demo that ends by itself', () => {
  let document: DemoDocument;
  beforeAll(async () => {
    const { code, stdout, stderr } = await runDemo('--once', '--json');
    if (code !== 0) throw new Error(`the demo ended with exit code ${code}:\n${stderr}`);
    document = JSON.parse(stdout) as DemoDocument; // nothing else stands on stdout
  }, 360_000);

  test('finds every target of the examples ready', () => {
    expect(document.targets.map(({ phase }) => phase)).toEqual(['Ready', 'Ready', 'Ready']);
    expect(document.targets[0]?.servers.map(({ role }) => role)).toEqual([
      'primary',
      'primary',
      'primary',
      'secondary',
      'secondary',
    ]);
  });

  test('sees each backup end as it should, every run in all its stages', () => {
    const phases = document.backups.map(({ name, phase }) => [name, phase]);
    expect(phases).toEqual([
      ['orders-once', 'Completed'],
      ['standalone-once', 'Completed'],
      ['nightly', 'Scheduled'],
    ]);
    for (const run of document.backups.flatMap(({ runs }) => runs)) {
      expect(run).toMatchObject({ status: 'Succeeded', reason: 'Succeeded', verification: { level: 'objects' } });
      expect(run.stages.map(({ stage }) => stage)).toEqual([
        'recorded',
        'admitted',
        'rung',
        'job',
        'pod',
        'artifacts',
        'verified',
        'settled',
      ]);
    }
  });

  test('takes a FULL first, then a DIFF, then a new chain, each with its reason', () => {
    const runs = nightly().runs.map(({ type, choice }) => [type, choice?.reason]);
    expect(runs).toEqual([
      ['FULL', 'NoParent'],
      ['DIFF', 'AsAsked'],
      ['FULL', 'NewChainDue'],
      ['DIFF', 'AsAsked'],
    ]);
  });

  test('sees retention remove the first chain of each database because it expired, and only that', () => {
    const first = nightly()
      .runs.slice(0, 2)
      .map(({ id }) => id);
    const removals = nightly().retention.filter(({ removedChains }) => removedChains.length > 0);
    expect(removals).toHaveLength(1);
    expect(removals[0]).toMatchObject({ kept: 2, removed: 6, held: [] });
    expect(removals[0]?.removedChains.map(({ database, reason }) => [database, reason]).sort()).toEqual([
      ['neo4j', 'Expired'],
      ['orders', 'Expired'],
      ['system', 'Expired'],
    ]);
    expect(nightly().artifacts.filter(({ run }) => first.includes(run))).toEqual([]);
    expect(
      nightly()
        .chains.map(({ database, state, artifacts }) => [database, state, artifacts.length])
        .sort(),
    ).toEqual([
      ['neo4j', 'Whole', 2],
      ['orders', 'Whole', 2],
      ['system', 'Whole', 2],
    ]);
  });

  test('gets back byte by byte what the server held', () => {
    const { restore } = document;
    expect(restore).toMatchObject({ database: 'orders', backup: 'nightly', equal: true });
    expect(restore?.comparedBytes).toBeGreaterThan(200_000_000);
    expect(restore?.comparedBytes).toBe(restore?.bytes);
    expect(restore?.transaction).toBe(restore?.serverTransaction);
    expect(nightly().chains.map(({ id }) => id)).toContain(restore?.chain);
  });

  test('leaves no file behind', () => {
    expect(existsSync(document.cluster.dir)).toBe(false);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test.skipIf(process.platform !== 'linux')('leaves no process behind', () => {
    expect(markedProcesses(clusterMark, document.cluster.dir)).toEqual([]);
  });

  function nightly(): DemoDocument['backups'][number] {
    const found = document.backups.find(({ name }) => name === 'nightly');
    if (!found) throw new Error('the document knows no backup "nightly"');
    return found;
  }
});

test('a demo that is told to end early says so by its exit code and leaves nothing behind', async () => {
  const { code } = await runInterrupted('--once');
  expect(code).toBe(130);
  expect(readdirSync(temporary)).toEqual([]);
}, 60_000);

test('a demo that meets trouble ends with the reason and tells where it put the logs', async () => {
  const child = start(['--once']);
  child.stdout.on('data', (text: Buffer) => {
    const [, api] = /API server (\S+?);/.exec(text.toString()) ?? [];
    if (api) void takeName(api).catch(() => child.kill()); // the test fails by the exit code then
  });
  const { code, stderr } = await end(child);
  const [, kept = ''] = /copied to (\S+)/.exec(stderr) ?? [];
  expect(stderr).toContain('demo failed: neo4jbackups.neo4j.neo4j.com "orders-once" already exists');
  expect(code).toBe(1);
  expect(readdirSync(kept).sort()).toEqual(['objects', 'pods', 'services']);
  expect(readFileSync(join(kept, 'objects', 'backups.json'), 'utf8')).toContain('orders-once');
  rmSync(kept, { recursive: true });
  expect(readdirSync(temporary)).toEqual([]);
}, 60_000);

test('a document without an end is refused', async () => {
  const { code, stderr } = await runDemo('--json');
  expect(code).toBe(1);
  expect(stderr).toContain('--json needs --once');
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: readonly string[]) {
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function runDemo(...args: string[]): Promise<Ended> {
  return end(start(args));
}

/** Sends TERM as soon as the cluster is there. */
async function runInterrupted(...args: string[]): Promise<Ended> {
  const child = start(args);
  child.stdout.on('data', (text: Buffer) => text.includes('KUBECONFIG') && child.kill('SIGTERM'));
  return end(child);
}

/** Puts an object of another owner where the demo wants to put its own. */
async function takeName(api: string): Promise<void> {
  const client = new ApiClient(api);
  await makeNamespace(client, 'neo4j');
  await applyExample(client, 's3-database');
  client.close();
}

async function end(child: ReturnType<typeof start>): Promise<Ended> {
  const heard = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => (heard[name] += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...heard };
}
