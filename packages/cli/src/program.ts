import { Command, CommanderError } from 'commander';
import { decryptCommand } from './decrypt/decrypt-command.ts';
import { planCommand } from './plan/plan-command.ts';
import { simulateCommand } from './simulate/simulate-command.ts';
import { exitCodes, endOf } from './exit.ts';
import { paint, type Terminal } from './terminal.ts';

/** Runs one command line and answers the exit code; what there is to say has been said by then. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = new Command('kubectl neo4jbackup')
    .description('Looks after Neo4jBackup objects and their artifacts.')
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    })
    .addHelpText('after', `\n${exitCodes}`)
    .exitOverride();
  const commands = [decryptCommand(terminal), planCommand(terminal), simulateCommand(terminal)];
  for (const command of commands) program.addCommand(command.copyInheritedSettings(program));
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // it has said its sentence itself
    return fail(error, { terminal, json: commands.some((command) => command.opts<{ json?: true }>().json === true) });
  }
}

function fail(error: unknown, { terminal, json }: { terminal: Terminal; json: boolean }): number {
  const { exitCode, message, reason } = endOf(error);
  terminal.stderr.write(`${paint(terminal.stderr, 'red', 'error:')} ${message}\n`);
  if (json) terminal.stdout.write(`${JSON.stringify({ outcome: 'failed', exitCode, reason, message })}\n`);
  return exitCode;
}
