import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildServices } from '../../../scripts/build.ts';

const root = resolve(fileURLToPath(new URL('.', import.meta.url)), '..', '..', '..');
const cache = join(root, 'node_modules', '.cache', 'holdfast', 'bundles');

/** A folder with the bundles of the sources as they are now; built only when something has changed. */
export async function currentBundles(): Promise<string> {
  const folder = join(cache, hashOfSources());
  if (!existsSync(folder)) {
    const fresh = `${folder}.${process.pid}.${performance.now().toString(36)}`;
    mkdirSync(fresh, { recursive: true });
    await buildServices(fresh);
    try {
      renameSync(fresh, folder); // whole or not at all
    } catch (error) {
      rmSync(fresh, { recursive: true, force: true });
      if (!existsSync(folder)) throw error; // else somebody built the same at the same time
    }
    forgetOld(folder);
  }
  utimesSync(folder, new Date(), new Date());
  return folder;
}

/** How many earlier builds stay: other clusters may still run from them. */
const kept = 10;

function forgetOld(current: string): void {
  const folders = readdirSync(cache).map((name) => join(cache, name));
  const byAge = folders
    .filter((folder) => folder !== current)
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const folder of byAge.slice(kept)) rmSync(folder, { recursive: true, force: true });
}

/** Same sources, same word: everything that bundles are made of. */
export function hashOfSources(): string {
  const hash = createHash('sha256');
  const groups = ['services', 'packages'].flatMap((group) =>
    readdirSync(join(root, group))
      .sort()
      .map((name) => join(group, name)),
  );
  const files = groups.flatMap((folder) => [join(folder, 'package.json'), ...sourcesBelow(join(folder, 'src'))]);
  for (const file of ['scripts/build.ts', 'pnpm-lock.yaml', ...files]) {
    if (existsSync(join(root, file)))
      hash
        .update(file)
        .update('\0')
        .update(readFileSync(join(root, file)));
  }
  return hash.digest('hex').slice(0, 20);
}

function sourcesBelow(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}
