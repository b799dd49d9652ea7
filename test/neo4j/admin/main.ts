import { Evidence, Scratch } from './context.ts';
import { recordEnd, run, type Call } from './run.ts';

const call: Call = {
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  scratch: new Scratch(),
  evidence: new Evidence(),
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
};
for (const [signal, code] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
  ['SIGHUP', 129],
] as const) {
  process.once(signal, () => {
    recordEnd(call, code);
    process.exit(code);
  });
}
process.exit(await run(call));
