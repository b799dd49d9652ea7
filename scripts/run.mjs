// The door of every npm script: works from any Node ≥ 20 and npm, brings the pinned toolchain, then runs the task.
// Nothing here may import a package: on a fresh clone there is none yet.
import { bringToolchain } from './toolchain.mjs';
import { runToEnd } from './run-to-end.mjs';

/** Task name → what the pinned Node runs. Arguments after the task are appended. */
const tasks = {
  demo: ['test/demo/main.ts'],
  cluster: ['test/cluster/cli.ts'],
  test: ['scripts/test.ts'],
  faults: ['scripts/faults.ts'],
  check: ['scripts/check.ts'],
  generate: ['scripts/generate.ts'],
  format: ['scripts/format.ts'],
  build: ['scripts/build.ts'],
  bench: ['test/bench/main.ts'],
  images: ['scripts/images/main.ts'],
};

const [task, ...rest] = process.argv.slice(2);
const entry = Object.hasOwn(tasks, task ?? '') ? tasks[task] : undefined;
if (!entry) {
  process.stderr.write(`run: no task "${task ?? ''}"; there are ${Object.keys(tasks).join(', ')}\n`);
  process.exit(2);
}
const { node, env } = await bringToolchain();
process.exitCode = await runToEnd(node, [...entry, ...rest], { env });
