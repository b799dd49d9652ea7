import { chmodSync, cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageFolder, ResolveImage } from './image-table.ts';

/** Name under which the agent's image is known in dev clusters. */
export const agentImageName = 'holdfast/agent:dev';

const tiniStatic = '/usr/bin/tini-static';

/** Lays out the agent's image below `dir` from its bundles, as `deploy/docker` does for the real one: without their maps. */
export function agentImage(options: { dir: string; bundles: string }): ResolveImage {
  const root = join(options.dir, 'agent');
  const folder = join(root, 'agent');
  mkdirSync(folder, { recursive: true });
  for (const name of ['agent.mjs', 'agent-chunks', 'install.mjs']) {
    const bundle = join(options.bundles, name);
    if (existsSync(bundle))
      cpSync(bundle, join(folder, name), { recursive: true, filter: (file) => !file.endsWith('.map') });
  }
  symlinkSync(process.execPath, join(folder, 'node'));
  layTini(join(folder, 'tini'));
  const image: ImageFolder = { root, env: { TINI_SUBREAPER: '1' } }; // not process 1 here, yet it shall reap
  return (name) => (name === agentImageName ? image : undefined);
}

function layTini(path: string): void {
  if (existsSync(tiniStatic)) return symlinkSync(tiniStatic, path);
  const shim =
    '#!/bin/sh\n# Stands in for tini, which this machine lacks: runs the command, reaps nothing.\n[ "$1" = "--" ] && shift\nexec "$@"\n';
  writeFileSync(path, shim);
  chmodSync(path, 0o755);
}
