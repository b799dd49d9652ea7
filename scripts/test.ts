// npm test: every lane this machine can run, without the stories that take minutes; with CI=true each lane is required, and whole. Ends in
// one line, `N passed, N failed, N skipped`.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesOnControlPlane } from '../test/faults/on-control-plane.ts';
import { run } from './steps.ts';

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
}

const only = process.argv.slice(2);
const whole = Boolean(process.env['CI']) || only.length > 0;
/** What one runner plays. */
interface Run {
  /** They share its workers, so that none waits for the last file of another. */
  readonly lanes: readonly [string, ...string[]];
  /** Files that it leaves to another one. */
  readonly without?: readonly string[];
}
/** Where every lane is played, a fault that Kubernetes has a part in is told once, by the real one. */
const toldByTheRealOne =
  whole && only.length === 0 ? filesOnControlPlane.map((name) => `test/faults/${name}.test.ts`) : [];
/** What is played after what, and side by side what would leave the processors idle alone: a real Kubernetes mostly waits. */
const stages: readonly (readonly (readonly Run[])[])[] = [
  [[{ lanes: ['core', 'unit', 'properties', 'stand-ins'] }]],
  [[{ lanes: ['cluster'], without: toldByTheRealOne }]],
  ...(whole ? [[[{ lanes: ['control-plane'] }], [{ lanes: ['node'] }, { lanes: ['benches'] }]] satisfies Run[][]] : []),
];
const leftOut =
  'left out: a real Kubernetes, the benches, stories tagged `long`, which take more than ten seconds or so, and most seeds ' +
  'of the properties; `CI=true npm test` plays everything\n';
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
try {
  process.exitCode = await runLanes(folder);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function runLanes(folder: string): Promise<number> {
  let [passed, failed, skipped] = [0, 0, 0];
  const count = (ok: boolean) => (ok ? (passed += 1) : (failed += 1));
  if (only.length === 0) {
    process.stdout.write('lane: check\n');
    const check = await run('node', ['scripts/check.ts'], { show: true, signal: stop.signal });
    count(check.code === 0);
  }
  for (const stage of stages) {
    const running = stage.map((runs, place) => inOrder(runs, { folder, show: place === 0 }));
    const played = (await Promise.all(running)).flat();
    for (const end of played) {
      process.stdout.write(end.unseen);
      passed += end.passed;
      failed += end.failed;
      skipped += end.skipped;
    }
  }
  if (stop.signal.aborted) return 130;
  if (!whole) process.stdout.write(leftOut);
  process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

interface Played {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What it printed and nobody has seen: two at once would be unreadable. */
  readonly unseen: string;
}

async function inOrder(runs: readonly Run[], options: { folder: string; show: boolean }): Promise<Played[]> {
  const played: Played[] = [];
  for (const one of runs) if (!stop.signal.aborted) played.push(await play(one, options));
  return played;
}

async function play(
  { lanes, without = [] }: Run,
  { folder, show }: { folder: string; show: boolean },
): Promise<Played> {
  const title = `lane: ${lanes.join(', ')}\n`;
  if (show) process.stdout.write(title);
  const file = join(folder, `${lanes[0]}.json`);
  const args = [
    'run',
    ...lanes.flatMap((lane) => ['--project', lane]),
    ...without.map((name) => `--exclude=${name}`),
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
    ...(whole ? [] : ['--tagsFilter=!long']),
    ...only,
  ];
  const { code, output } = await run('vitest', args, { show, signal: stop.signal });
  const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0 } = (await readReport(file)) ?? {};
  return {
    passed: numPassedTests,
    // A suite that broke before its first test, or a runner that died, counts as a failure of its own.
    failed: numFailedTests + (code !== 0 && numFailedTests === 0 ? 1 : 0),
    skipped: numPendingTests,
    unseen: show ? '' : title + output,
  };
}

async function readReport(file: string): Promise<Partial<Report> | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Partial<Report>;
  } catch {
    return undefined; // the runner ended before it could write: counted above by its exit code
  }
}
