// npm run check: everything that can be said about the code without running it, one line each, all of it even when one fails.
import { ours, run } from './steps.ts';

const steps: readonly { name: string; command: string; args: readonly string[] }[] = [
  { name: 'types', command: 'tsc', args: ['-p', 'tsconfig.json'] },
  { name: 'lint', command: 'oxlint', args: ['--type-aware', '--deny-warnings', ...ours] },
  { name: 'format', command: 'oxfmt', args: ['--check', ...ours] },
  {
    name: 'imports',
    command: 'depcruise',
    args: ['--config', '.dependency-cruiser.cjs', '--output-type', 'err', 'packages', 'services', 'test', 'scripts'],
  },
  { name: 'dead code', command: 'knip', args: ['--no-progress'] },
  { name: 'generated files', command: 'node', args: ['scripts/generate.ts', '--check'] },
];

let failed = 0;
for (const { name, command, args } of steps) {
  const began = Date.now();
  const { code, output } = await run(command, args);
  const took = `${((Date.now() - began) / 1000).toFixed(1)} s`;
  process.stdout.write(`${code === 0 ? 'ok    ' : 'FAILED'}  ${name}  (${took})\n`);
  if (code !== 0) {
    failed += 1;
    process.stdout.write(`${output.trimEnd()}\n`);
  }
}
process.exitCode = failed === 0 ? 0 : 1;
