import { createHash } from 'node:crypto';
import { packTar, type TarEntry } from 'modern-tar';
import { compressedLayer } from './compress.ts';

/** A file of an image. Folders above it need not be named. */
export type ImageFile =
  | { readonly kind: 'file'; readonly bytes: Uint8Array; readonly executable?: boolean }
  | { readonly kind: 'link'; readonly to: string }
  | { readonly kind: 'folder'; readonly mode: number };

/** Path without a leading slash → what lies there. */
export type ImageFiles = ReadonlyMap<string, ImageFile>;

/** A layer as an image names it: `digest` of what is stored, `diffId` of what it unpacks to. */
export interface Layer {
  readonly digest: string;
  readonly diffId: string;
  readonly stored: Uint8Array;
  readonly unpackedBytes: number;
}

/** The same files give the same bytes: sorted by name, owned by root, at the beginning of time. */
export async function layerOf(files: ImageFiles): Promise<Layer> {
  const tar = await packTar(entriesOf(files));
  const diffId = digestOf(tar);
  const stored = await compressedLayer(tar, diffId);
  return { digest: digestOf(stored), diffId, stored, unpackedBytes: tar.byteLength };
}

/** As images spell it: `sha256:<hex>`. */
export function digestOf(bytes: Uint8Array | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** What every entry of an archive has in common. */
export const anonymous = { uid: 0, gid: 0, uname: '', gname: '', mtime: new Date(0) } as const;

function entriesOf(files: ImageFiles): TarEntry[] {
  const all = new Map<string, ImageFile>(files);
  for (const path of files.keys())
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end);
      if (!all.has(folder)) all.set(folder, { kind: 'folder', mode: 0o755 });
    }
  return [...all]
    .toSorted(([one], [other]) => (one < other ? -1 : 1)) // by code unit, so a folder comes before what is in it
    .map(([name, file]) => entryOf(name, file));
}

function entryOf(name: string, file: ImageFile): TarEntry {
  switch (file.kind) {
    case 'file': {
      const mode = file.executable ? 0o755 : 0o644;
      return { header: { ...anonymous, name, mode, type: 'file', size: file.bytes.byteLength }, body: file.bytes };
    }
    case 'link':
      return { header: { ...anonymous, name, mode: 0o777, type: 'symlink', size: 0, linkname: file.to } };
    case 'folder':
      return { header: { ...anonymous, name: `${name}/`, mode: file.mode, type: 'directory', size: 0 } };
  }
}
