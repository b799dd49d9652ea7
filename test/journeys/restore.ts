import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decrypt } from '@holdfast/encryption';
import type { ObjectStore } from '@holdfast/storage';
import { standInsCache } from '../neo4j/dev-dbms.ts';
import { neo4jImage } from '../neo4j/images.ts';
import { bytesOf } from './contents.ts';

const run = promisify(execFile);

/** What to bring back. */
export interface Wanted {
  readonly database: string;
  /** File name of the last artifact. */
  readonly artifact: string;
  /** Tag of the image whose `neo4j-admin` restores. */
  readonly tag?: string;
  /** The 32 bytes that encrypted artifacts open with. */
  readonly key?: Uint8Array;
}

/** Copies the artifacts of a backup's folder to a local one, restores one with `neo4j-admin database restore`, and answers the store's bytes. */
export async function restored(store: ObjectStore, folder: string, wanted: Wanted): Promise<Buffer> {
  const home = await mkdtemp(join(tmpdir(), 'holdfast-restore-'));
  try {
    for await (const { key } of store.list(`${folder}/artifacts/`)) {
      const name = key.slice(key.lastIndexOf('/') + 1);
      const bytes = await bytesOf(store, key);
      if (!name.endsWith('.enc')) await writeFile(join(home, name), bytes);
      else await writeFile(join(home, plain(name)), await opened(bytes, plain(name), wanted.key));
    }
    return await restoredFrom(home, wanted);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** Restores one of the artifacts that stand in a local folder, which becomes the server's home, and answers the store's bytes. */
export async function restoredFrom(home: string, wanted: Wanted): Promise<Buffer> {
  const image = neo4jImage(`neo4j:${wanted.tag ?? '5.26-enterprise'}`, { cacheDir: standInsCache });
  const line = ['database', 'restore', `--from-path=${join(home, wanted.artifact)}`, wanted.database];
  const env = { ...process.env, NEO4J_HOME: home };
  const { stdout } = await run(join(image?.root ?? '', 'var/lib/neo4j/bin/neo4j-admin'), line, { env });
  if (!stdout.includes('completed successfully')) throw new Error(`the restore said: ${stdout}`);
  return readFile(join(home, 'data/databases', wanted.database, 'store.standin'));
}

function plain(name: string): string {
  return name.replace(/\.enc$/, '');
}

async function opened(bytes: Buffer, name: string, key: Uint8Array | undefined): Promise<Buffer> {
  if (!key) throw new Error(`${name} is encrypted, and no key was given`);
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield bytes;
  }
  const pieces: Buffer[] = [];
  for await (const piece of decrypt(whole(), { key, associatedData: name })) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}
