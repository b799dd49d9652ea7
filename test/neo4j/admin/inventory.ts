import { isArtifactName, partOf } from './artifact-name.ts';
import { headBytes, readHead, verifiedPayload, type ArtifactHeader, type Head } from './artifact-file.ts';
import type { Folder, FolderEntry } from './folder.ts';

const readAtOnce = 8;

/** An artifact as found in a folder, its companion parts with it. */
export interface FoundArtifact extends ArtifactHeader {
  readonly name: string;
  readonly uri: string;
  readonly bytes: number;
  readonly partNames: readonly string[];
  readonly head: Head;
}

/** What a folder holds: artifacts, and files that inspect cannot explain. */
export interface Inventory {
  readonly artifacts: readonly FoundArtifact[];
  readonly unexplained: readonly { readonly name: string; readonly why: string }[];
}

/** Reads the header of every file of a folder, or of one; never more than the header. */
export async function readInventory(folder: Folder, only?: string): Promise<Inventory> {
  const entries = await folder.list();
  const wanted = entries.filter(({ name }) => (only === undefined ? !belongsTo(name, entries) : name === only));
  const artifacts: FoundArtifact[] = [];
  const unexplained: { name: string; why: string }[] = [];
  for (let at = 0; at < wanted.length; at += readAtOnce) {
    const looked = await Promise.all(wanted.slice(at, at + readAtOnce).map((entry) => look(folder, entry, entries)));
    for (const one of looked) {
      if ('why' in one) unexplained.push(one);
      else artifacts.push(one);
    }
  }
  return { artifacts, unexplained };
}

/** The whole payload of an artifact, parts included; throws where it is damaged. */
export async function* payloadOf(folder: Folder, artifact: FoundArtifact): AsyncGenerator<Buffer> {
  yield* verifiedPayload(folder.read(artifact.name), artifact.head);
  for (const name of artifact.partNames) {
    const head = readHead(await folder.head(name, headBytes));
    if (!head) throw new Error(`companion part ${name} is not readable`);
    yield* verifiedPayload(folder.read(name), head);
  }
}

function belongsTo(name: string, entries: readonly FolderEntry[]): boolean {
  const part = partOf(name);
  return part !== undefined && entries.some((entry) => entry.name === part.artifact);
}

async function look(
  folder: Folder,
  { name, bytes }: FolderEntry,
  entries: readonly FolderEntry[],
): Promise<FoundArtifact | { name: string; why: string }> {
  const head = readHead(await folder.head(name, headBytes));
  if (!head) return { name, why: isArtifactName(name) ? 'its header cannot be read' : 'it is not an artifact' };
  if (bytes !== head.fileBytes) return { name, why: `it has ${bytes} bytes instead of ${head.fileBytes}` };
  const partNames = Array.from({ length: head.header.parts }, (_, index) => `${name}.${index + 1}`);
  const missing = partNames.find((part) => !entries.some((entry) => entry.name === part));
  if (missing) return { name, why: `its companion part ${missing} is missing` };
  return { ...head.header, name, uri: folder.uri(name), bytes, partNames, head };
}
