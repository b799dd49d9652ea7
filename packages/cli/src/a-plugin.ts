import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildServices } from '../../../scripts/build.ts';

/** For tests: the plugin as people install it, one executable file with nothing beside it, in a folder that the caller removes. */
export async function aPlugin(): Promise<{ readonly bin: string; readonly plugin: string }> {
  const bin = await mkdtemp(join(tmpdir(), 'holdfast-plugin-'));
  const plugin = join(bin, 'kubectl-neo4jbackup');
  await buildServices(join(bin, 'dist'), ['kubectl-neo4jbackup']);
  await rename(join(bin, 'dist', 'kubectl-neo4jbackup.mjs'), plugin);
  await rm(join(bin, 'dist'), { recursive: true });
  return { bin, plugin };
}
