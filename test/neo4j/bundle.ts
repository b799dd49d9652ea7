import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const here = import.meta.dirname;
const requireBanner = `import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);`;

/** Bundled programs of the stand-ins. */
export interface Bundle {
  readonly folder: string;
  readonly admin: string;
  readonly server: string;
}

/**
 * Bundles the stand-ins once per content: an import of a few dozen files and of the S3 SDK would cost every call more
 * than the call itself. The SDK stays in a chunk of its own, which only calls with `s3://` load.
 */
export function bundleStandIns(cacheDir: string): Bundle {
  const folder = join(cacheDir, `standins-${contentHash()}`);
  if (!existsSync(folder)) build(cacheDir, folder);
  return { folder, admin: join(folder, 'admin.mjs'), server: join(folder, 'server.mjs') };
}

function contentHash(): string {
  const hash = createHash('sha256');
  const manifest = join(here, '../../package.json'); // the SDK's version is there
  for (const file of [
    ...globSync('**/*.ts', { cwd: here })
      .sort()
      .map((name) => join(here, name)),
    manifest,
  ]) {
    if (!file.endsWith('.test.ts')) hash.update(`${file}\n`).update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 16);
}

function build(cacheDir: string, folder: string): void {
  mkdirSync(cacheDir, { recursive: true });
  const outdir = mkdtempSync(join(cacheDir, 'building-'));
  buildSync({
    entryPoints: { admin: join(here, 'admin/main.ts'), server: join(here, 'server/main.ts') },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    minify: true,
    sourcemap: false,
    banner: { js: requireBanner },
    logLevel: 'error',
  });
  moveOrDrop(outdir, folder);
}

/** Somebody else may have built the same at the same time. */
function moveOrDrop(made: string, folder: string): void {
  try {
    renameSync(made, folder);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}
