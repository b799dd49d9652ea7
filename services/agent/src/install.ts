import { chmod, copyFile, mkdir, readdir, readlink, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The init container: copies the agent's folder (Node.js, its libraries, tini, the bundles) into the volume that the main container mounts.
 * Usage: install.mjs <destination>
 */
const [destination] = process.argv.slice(2);
if (!destination) {
  process.stderr.write('install: name the folder to install into\n');
  process.exit(64);
}
await copyFolder(import.meta.dirname, destination);

async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) await copyFolder(source, target);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target).catch(ignoreExisting);
    else {
      await copyFile(source, target);
      await chmod(target, (await stat(source)).mode);
    }
  }
}

/** A restarted init container finds what its predecessor copied. */
function ignoreExisting(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
}
