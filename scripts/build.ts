import { build, type BuildOptions } from 'esbuild';
import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(new URL('.', import.meta.url)), '..');

/** Bundle name → its entry. The agent's image also needs the program that installs it into a pod. */
const entries = {
  watcher: 'services/watcher/src/main.ts',
  worker: 'services/worker/src/main.ts',
  retention: 'services/retention/src/main.ts',
  dashboard: 'services/dashboard/src/main.ts',
  agent: 'services/agent/src/main.ts',
  install: 'services/agent/src/install.ts',
} as const;

export type BundleName = keyof typeof entries;

/** CommonJS packages inside an ES module still call `require`. */
const banner = `import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);`;

const options: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  sourcemap: 'linked',
  legalComments: 'none',
  logLevel: 'silent', // errors come with the exception
  banner: { js: banner },
  outExtension: { '.js': '.mjs' },
  absWorkingDir: root,
};

/** Bundles every service whose entry exists into `<outDir>/<name>.mjs`; answers the names it built. */
export async function buildServices(outDir: string): Promise<BundleName[]> {
  const names = (Object.keys(entries) as BundleName[]).filter((name) => existsSync(join(root, entries[name])));
  if (names.length === 0) return [];
  await build({ ...options, outdir: outDir, entryPoints: names.map((name) => ({ in: entries[name], out: name })) });
  return names;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const outDir = join(root, 'dist');
  const began = performance.now();
  const built = await buildServices(outDir);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  process.stdout.write(
    `built ${built.join(', ') || 'nothing'} into ${relative(process.cwd(), outDir) || '.'} in ${seconds} s\n`,
  );
}
