import { byAge } from './chains.ts';
import { isOn, valueOf, type CommandLine } from './command-line.ts';
import { CommandError, type Context } from './context.ts';
import { readInventory } from './inventory.ts';
import { placeToRead } from './places.ts';
import { restoreChain } from './restore.ts';

/** `database load`: takes the newest artifact of the database in a folder, which must be a FULL. */
export async function load(line: CommandLine, context: Context): Promise<number> {
  const [database = ''] = line.parameters;
  const from = valueOf(line, '--from-path') ?? '';
  const { folder, file } = await placeToRead(from, context);
  const { artifacts } = await readInventory(folder, file);
  const latest = artifacts
    .filter((one) => one.database === database)
    .toSorted(byAge)
    .at(-1);
  if (!latest) throw new CommandError(`No archive of database '${database}' in ${from}.`);
  if (!latest.full) throw new CommandError(`${latest.name} is a differential backup; load takes full backups only.`);
  const overwrite = isOn(line, '--overwrite-destination');
  await restoreChain(database, { folder, chain: [latest], until: () => true, overwrite }, context);
  context.output.answer(`Load of database '${database}' completed successfully.`);
  return 0;
}
