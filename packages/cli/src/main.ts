#!/usr/bin/env node
import { text } from 'node:stream/consumers';
import { runProgram } from './program.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
let received: NodeJS.Signals | undefined;

process.exitCode = await runProgram(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  readStdin: () => text(process.stdin),
  watchForInterruption,
});
// Everything is cleared away: now end as the signal would have ended us, also when a read is stuck.
if (received) {
  process.removeAllListeners(received);
  process.kill(process.pid, received);
}

function watchForInterruption(): AbortSignal {
  const interruption = new AbortController();
  for (const name of signals) {
    process.on(name, () => {
      received ??= name;
      interruption.abort();
    });
  }
  return interruption.signal;
}
