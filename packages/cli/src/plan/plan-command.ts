import { Command } from 'commander';
import { paint, type Terminal } from '../terminal.ts';
import { planDiff } from './plan-diff.ts';
import { printPlan } from './print-plan.ts';
import { readBackup, type Whence } from './read-backup.ts';

const examples = `
Shows the newest retention plan of a backup as its status tells it: chains that go have a minus, and each says why it goes or stays.
Nothing is changed. The plan stands in status before anything is removed; one that removes more than spec.retention.maxDeletePercent waits there.

Examples:
  kubectl neo4jbackup plan nightly -n shop

  # for programs
  kubectl neo4jbackup plan nightly -n shop --json

  # of an object that was printed earlier, without a cluster
  kubectl get n4jb nightly -n shop -o json | kubectl neo4jbackup plan --file -`;

/** The verb `plan`. */
export function planCommand(terminal: Terminal): Command {
  return new Command('plan')
    .description('Shows what retention removes and keeps, and why.')
    .argument('[name]', 'the backup')
    .option('-n, --namespace <namespace>', 'its namespace')
    .option('--context <name>', 'context of the kubeconfig')
    .option('--kubeconfig <file>', 'kubeconfig to use')
    .option('-f, --file <file>', 'the object as JSON, or - for standard input, instead of asking a cluster')
    .option('--json', 'print the plan as one JSON document')
    .addHelpText('after', examples)
    .action((name: string | undefined, options: Whence & { json?: true }) => showPlan(name, options, terminal));
}

async function showPlan(
  name: string | undefined,
  { json, ...whence }: Whence & { json?: true },
  terminal: Terminal,
): Promise<void> {
  const { stdout } = terminal;
  const { key, status } = await readBackup(name, whence, terminal);
  const diff = planDiff(key, status);
  if (json) return void stdout.write(`${JSON.stringify(diff ?? { backup: key, state: 'none' })}\n`);
  stdout.write(
    diff
      ? printPlan(diff, (colour, text) => paint(stdout, colour, text))
      : `no plan of ${key.namespace}/${key.name} yet: retention plans after a success, where spec.retention says what goes\n`,
  );
}
