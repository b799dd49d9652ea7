import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileFrom, text } from '../../../scripts/images/base.ts';
import type { ImageFile } from '../../../scripts/images/layer.ts';
import { bundleStandIns } from '../../neo4j/bundle.ts';
import { programsOf, versionOfImage } from '../../neo4j/images.ts';
import type { TestImage } from './images.ts';

const folder = 'opt/stand-in';

/** The stand-in for a Neo4j image as a real image; undefined for the name of any other. */
export async function neo4jTestImage(name: string, cacheDir: string): Promise<TestImage | undefined> {
  const version = versionOfImage(name);
  if (version === undefined) return undefined;
  const bundle = bundleStandIns(cacheDir);
  const files = new Map<string, ImageFile>();
  for (const entry of await readdir(bundle.folder, { withFileTypes: true }))
    if (entry.name.endsWith('.mjs'))
      files.set(`${folder}/${entry.name}`, await fileFrom(join(bundle.folder, entry.name)));
  const programs = programsOf(version, {
    node: '/usr/local/bin/node',
    admin: `/${folder}/admin.mjs`,
    server: `/${folder}/server.mjs`,
    compileCache: '/tmp/compiled',
  });
  for (const [path, script] of Object.entries(programs))
    files.set(path, { ...text(script), executable: true } as ImageFile);
  return {
    name,
    files,
    start: {
      entrypoint: ['/startup/docker-entrypoint.sh'],
      env: [
        'PATH=/var/lib/neo4j/bin:/usr/local/bin:/usr/bin:/bin', // as in Neo4j's own image
        `NEO4J_STANDIN_VERSION=${version}`,
        'NEO4J_EDITION=enterprise',
      ],
    },
  };
}
