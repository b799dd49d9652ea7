import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ImageFolder } from '../cluster/images/image-table.ts';
import { formatVersion, parseVersion } from './admin/version.ts';
import { bundleStandIns } from './bundle.ts';

/** What a tag without a version, such as `latest` or a digest, turns out to be. */
export const newestVersion = '2026.03.0';

/** Where images are kept between runs, and what every container made of them gets in its environment. */
export interface ImageOptions {
  readonly cacheDir: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * The stand-in for a Neo4j image: `neo4j:<tag>` or `<registry>/…/neo4j:<tag>`, whose version is the tag's. Any other
 * name is `undefined`. The first call bundles the programs, which takes about a second; later ones only look.
 */
export function neo4jImage(name: string, { cacheDir, env = {} }: ImageOptions): ImageFolder | undefined {
  const version = versionOfImage(name);
  if (version === undefined) return undefined;
  const root = ensureRoot(cacheDir, version);
  return {
    root,
    entrypoint: ['/startup/docker-entrypoint.sh'],
    env: { NEO4J_STANDIN_VERSION: version, NEO4J_EDITION: 'enterprise', ...env },
  };
}

/** The version that an image of this name stands for; undefined for a name that is not Neo4j's. */
export function versionOfImage(name: string): string | undefined {
  const match = /(?:^|\/)neo4j(?::([^@/]+))?(?:@sha256:[0-9a-f]+)?$/.exec(name);
  if (!match) return undefined;
  const tag = match[1] ?? '';
  return formatVersion(parseVersion(/^\d+\.\d+/.test(tag) ? tag : newestVersion));
}

function ensureRoot(cacheDir: string, version: string): string {
  const bundle = bundleStandIns(cacheDir);
  const root = join(bundle.folder, 'images', version);
  if (existsSync(root)) return root;
  mkdirSync(dirname(root), { recursive: true });
  const fresh = mkdtempSync(join(dirname(root), 'building-'));
  const { admin, server, folder } = bundle;
  const programs = programsOf(version, {
    node: process.execPath,
    admin,
    server,
    compileCache: `${folder}/compile-cache`,
  });
  for (const [path, text] of Object.entries(programs)) writeProgram(join(fresh, path), text);
  try {
    renameSync(fresh, root);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(root)) throw error; // otherwise somebody else made the same
  }
  return root;
}

function writeProgram(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

/** Where the parts of the stand-ins lie for whoever runs in the image. */
export interface StandInPaths {
  readonly node: string;
  readonly admin: string;
  readonly server: string;
  /** Halves the start. */
  readonly compileCache: string;
}

/** The programs of an image, by their paths in it. */
export function programsOf(version: string, paths: StandInPaths): Record<string, string> {
  return {
    'var/lib/neo4j/bin/neo4j-admin': wrapper(paths.admin, version, paths),
    'startup/docker-entrypoint.sh': wrapper(paths.server, version, paths),
  };
}

function wrapper(program: string, version: string, { node, compileCache }: StandInPaths): string {
  return `#!/bin/sh
# A Holdfast test stand-in, not Neo4j.
export NEO4J_STANDIN_VERSION="\${NEO4J_STANDIN_VERSION:-${version}}"
export NODE_COMPILE_CACHE='${compileCache}'
exec '${node}' '${program}' "$@"
`;
}
