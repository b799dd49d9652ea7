import { mkdir, readFile, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { root } from '../steps.ts';

const compress = promisify(gzip);
const cache = join(root, 'node_modules/.cache/holdfast/layers');

/** Layers from so many bytes on are kept: Node.js takes seconds to compress, and is the same each time. */
const keptFrom = 1 << 20;
const mostKept = 24;

/**
 * Compresses a layer, or finds it as it was compressed before.
 * @param diffId digest of the bytes: the same bytes are compressed the same way by the same zlib
 */
export async function compressedLayer(tar: Uint8Array, diffId: string): Promise<Uint8Array> {
  if (tar.byteLength < keptFrom) return compress(tar, { level: 6 });
  const file = join(cache, `${diffId.replace(':', '-')}-zlib-${process.versions.zlib}.gz`);
  const kept = await readFile(file).catch(() => undefined);
  if (kept) {
    await utimes(file, new Date(), new Date()).catch(() => {}); // another process may have forgotten it meanwhile
    return kept;
  }
  const stored = await compress(tar, { level: 6 });
  await mkdir(cache, { recursive: true });
  const fresh = `${file}.${process.pid}`;
  await writeFile(fresh, stored);
  await rename(fresh, file); // whole or not at all
  await forgetOld();
  return stored;
}

async function forgetOld(): Promise<void> {
  const files = (await readdir(cache)).map((name) => join(cache, name));
  const ages = await Promise.all(files.map(async (file) => ({ file, at: (await stat(file)).mtimeMs })));
  for (const { file } of ages.toSorted((a, b) => b.at - a.at).slice(mostKept)) await rm(file, { force: true });
}
