// npm test: every lane this machine can run, without the stories that take minutes; with CI=true each lane is required, and whole. Ends in
// one line, `N passed, N failed, N skipped`.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './steps.ts';

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numFailedTestSuites: number;
}

const only = process.argv.slice(2);
const whole = Boolean(process.env['CI']) || only.length > 0;
/** Lanes that are played together share the processors, so that neither waits for the last file of another. */
const together = [
  ['unit', 'properties', 'stand-ins'],
  ['cluster'],
  ...(whole ? [['control-plane'], ['node'], ['benches']] : []),
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
  for (const lanes of together) {
    if (stop.signal.aborted) return 130;
    process.stdout.write(`lane: ${lanes.join(', ')}\n`);
    const file = join(folder, `${lanes[0]}.json`);
    const args = [
      'run',
      ...lanes.flatMap((lane) => ['--project', lane]),
      '--passWithNoTests',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
      ...(whole ? [] : ['--tagsFilter=!long']),
      ...only,
    ];
    const { code } = await run('vitest', args, { show: true, signal: stop.signal });
    const report = await readReport(file);
    passed += report?.numPassedTests ?? 0;
    failed += report?.numFailedTests ?? 0;
    skipped += report?.numPendingTests ?? 0;
    // A suite that broke before its first test, or a runner that died, counts as a failure of its own.
    if (code !== 0 && (report?.numFailedTests ?? 0) === 0) failed += 1;
  }
  if (stop.signal.aborted) return 130;
  if (!whole) process.stdout.write(leftOut);
  process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

async function readReport(file: string): Promise<Report | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Report;
  } catch {
    return undefined; // the runner ended before it could write: counted above by its exit code
  }
}
