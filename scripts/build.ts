import { build, type BuildOptions, type Plugin } from 'esbuild';
import { existsSync } from 'node:fs';
import { isBuiltin } from 'node:module';
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
  'kubectl-neo4jbackup': 'packages/cli/src/main.ts',
} as const;

export type BundleName = keyof typeof entries;

/** CommonJS packages inside an ES module still call `require`. */
const banner = `import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);`;

/**
 * Node's own modules as `require` gives them. An `import` of one copies all its exports, and among those of `node:http` is a WebSocket for
 * which Node then loads its whole `fetch`: a sixth of a service's start.
 */
const requiredBuiltins: Plugin = {
  name: 'required-builtins',
  setup(bundle) {
    bundle.onResolve({ filter: /.*/ }, ({ path, kind, namespace }) => {
      const asked = isBuiltin(path) && kind === 'import-statement' && namespace !== 'builtin';
      return asked ? { path, namespace: 'builtin' } : undefined;
    });
    bundle.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};

const options: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  sourcemap: 'linked',
  // Less to read and to parse at each start. Identifiers stay: class names are compared, and stack traces are read by people.
  minifyWhitespace: true,
  minifySyntax: true,
  plugins: [requiredBuiltins],
  legalComments: 'none',
  logLevel: 'silent', // errors come with the exception
  banner: { js: banner },
  outExtension: { '.js': '.mjs' },
  absWorkingDir: root,
};

/** Bundles every service whose entry exists, or those that are wanted, into `<outDir>/<name>.mjs`; answers the names it built. */
export async function buildServices(
  outDir: string,
  wanted = Object.keys(entries) as readonly BundleName[],
): Promise<BundleName[]> {
  const names = wanted.filter((name) => existsSync(join(root, entries[name])));
  if (names.length === 0) return [];
  await bundle(Object.fromEntries(names.map((name) => [name, entries[name]])), outDir);
  return names;
}

/** Bundles programs as the services are: name → its entry, into `<outDir>/<name>.mjs`. */
export async function bundle(programs: Readonly<Record<string, string>>, outDir: string): Promise<void> {
  const entryPoints = Object.entries(programs).map(([out, entry]) => ({ in: entry, out }));
  await build({ ...options, outdir: outDir, entryPoints });
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
