import { readFileSync } from 'node:fs';
import { clockFrom } from '../state/clock.ts';
import { takeFaults, type ActiveFault, type ArmedFault, type FaultyCommand } from '../state/faults.ts';
import { backup } from './backup.ts';
import { check } from './check.ts';
import { aggregate } from './aggregate.ts';
import { parseCommandLine, type CommandLine } from './command-line.ts';
import { CommandError, Faults, type Context, type Evidence, type Scratch } from './context.ts';
import { inspect } from './inspect.ts';
import { load } from './load.ts';
import { writeJournal } from './journal.ts';
import { jvmNoise, openOutput, type Streams } from './output.ts';
import { restore } from './restore.ts';
import { readSettings } from './settings.ts';
import { validate } from './validate.ts';
import { formatVersion, parseVersion } from './version.ts';

/** What the process hands over. */
export interface Call extends Streams {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly scratch: Scratch;
  readonly evidence: Evidence;
}

const commands: Record<FaultyCommand, (line: CommandLine, context: Context) => Promise<number>> = {
  backup,
  inspect,
  aggregate,
  check,
  restore,
  load,
  validate,
};

/** Runs one call of the stand-in `neo4j-admin` and returns its exit code; never throws for what a caller did wrong. */
export async function run(call: Call): Promise<number> {
  call.stderr('This is a Holdfast test stand-in for neo4j-admin, not Neo4j; nothing it writes is a backup.\n');
  const exitCode = await answer(call, whoAndWhen(call));
  recordEnd(call, exitCode);
  return exitCode;
}

/** Removes what the call has left behind and notes its end, also one by a signal. */
export function recordEnd(call: Call, exitCode: number): void {
  const { argv, env, cwd, evidence, scratch } = call;
  const { version, now } = whoAndWhen(call);
  scratch.removeAll();
  const time = now().toISOString();
  const entry = { time, version: formatVersion(version), arguments: argv, workingDirectory: cwd, exitCode };
  writeJournal(env['NEO4J_STANDIN_JOURNAL'], entry, { env, evidence });
}

function whoAndWhen({ env }: Call): Pick<Context, 'version' | 'now'> {
  return {
    version: parseVersion(env['NEO4J_STANDIN_VERSION'] ?? '5.26.0'),
    now: clockFrom(env['HOLDFAST_CLOCK_FILE']),
  };
}

async function answer(call: Call, known: Pick<Context, 'version' | 'now'>): Promise<number> {
  const { argv, env, cwd, scratch, evidence } = call;
  const asked = parseCommandLine(argv, known.version, (path) => readArguments(path));
  switch (asked.kind) {
    case 'version':
      call.stdout(`${formatVersion(known.version)} (test stand-in, not Neo4j)\n`);
      return 0;
    case 'help':
      call.stdout(`${asked.usage}\n`);
      return 0;
    case 'wrong':
      call.stderr(`${asked.message}\n${asked.usage}\n`);
      return 64;
    case 'command': {
      for (const noise of jvmNoise(env)) call.stderr(`${noise}\n`);
      const settings = readSettings(env);
      const output = openOutput(known.version, settings.stream, known.now, call);
      const faults = new Faults(await armed(asked.line.does, env));
      return execute(asked.line, { ...known, env, cwd, scratch, evidence, settings, output, faults });
    }
  }
}

async function execute(line: CommandLine, context: Context): Promise<number> {
  try {
    return await commands[line.does](line, context);
  } catch (error) {
    if (error instanceof CommandError) {
      context.output.complain(error.message);
      return error.exitCode;
    }
    context.output.complain(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return 70;
  }
}

/** From the environment for every call, and from the file of an image's environment for as many as were armed. */
async function armed(command: FaultyCommand, env: NodeJS.ProcessEnv): Promise<ActiveFault[]> {
  const fromEnv = JSON.parse(env['NEO4J_STANDIN_FAULTS'] ?? '[]') as ArmedFault[];
  const file = env['NEO4J_STANDIN_FAULTS_FILE'];
  return [...fromEnv.filter((one) => one.command === command), ...(file ? await takeFaults(file, command) : [])];
}

function readArguments(path: string): string[] {
  const words = readFileSync(path, 'utf8').match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
  return words.map((word) => word.replace(/^(["'])(.*)\1$/, '$2'));
}
