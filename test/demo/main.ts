import { isatty } from 'node:tty';
import { Command } from 'commander';
import { createColors } from 'picocolors';
import type { DevCluster } from '../cluster/start-cluster.ts';
import { namespace, openRoom } from './demo-room.ts';
import { describeDemo } from './document.ts';
import { keepLogs } from './keep-logs.ts';
import { stayOpen } from './play.ts';
import { printTo, type Printer } from './print.ts';
import { Seen } from './seen.ts';
import { setStage, tellStory } from './story.ts';

interface Options {
  readonly once?: boolean;
  readonly json?: boolean;
}

const { once = false, json = false } = parseOptions();
const out = json ? process.stderr : process.stdout; // stdout is for the document then
const colours = isatty(out.fd) && !process.env['NO_COLOR'];
/** Exit code of a program that was asked to end before it was done. */
const interrupted = 130;

process.exitCode = await demo(printTo(out, colours), untilAskedToStop());

async function demo(print: Printer, signal: AbortSignal): Promise<number> {
  const began = performance.now();
  let cluster: DevCluster | undefined;
  let seen: Seen | undefined;
  let told = false;
  try {
    cluster = await setStage(print);
    signal.throwIfAborted();
    seen = new Seen(cluster, namespace, signal);
    const room = openRoom({ cluster, seen, print, signal });
    await tellStory(room);
    const tookMs = performance.now() - began;
    if (json) process.stdout.write(`${JSON.stringify(await describeDemo(room, tookMs), undefined, 2)}\n`);
    print.heading(`All of it took ${Math.round(tookMs / 1000)} s`);
    told = true;
    if (!once) await stayOpen(cluster, print, signal);
    return 0;
  } catch (error) {
    if (signal.aborted && !told) return interrupted;
    return await fail(error, cluster);
  } finally {
    print.note('stopping');
    seen?.close();
    await cluster?.stop();
  }
}

async function fail(error: unknown, cluster: DevCluster | undefined): Promise<number> {
  const { red } = createColors(colours);
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`\n${red('demo failed')}: ${reason}\n`);
  if (cluster) process.stderr.write(`logs and objects were copied to ${await keepLogs(cluster)}\n`);
  else if (error instanceof Error && error.stack) process.stderr.write(`${error.stack}\n`);
  return 1;
}

function parseOptions(): Options {
  const program = new Command('npm run demo --')
    .description(
      'One backup followed stage by stage, a schedule over some days, retention, and a restore that is compared byte by byte, all on a dev cluster of its own.',
    )
    .option('--once', 'end by itself; without it the cluster stays open until Ctrl-C')
    .option('--json', 'print what happened as one JSON document on stdout, the story on stderr (with --once)')
    .showHelpAfterError()
    .parse();
  const options = program.opts<Options>();
  if (options.json && !options.once) program.error('--json needs --once: the document is of a demo that has ended');
  return options;
}

/** The first INT, TERM or HUP asks; a second one is left to the system. */
function untilAskedToStop(): AbortSignal {
  const asked = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(name, () => asked.abort(new Error(`${name} received`)));
  return asked.signal;
}
