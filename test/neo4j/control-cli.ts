import { Command } from 'commander';
import { openControl, type Control } from './control.ts';
import { parseBytes } from './operator/store-bytes.ts';
import { clockFrom } from './state/clock.ts';
import { lastTx } from './state/database.ts';
import type { Fault, FaultyCommand } from './state/faults.ts';

const program = new Command('neo4j-standin')
  .description('Moves a stand-in Neo4j cluster (a test stand-in, not Neo4j).')
  .requiredOption(
    '--state-dir <folder>',
    "the operator's state folder, or that of one cluster",
    process.env['NEO4J_STANDIN_STATE'],
  )
  .option('--cluster <namespace/name>', "which target, below the operator's state folder");

program
  .command('list')
  .description('databases and servers')
  .action(() => {
    for (const database of control().databases()) {
      say(
        `database ${database.name}  tx ${lastTx(database)}  first log ${database.firstAvailableTx}  id ${database.id}`,
      );
    }
    for (const { name, role, address, port, listening } of control().servers()) {
      say(`server   ${name}  ${role}  ${address}:${port}  ${listening ? 'listening' : 'stopped'}`);
    }
  });
program
  .command('commit <database>')
  .description('commits transactions')
  .option('-n, --count <count>', 'how many', '1')
  .option('-b, --bytes <size>', 'what each appends, such as 4Ki', '256')
  .action(async (database: string, options: { count: string; bytes: string }) => {
    say(`tx ${await control().commit(database, Number(options.count), parseBytes(options.bytes))}`);
  });
program
  .command('prune <database> [tx]')
  .description('drops the logs up to and including a transaction, all if left out')
  .action((database: string, tx?: string) => control().pruneLogs(database, tx === undefined ? undefined : Number(tx)));
program
  .command('create <database> [size]')
  .description('creates a database')
  .action((database: string, size = '1Mi') => void control().create(database, { storeBytes: parseBytes(size) }));
program
  .command('drop <database>')
  .description('drops a database')
  .action((database: string) => control().drop(database));
program
  .command('recreate <database>')
  .description('the same name with a new identity')
  .action((database: string) => void control().recreate(database));
program
  .command('server <server> <state>')
  .description('up, stopped, hung or restart')
  .action((server: string, state: string) => {
    if (state === 'restart') return control().restart(server);
    if (state === 'up' || state === 'stopped' || state === 'hung') return control().setServer(server, { state });
    throw new Error(`"${state}" is none of up, stopped, hung, restart`);
  });
program
  .command('arm <fault>')
  .description('spoils the next calls of neo4j-admin; the fault as JSON, such as {"kind":"hang","at":"transfer"}')
  .option('--command <name>', 'of which command', 'backup')
  .option('--database <name>', 'only for this database')
  .option('--times <count>', 'how many calls', '1')
  .action((fault: string, { times, ...rest }: { command: string; database?: string; times: string }) =>
    control().arm(JSON.parse(fault) as Fault, {
      ...rest,
      command: rest.command as FaultyCommand,
      times: Number(times),
    }),
  );
program
  .command('disarm')
  .description('forgets what was armed')
  .action(() => control().disarm());

await program.parseAsync();

function control(): Control {
  const { stateDir, cluster } = program.opts<{ stateDir: string; cluster?: string }>();
  const now = clockFrom(process.env['HOLDFAST_CLOCK_FILE']);
  return openControl(cluster === undefined ? { stateDir, now } : { stateDir, cluster, now });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
