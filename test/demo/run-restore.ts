import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Room } from './demo-room.ts';
import { standInsCache } from '../neo4j/dev-dbms.ts';
import { neo4jImage } from '../neo4j/images.ts';

export interface Restoring {
  readonly database: string;
  /** URI of the newest artifact of the chain. */
  readonly from: string;
  /** Where the restored DBMS lives. */
  readonly home: string;
  /** Expected size, to show how far it is. */
  readonly bytes: number;
}

const lookEveryMs = 200;

/** Runs `neo4j-admin database restore` as a person would, in a process of its own; answers the store it wrote. */
export async function runRestore(
  { cluster, print, signal, seen }: Room,
  { database, from, home, bytes }: Restoring,
): Promise<{ file: string; command: string }> {
  const image = seen.target('production-cluster')?.spec?.image;
  const root = image && neo4jImage(`${image.repo}:${image.tag}`, { cacheDir: standInsCache })?.root;
  if (!root) throw new Error('the image of the target is not known here');
  const words = ['database', 'restore', `--from-path=${from}`, database];
  const command = `neo4j-admin ${words.join(' ')}`;
  print.fact('running', command);
  mkdirSync(home, { recursive: true });
  const databases = join(home, 'data', 'databases');
  const timer = setInterval(() => {
    const written = statSync(join(databases, `${database}.restoring`, 'store.standin'), { throwIfNoEntry: false });
    if (written) print.progress('restore', written.size, bytes);
  }, lookEveryMs);
  try {
    const child = spawn(join(root, 'var/lib/neo4j/bin/neo4j-admin'), words, {
      cwd: home,
      signal,
      env: environment(cluster, home),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let heard = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (heard += text));
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`${command} ended with exit code ${code ?? 'none'}:\n${heard.trim()}`);
  } finally {
    clearInterval(timer);
  }
  return { file: join(databases, database, 'store.standin'), command };
}

function environment({ stores: { s3 }, clock, dir }: Room['cluster'], home: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    NEO4J_HOME: home,
    JAVA_OPTS: '-Daws.s3.forcePathStyle=true',
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    AWS_REGION: s3.region,
    HOLDFAST_CLOCK_FILE: clock.file,
    HOLDFAST_DEV_CLUSTER: dir, // so that it ends with the cluster, whatever happens to us
  };
}
