import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildOnce, tellProgress, type GoSite } from './go-site.ts';
import { cacheFolder } from './pip-install.ts';

/** A program whose Go module is a folder of ours. */
export interface GoModule {
  readonly name: string;
  readonly version: string;
  /** Folder with `go.mod` and the `main` package. */
  readonly folder: string;
  /** Further names that the program goes by, for one that looks at how it was called. */
  readonly aliases?: readonly string[];
  /** Variables that are set when the program is linked, as `package.Variable` to text. */
  readonly linked?: Readonly<Record<string, string>>;
  /** Changes to the standard library for this program alone, by path below Go's `src`. */
  readonly patches?: Readonly<Record<string, Patch>>;
}

/** A whole file, or a line that is put after the only line that reads so. */
export type Patch = { readonly file: string } | { readonly after: string; readonly line: string };

/** Path of the program in the user's cache, by its name or an alias; undefined when it was not built from these sources yet. */
export function builtModule(module: GoModule, alias: string = module.name): string | undefined {
  const path = join(homeOf(module), alias);
  return existsSync(path) ? path : undefined;
}

/**
 * Path of the program, built on the first call, which tells how many packages are done. Undefined, and said why, where there is no Go or it
 * cannot build.
 */
export async function goBuild(module: GoModule, say: (line: string) => void): Promise<string | undefined> {
  await buildOnce(homeOf(module), module.name, { say, build: (site) => build(module, site, say) });
  return builtModule(module);
}

/** Whoever changes a source, a flag or a patch gets another program. */
function homeOf(module: GoModule): string {
  const hash = createHash('sha256').update(JSON.stringify([module.aliases, module.linked, module.patches]));
  const sources = readdirSync(module.folder).filter((name) => /^go\.(mod|sum)$|\.go(\.txt)?$/.test(name));
  for (const name of sources.sort()) hash.update(`\0${name}\0`).update(readFileSync(join(module.folder, name)));
  const { name, version } = module;
  return join(
    cacheFolder(),
    `${name}-${version}-${hash.digest('hex').slice(0, 12)}-${process.platform}-${process.arch}`,
  );
}

async function build(module: GoModule, site: GoSite, say: (line: string) => void): Promise<void> {
  const { name, version, folder, linked = {} } = module;
  const startedAt = performance.now();
  const todo = new Set<string>();
  let done = 0;
  const finish = tellProgress(say, (seconds) => {
    const progress = todo.size === 0 ? 'fetching modules' : `${done} of ${todo.size} packages`;
    return `building ${name} ${version}: ${progress} (${seconds} s)`;
  });
  try {
    const dependencies = await site.go(['list', '-deps', '.'], { cwd: folder });
    for (const one of dependencies.split('\n').filter(Boolean)) todo.add(one);
    const settings = Object.entries(linked).map(([variable, value]) => `-X ${variable}=${value}`);
    const flags = ['-v', '-p', '2', '-trimpath', '-buildvcs=false', '-overlay', await overlay(module, site)];
    const args = ['build', ...flags, '-ldflags', ['-s -w', ...settings].join(' '), '-o', join(site.bin, name), '.'];
    await site.go(args, { cwd: folder, onLine: (line) => void (todo.has(line) && (done += 1)) });
    for (const alias of module.aliases ?? []) await symlink(name, join(site.bin, alias));
    say(`built ${name} ${version} in ${Math.round((performance.now() - startedAt) / 1000)} s`);
  } finally {
    finish();
  }
}

/** Writes the patched files into the site; answers the file that tells Go about them. */
async function overlay({ folder, patches = {} }: GoModule, site: GoSite): Promise<string> {
  const root = join((await site.go(['env', 'GOROOT'])).trim(), 'src');
  const replaced: Record<string, string> = {};
  for (const [path, patch] of Object.entries(patches)) {
    const fresh = join(site.folder, path.replaceAll('/', '-'));
    const text = 'file' in patch ? readFileSync(join(folder, patch.file), 'utf8') : patched(join(root, path), patch);
    await writeFile(fresh, text);
    replaced[join(root, path)] = fresh;
  }
  const file = join(site.folder, 'overlay.json');
  await writeFile(file, JSON.stringify({ Replace: replaced }));
  return file;
}

function patched(file: string, { after, line }: { after: string; line: string }): string {
  const lines = readFileSync(file, 'utf8').split('\n');
  const places = lines.flatMap((each, index) => (each === after ? [index] : []));
  const [place] = places;
  if (place === undefined || places.length > 1)
    throw new Error(`${file} has ${places.length} lines "${after.trim()}" where one was expected; use Go 1.26 or 1.27`);
  return lines.toSpliced(place + 1, 0, line).join('\n');
}
