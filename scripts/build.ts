import { build, type BuildOptions, type Plugin } from 'esbuild';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = resolve(fileURLToPath(new URL('.', import.meta.url)), '..');

/** What always runs: loads from `chunks/` what it needs, when it needs it. */
const split = {
  watcher: 'services/watcher/src/main.ts',
  worker: 'services/worker/src/main.ts',
  retention: 'services/retention/src/main.ts',
  dashboard: 'services/dashboard/src/main.ts',
} as const;

/** What is started in every pod of a backup: loads from `agent-chunks/`, which is copied into the pod with it, the library of its own store alone. */
const inPods = { agent: 'services/agent/src/main.ts' } as const;

/** What is copied onto people's machines or runs once: one file each. The agent's image needs the program that installs it into a pod, the watcher's the one that runs after it was uninstalled. */
const single = {
  install: 'services/agent/src/install.ts',
  release: 'services/watcher/src/release/main.ts',
  'kubectl-neo4jbackup': 'packages/cli/src/main.ts',
} as const;

/** Bundle name → its entry. */
const entries = { ...split, ...inPods, ...single } as const;

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

// Names that plugins give to modules are part of the parts' names: they are relative, so that a checkout elsewhere builds the same.

/**
 * A dynamic import of a CommonJS file as its own file has only a `default`, unlike in Node. So each goes through a module that names
 * the exports that Node finds there.
 */
const namedExports: Plugin = {
  name: 'named-exports',
  setup(bundle) {
    bundle.onResolve({ filter: /^[^/]/ }, async ({ path, kind, namespace, pluginData, ...from }) => {
      if (
        pluginData === known ||
        kind !== 'dynamic-import' ||
        namespace !== 'file' ||
        isBuiltin(path) ||
        path.endsWith('.ts')
      )
        return undefined;
      const found = await bundle.resolve(path, { ...from, kind, namespace, pluginData: known });
      if (found.errors.length > 0 || found.external) return undefined;
      const isModule = /^(import|export)\b/m.test(await readFile(found.path, 'utf8'));
      return isModule ? { path: found.path } : { path: relative(root, found.path), namespace: 'named' };
    });
    bundle.onLoad({ filter: /.*/, namespace: 'named' }, async (module) => {
      const path = join(root, module.path);
      const exports = Object.keys((await import(pathToFileURL(path).href)) as object);
      const names = exports.filter((name) => name !== 'module.exports' && name !== '__esModule');
      return {
        contents: `export { ${names.join(', ')} } from ${JSON.stringify(`./${basename(path)}`)};`,
        resolveDir: dirname(path),
      };
    });
  },
};

/** Marks a question that a plugin asks itself. */
const known = Symbol('known');

/**
 * BullMQ as modules, of which a bundle takes what it uses. As CommonJS it brings all its clients, another database and a second
 * release of our cron parser with it. None of its files does anything but define, the package only forgets to say so.
 */
const bullmqInParts: Plugin = {
  name: 'bullmq-in-parts',
  setup(bundle) {
    bundle.onResolve({ filter: /^cron-parser$/ }, ({ path, pluginData, kind, importer }) =>
      pluginData !== known && bullmqFolder.test(importer)
        ? bundle.resolve(path, { kind, resolveDir: join(root, 'packages/core'), pluginData: known })
        : undefined,
    );
    bundle.onResolve({ filter: /^(bullmq$|\.)/ }, async ({ path, pluginData, ...from }) => {
      if (pluginData === known || (path !== 'bullmq' && !bullmqFolder.test(from.importer))) return undefined;
      const found = await bundle.resolve(path, { ...from, pluginData: known });
      return { path: found.path.replace('/bullmq/dist/cjs/', '/bullmq/dist/esm/'), sideEffects: false };
    });
  },
};

const bullmqFolder = /\/bullmq\/dist\/esm\//;

/** Zod's sentences in fifty languages; ours are English. */
const zodInEnglish: Plugin = {
  name: 'zod-in-english',
  setup(bundle) {
    bundle.onResolve({ filter: /\/locales\/index\.js$/ }, ({ importer, resolveDir }) =>
      /\/zod\/v4\//.test(importer)
        ? { path: relative(root, join(resolveDir, '../locales/en.js')), namespace: 'english' }
        : undefined,
    );
    bundle.onLoad({ filter: /.*/, namespace: 'english' }, ({ path }) => ({
      contents: `export { default as en } from ${JSON.stringify(`./${basename(path)}`)};`,
      resolveDir: dirname(join(root, path)),
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
  plugins: [requiredBuiltins, bullmqInParts, zodInEnglish],
  legalComments: 'none',
  logLevel: 'silent', // errors come with the exception
  banner: { js: banner },
  outExtension: { '.js': '.mjs' },
  absWorkingDir: root,
};

/**
 * Bundles every program whose entry exists, or those that are wanted, into `<outDir>/<name>.mjs`, and what they load only when they need it
 * into `<outDir>/chunks`, of the agent into `<outDir>/agent-chunks`; answers the names it built.
 */
export async function buildServices(
  outDir: string,
  wanted = Object.keys(entries) as readonly BundleName[],
): Promise<BundleName[]> {
  const names = wanted.filter((name) => existsSync(join(root, entries[name])));
  const among = (group: object) =>
    Object.fromEntries(names.filter((name) => name in group).map((name) => [name, entries[name]]));
  const [parts, agent, files] = [among(split), among(inPods), among(single)];
  if (Object.keys(parts).length > 0) await bundleInParts(parts, outDir, { inject: [youngMemory] });
  if (Object.keys(agent).length > 0) await bundleInParts(agent, outDir, { chunks: 'agent-chunks' });
  if (Object.keys(files).length > 0) await bundle(files, outDir);
  return names;
}

/** Bundles programs into one file each: name → its entry, into `<outDir>/<name>.mjs`. */
export async function bundle(programs: Readonly<Record<string, string>>, outDir: string): Promise<void> {
  await build({ ...options, outdir: outDir, entryPoints: entryPointsOf(programs) });
}

/** What services do first. */
export const youngMemory = join(root, 'packages/runtime/src/young-memory.ts');

/** As `bundle`, but what the programs share, and what they import dynamically, goes into files of a folder of its own. */
export async function bundleInParts(
  programs: Readonly<Record<string, string>>,
  outDir: string,
  { chunks = 'chunks', inject = [] }: { chunks?: string; inject?: string[] } = {},
): Promise<void> {
  await rm(join(outDir, chunks), { recursive: true, force: true }); // their names change with what is in them
  await build({
    ...options,
    outdir: outDir,
    entryPoints: entryPointsOf(programs),
    inject,
    splitting: true,
    chunkNames: `${chunks}/[name]-[hash]`,
    plugins: [...(options.plugins ?? []), namedExports],
  });
}

function entryPointsOf(programs: Readonly<Record<string, string>>): { in: string; out: string }[] {
  return Object.entries(programs).map(([out, entry]) => ({ in: entry, out }));
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
