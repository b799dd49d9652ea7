import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../until.ts';

const mountPoint = '/sys/fs/cgroup';

/** Name of the group of the cluster in this folder. */
export function controlGroupOf(dir: string): string {
  return `/holdfast-${createHash('sha256').update(dir).digest('hex').slice(0, 12)}`;
}

/** Folders of the group that are there. */
export function controlGroupFolders(name: string): string[] {
  return hierarchies()
    .map((root) => join(root, name))
    .filter((folder) => existsSync(folder));
}

/** Makes the group of this name in every hierarchy: below it the kubelet makes those of its pods. */
export function makeControlGroup(name: string): void {
  for (const root of hierarchies()) {
    const group = join(root, name);
    mkdirSync(group, { recursive: true });
    if (root === mountPoint) delegate(root); // version 2: children get just what their parents hand down
  }
}

/** Removes the group and those below it. Whoever was in them has been ended; the kernel lets go of them when the last has left. */
export async function removeControlGroup(name: string): Promise<void> {
  for (const folder of controlGroupFolders(name))
    await until(() => removeFolder(folder), { withinMs: 30_000, saying: `the removal of ${folder}` });
}

/** One folder for all (version 2), or one for each controller (version 1, also where both are mounted). */
function hierarchies(): string[] {
  if (existsSync(join(mountPoint, 'cgroup.controllers'))) return [mountPoint];
  return readdirSync(mountPoint, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(mountPoint, name));
}

function delegate(group: string): void {
  const controllers = readFileSync(join(group, 'cgroup.controllers'), 'utf8').trim().split(' ').filter(Boolean);
  writeFileSync(join(group, 'cgroup.subtree_control'), controllers.map((each) => `+${each}`).join(' '));
}

/** The files of a group go with its folder, and cannot be removed before. */
function removeFolder(folder: string): true {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeFolder(join(folder, entry.name));
  rmdirSync(folder);
  return true;
}
