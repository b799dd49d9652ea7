import { createReadStream, mkdtempSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ArtifactWriter, type ArtifactHeader } from './artifact-file.ts';
import { artifactName, freeSecond } from './artifact-name.ts';
import { byAge, chainTo, isEmpty } from './chains.ts';
import { isOn, valueOf, type CommandLine } from './command-line.ts';
import { CommandError, type Context } from './context.ts';
import type { Folder } from './folder.ts';
import { readInventory, type FoundArtifact } from './inventory.ts';
import { placeToRead } from './places.ts';
import { rebuild } from './rebuild.ts';
import { formatVersion, has } from './version.ts';

/** `backup aggregate`: merges a chain into one recovered FULL. The code is 0 whatever happens; the line tells. */
export async function aggregate(line: CommandLine, context: Context): Promise<number> {
  const { folder, file } = await placeToRead(valueOf(line, '--from-path') ?? '', context);
  const { artifacts } = await readInventory(folder);
  const given = artifacts.find(({ name }) => name === file)?.database ?? line.parameters[0];
  const databases = given === undefined ? [...new Set(artifacts.map(({ database }) => database))] : [given];
  for (const database of databases) {
    try {
      const own = artifacts.filter((one) => one.database === database && !isEmpty(one)).toSorted(byAge);
      const last = file === undefined ? own.at(-1) : own.find(({ name }) => name === file);
      context.output.answer(await aggregateOne(folder, { last, own, line }, context));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      context.output.answer(`Failed to aggregate backup chain of database '${database}' reason: '${reason}'`);
    }
  }
  return 0;
}

interface Wanted {
  readonly last: FoundArtifact | undefined;
  readonly own: readonly FoundArtifact[];
  readonly line: CommandLine;
}

async function aggregateOne(folder: Folder, { last, own, line }: Wanted, context: Context): Promise<string> {
  const failing = context.faults.find('fail', last?.database);
  if (failing) throw new CommandError(failing.message);
  if (!last) throw new CommandError('there is no backup of it');
  if (last.full && last.recovered) {
    return `No aggregation needed for database '${last.database}'. Found existing full backup: '${last.uri}'.`;
  }
  const chain = chainTo(own, last, has(context.version, '2026.02'));
  if (!chain) throw new CommandError('a link of the chain is missing');
  const name = await merge(folder, chain, line, context);
  if (!isOn(line, '--keep-old-backup')) await removeOld(folder, chain);
  return `Successfully aggregated backup chain of database '${last.database}', new artifact: '${folder.uri(name)}'.`;
}

async function merge(
  folder: Folder,
  chain: readonly FoundArtifact[],
  line: CommandLine,
  context: Context,
): Promise<string> {
  const { cwd, scratch, settings, evidence, now } = context;
  const temp = mkdtempSync(join(resolve(cwd, valueOf(line, '--temp-path') ?? '.'), 'standin-aggregate-'));
  scratch.add(temp);
  const store = join(temp, 'store');
  const { bytes } = await rebuild(folder, chain, { file: store, until: () => true, context });
  const last = chain.at(-1);
  if (!last) throw new CommandError('the chain is empty');
  const taken = new Set((await folder.list()).map(({ name: one }) => one));
  const { second, name } = freeSecond(now(), (at) => artifactName(last.database, at, settings.zone), taken);
  const file = join(temp, 'artifact');
  const writer = new ArtifactWriter(file, headerOf(last, bytes, second, context));
  for await (const chunk of createReadStream(store, { highWaterMark: 1 << 20 })) writer.write(chunk as Buffer);
  writer.finish();
  await folder.publish(name, file);
  evidence.artifacts.push(folder.uri(name));
  return name;
}

function headerOf(last: FoundArtifact, payloadBytes: number, second: Date, { version }: Context): ArtifactHeader {
  return {
    ...last.head.header,
    producedBy: formatVersion(version),
    time: `${second.toISOString().slice(0, 19)}Z`,
    full: true,
    recovered: true,
    lowestTx: 1,
    part: 0,
    parts: 0,
    payloadBytes,
  };
}

/** Newest first: what is left when this is interrupted is still a chain. */
async function removeOld(folder: Folder, chain: readonly FoundArtifact[]): Promise<void> {
  for (const { name, partNames } of chain.toReversed()) {
    for (const one of [...partNames, name]) await folder.remove(one);
  }
}
