import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { buildOnce, tellProgress } from './go-site.ts';
import { cacheFolder } from './pip-install.ts';

/** A program that is built from a published Go module. */
export interface GoProgram {
  /** Its package, such as `github.com/minio/minio`; the last step names the program. */
  readonly module: string;
  readonly version: string;
}

/** Path of the program in the user's cache; undefined when it was not built yet. */
export function builtProgram(program: GoProgram): string | undefined {
  const path = join(homeOf(program), basename(program.module));
  return existsSync(path) ? path : undefined;
}

/**
 * Path of the program, built on the first call, which takes minutes and tells so. Undefined, and said why, where there is no Go or it
 * cannot build.
 */
export async function goInstall(program: GoProgram, say: (line: string) => void): Promise<string | undefined> {
  const { module, version } = program;
  await buildOnce(homeOf(program), module, {
    say,
    build: async (site) => {
      const done = tellProgress(say, (seconds) => `building ${module}@${version} (${seconds} s)`);
      await site.go(['install', '-p', '2', `${module}@${version}`]).finally(done);
    },
  });
  return builtProgram(program);
}

/**
 * For tests: path of the program where it stands already, and with CI=true, which builds it first. Elsewhere nobody waits for minutes
 * unasked: undefined, and said aloud.
 * @param what of the tests needs it
 */
export async function builtForTests(program: GoProgram, what: string): Promise<string | undefined> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  if (process.env['CI'] === 'true') return goInstall(program, say);
  const built = builtProgram(program);
  if (!built) say(`left out: ${what}; CI=true npm test builds ${basename(program.module)} for it, once (some minutes)`);
  return built;
}

/**
 * Path of one file of a published module in the user's cache, fetched on the first call; the rest of the module is not kept. Undefined, and
 * said why, where there is no Go or it cannot fetch.
 * @param file below the module's root
 */
export async function goModuleFile(
  { module, version }: GoProgram,
  file: string,
  say: (line: string) => void,
): Promise<string | undefined> {
  const home = join(cacheFolder(), `${basename(module)}-${version}-${basename(file)}`);
  const stands = await buildOnce(home, `${file} of ${module}`, {
    say,
    build: async (site) => {
      say(`fetching ${file} of ${module}@${version} (once)`);
      const { Dir } = JSON.parse(await site.go(['mod', 'download', '-json', `${module}@${version}`])) as {
        Dir: string;
      };
      await copyFile(join(Dir, file), join(site.bin, basename(file)));
    },
  });
  return stands ? join(home, basename(file)) : undefined;
}

function homeOf({ module, version }: GoProgram): string {
  return join(cacheFolder(), `${basename(module)}-${version}-${process.platform}-${process.arch}`);
}
