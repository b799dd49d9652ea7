import { execFile } from 'node:child_process';
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PlannedChain, RetentionStatus } from '@holdfast/types';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aPlugin } from './a-plugin.ts';
import { planDiff } from './plan/plan-diff.ts';
import { printPlan } from './plan/print-plan.ts';

const key = { namespace: 'shop', name: 'nightly' };
const retention: RetentionStatus = {
  lastRunTime: '2026-11-23T02:00:09Z',
  held: [],
  plan: {
    id: '0123456789ab',
    run: 'p1',
    time: '2026-11-23T02:00:08Z',
    remove: [chain('orders-1', '2026-11-20T02:00:00Z', 'beyond the newest 1')],
    removeCount: 3,
    reclaimBytes: 3 * 1024,
    keep: [
      chain('orders-9', '2026-11-23T02:00:00Z', 'newest 1, newest verified chain'),
      chain('orders-0', '2026-11-19T02:00:00Z', 'weekly 2026-W47'),
    ],
    keepCount: 2,
    keepBytes: 2 * 1024,
    archive: [],
  },
};

function chain(id: string, time: string, because: string): PlannedChain {
  return { chain: id, database: 'orders', artifacts: 1, bytes: 1024, reason: 'Kept', because, time };
}

let bin: string;
let plugin: string;

beforeAll(async () => {
  ({ bin, plugin } = await aPlugin());
});

afterAll(() => rm(bin, { recursive: true }));

/** A kubectl that writes down what it was asked and answers with an object, or with an error. */
async function aKubectl(answer: { object?: unknown; error?: string }): Promise<void> {
  const program = `#!${process.execPath}
const { writeFileSync } = require('node:fs');
writeFileSync(${JSON.stringify(join(bin, 'asked'))}, JSON.stringify(process.argv.slice(2)));
process.stdout.write(${JSON.stringify(JSON.stringify(answer.object ?? ''))});
process.stderr.write(${JSON.stringify(answer.error ?? '')});
process.exitCode = ${answer.error ? 1 : 0};
`;
  await writeFile(join(bin, 'kubectl'), program);
  await chmod(join(bin, 'kubectl'), 0o755);
}

function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    const env = { PATH: `${bin}:${dirname(process.execPath)}` };
    const child = execFile(process.execPath, [plugin, ...args], { env }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    );
    child.stdin?.end(JSON.stringify(anObject()));
  });
}

function anObject(status: unknown = { retention }) {
  return { apiVersion: 'neo4j.neo4j.com/v1alpha1', kind: 'Neo4jBackup', metadata: key, spec: {}, status };
}

const printed = `plan 0123456789ab of shop/nightly, made at 2026-11-23T02:00:08Z by run p1

  orders-9  orders  1 artifact  1.0 KiB  newest 1, newest verified chain
- orders-1  orders  1 artifact  1.0 KiB  beyond the newest 1
  orders-0  orders  1 artifact  1.0 KiB  weekly 2026-W47
  … and 2 more that go, which status does not name

removed 3 chains (3.0 KiB), keeps 2 chains (2.0 KiB)
`;

test('kubectl is asked for the object as it was told, and the plan is shown newest first with a reason each', async () => {
  await aKubectl({ object: anObject() });
  const shown = await run('plan', 'nightly', '-n', 'shop', '--context', 'prod');
  expect(shown).toEqual({ code: 0, out: printed, err: '' });
  expect(JSON.parse(await readFile(join(bin, 'asked'), 'utf8'))).toEqual([
    'get',
    'neo4jbackups.neo4j.neo4j.com/nightly',
    '--output=json',
    '--namespace=shop',
    '--context=prod',
  ]);
});

test('an object that was printed earlier needs no cluster', async () => {
  expect(await run('plan', '--file', '-')).toEqual({ code: 0, out: printed, err: '' });
  await writeFile(join(bin, 'backup.json'), JSON.stringify(anObject({})));
  const { out } = await run('plan', '--file', join(bin, 'backup.json'));
  expect(out).toContain('no plan of shop/nightly yet');
});

test('programs get the same as one document', async () => {
  const { out } = await run('plan', '--file', '-', '--json');
  expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify(planDiff(key, { retention }))));
  expect(JSON.parse(out)).toMatchObject({ state: 'applied', removes: { chains: 3, notNamed: 2 } });
});

test('what kubectl complains about is said as it says it, and what is no backup is refused', async () => {
  await aKubectl({ error: 'Error from server (NotFound): neo4jbackups "nightly" not found' });
  expect(await run('plan', 'nightly')).toMatchObject({ code: 3, err: expect.stringContaining('(NotFound)') as string });
  await aKubectl({ object: { kind: 'Pod', metadata: key } });
  expect(await run('plan', 'nightly')).toMatchObject({
    code: 2,
    err: expect.stringContaining('gave no Neo4jBackup') as string,
  });
  expect(await run('plan')).toMatchObject({ code: 2, err: expect.stringContaining('name the backup') as string });
  await rm(join(bin, 'kubectl'));
  expect(await run('plan', 'nightly', '--json')).toMatchObject({
    code: 2,
    out: expect.stringContaining('kubectl is not on the PATH') as string,
  });
});

test('a plan that waits says what to type, and colours are for those who see them', () => {
  const waiting: RetentionStatus = {
    ...retention,
    held: [{ reason: 'PlanNotAcknowledged', message: 'plan 0123456789ab would remove 3 of 5 artifacts' }],
    plan: retention.plan && { ...retention.plan, consent: 'Waiting' },
  };
  const diff = planDiff(key, { retention: waiting });
  if (!diff) throw new Error('no plan');
  const text = printPlan(diff, (colour, words) => `<${colour}>${words}</>`);
  expect(text).toContain('<red>- orders-1  orders  1 artifact  1.0 KiB  beyond the newest 1</>');
  expect(text).toContain('<yellow>would remove 3 chains (3.0 KiB), keeps 2 chains (2.0 KiB)</>');
  expect(text).toContain('<yellow>held: plan 0123456789ab would remove 3 of 5 artifacts</>');
  expect(text).toContain(
    '  kubectl -n shop annotate n4jb nightly neo4j.neo4j.com/acknowledge-plan=0123456789ab --overwrite\n',
  );
});

test.each([
  [{}, 'holds 30.0 GiB of 100.0 GiB; it was not seen for long enough to say when it is full'],
  [{ growthBytesPerDay: 1024 ** 3, daysUntilFull: 70 }, 'holds 30.0 GiB of 100.0 GiB, and is full in about 70 days'],
  [{ growthBytesPerDay: -5 }, 'holds 30.0 GiB of 100.0 GiB, and does not fill up within years'],
])('a plan for a claim says how full its volume is (%j)', (known, words) => {
  const [used, all] = [30, 100].map((gibibytes) => gibibytes * 1024 ** 3);
  const seen = {
    time: '2026-03-01T02:00:00Z',
    usedBytes: used ?? 0,
    capacityBytes: all ?? 0,
    freeBytes: 1,
    samples: [],
  };
  const diff = planDiff(key, { retention, volume: { ...seen, ...known } });
  expect(diff && printPlan(diff, (_colour, text) => text)).toContain(`the claim's volume ${words}\n`);
});

test('a policy and a schedule are played as a backup with the same words would have it', async () => {
  const asked = ['simulate', '--schedule', '0 2 * * *', '--full-size', '1Gi', '--from', '2026-11-01', '--days', '4'];
  const { code, out, err } = await run(...asked, '--max-count', '2', '--backup-type', 'FULL', '--keep', 'weekly=2');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toBe(`day ends           artifacts   FULLs        bytes   worst age   removed
2026-11-02 00:00           1       1      1.0 GiB     22h0m0s
2026-11-03 00:00           2       2      2.0 GiB          1d
2026-11-04 00:00           3       3      3.0 GiB          1d
2026-11-05 00:00           3       3      3.0 GiB          1d      25 %

at the end there are:
  FULL of 2026-11-04 02:00  1.0 GiB  newest 2, weekly 2026-W45, newest verified chain
  FULL of 2026-11-03 02:00  1.0 GiB  newest 2
  FULL of 2026-11-01 02:00  1.0 GiB  weekly 2026-W44

at most 3.0 GiB at the end of a day
`);
  const lines = (await run(...asked, '--max-count', '2', '--json')).out.trim().split('\n');
  expect(lines).toHaveLength(4);
  expect(JSON.parse(lines[3] ?? '')).toMatchObject({ until: '2026-11-05T00:00:00.000Z', worstAgeMs: 86_400_000 });
});

test.each([
  [['--keep', 'daily=7'], 'nothing says what goes'],
  [['--max-age', 'soon'], 'spec.retention.maxAge'],
  [['--keep', 'daly=7', '--max-count', '1'], 'spec.retention.keep.daly'],
  [['--max-count', 'many'], 'spec.retention.maxCount'],
  [['--days', '0'], '--days is "0"; write a whole number from 1 to 3660'],
  [['--from', 'tomorrow'], '--from is "tomorrow"; write a date such as 2026-11-23'],
  [['--diff-size', 'huge'], '--diff-size is "huge"; write a size such as 20Gi'],
])('a simulation of %j is refused by name', async (args, sentence) => {
  const { code, err } = await run('simulate', '--schedule', '@daily', '--full-size', '1Gi', ...args);
  expect(code).toBe(2);
  expect(err).toContain(sentence);
});
