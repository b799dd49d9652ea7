import { byAge } from './chains.ts';
import { valueOf, type CommandLine } from './command-line.ts';
import { CommandError, type Context } from './context.ts';
import { readInventory, type FoundArtifact } from './inventory.ts';
import { placeToRead } from './places.ts';

/** `backup validate`: whether the latest backups of a sharded property database's shards stand at one transaction. */
export async function validate(line: CommandLine, context: Context): Promise<number> {
  const logical = valueOf(line, '--database') ?? '';
  const from = valueOf(line, '--from-path') ?? '';
  const { folder } = await placeToRead(from, context);
  const { artifacts } = await readInventory(folder);
  const shards = artifacts.filter(({ database }) => shardOf(database, logical) !== undefined);
  const latest = Object.values(Object.groupBy(shards, ({ database }) => database)).flatMap(
    (own = []) => own.toSorted(byAge).at(-1) ?? [],
  );
  const graph = latest.find(({ database }) => shardOf(database, logical) === 'g');
  if (!graph) throw new CommandError(`No backup of the graph shard of '${logical}' in ${from}.`);
  context.output.answer('| DATABASE | PATH | STATUS |');
  for (const shard of latest) context.output.answer(`| ${shard.database} | ${shard.uri} | ${status(shard, graph)} |`);
  return latest.every(({ highestTx }) => highestTx === graph.highestTx) ? 0 : 1;
}

function shardOf(database: string, logical: string): 'g' | 'p' | undefined {
  const match = /^(.+)-([gp])\d{3}$/.exec(database);
  return match?.[1] === logical ? (match[2] as 'g' | 'p') : undefined;
}

function status({ highestTx }: FoundArtifact, graph: FoundArtifact): string {
  if (highestTx === graph.highestTx) return 'OK';
  const behind = highestTx < graph.highestTx;
  return `Backup is ${behind ? 'behind' : 'ahead'} (${highestTx} ${behind ? '<' : '>'} ${graph.highestTx})`;
}
