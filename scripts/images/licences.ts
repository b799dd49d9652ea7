import { readFile, readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { root as repository } from '../steps.ts';

/**
 * The licences of everything from npm that went into bundles, as one text. What went in is read from the bundles' source maps, so nothing
 * is named that is not there and nothing is forgotten that is.
 */
export async function licencesOf(bundles: string): Promise<string> {
  const roots = new Set<string>();
  for (const name of await readdir(bundles, { recursive: true })) {
    if (!name.endsWith('.map')) continue;
    const map = join(bundles, name);
    const { sources } = JSON.parse(await readFile(map, 'utf8')) as { sources: string[] };
    for (const source of sources) {
      const root = packageOf(pathOf(source, map));
      if (root) roots.add(root);
    }
  }
  const parts = await Promise.all([...roots].map(licenceOf));
  return [...new Set(parts)].toSorted().join('\n');
}

/** What a plugin of the build made up is named by the plugin's word and by where it lies in the repository. */
function pathOf(source: string, map: string): string {
  const [, inRepository] = /^[\w-]+:(.*)$/s.exec(source) ?? [];
  return inRepository === undefined ? resolve(dirname(map), source) : resolve(repository, inRepository);
}

/** Folder of the package that a file belongs to; undefined for our own. */
function packageOf(path: string): string | undefined {
  return /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//s.exec(path)?.[1];
}

async function licenceOf(root: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  const files = (await readdir(root)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).toSorted();
  const texts = await Promise.all(files.map((file) => readFile(join(root, file), 'utf8')));
  const said =
    texts.length > 0 ? texts.map((each) => each.trim()).join('\n\n') : '(the package carries no licence file)';
  return `${'='.repeat(80)}\n${String(name)} ${String(version)} (${JSON.stringify(license) ?? 'no licence named'})\n${'='.repeat(80)}\n${said}\n`;
}
