import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attemptKey, runLogKey, type CatalogueEntry } from '@holdfast/core';
import { below, writeManifest, type ObjectStore } from '@holdfast/storage';
import { longHistory } from '../../packages/core/src/chains/a-long-history.ts';

export interface Filled {
  /** Oldest first. */
  readonly entries: readonly CatalogueEntry[];
  /** Every key, relative to the folder. */
  readonly keys: ReadonlySet<string>;
}

export interface Filling {
  /** The whole bucket. */
  readonly bucket: ObjectStore;
  readonly folder: string;
  /** Where MinIO keeps the objects of this bucket. */
  readonly dir: string;
  readonly runs: number;
  /** Objects of each artifact: itself and its companion parts. */
  readonly parts: number;
  readonly runsOfChain: number;
}

/**
 * Fills a folder on MinIO: the objects of every run, its documents, and its manifest. MinIO keeps an object as one file that does not know its own
 * name, so one that was written in earnest is copied in the file system, where a hundred thousand requests would take minutes; manifests are
 * written by the product's own code.
 */
export async function fillMinio({ bucket, folder, dir, runs, parts, runsOfChain }: Filling): Promise<Filled> {
  const body = Buffer.from('the bytes of an artifact');
  await bucket.create('template', body);
  const template = readFileSync(join(dir, 'template', 'xl.meta'));
  const keys = new Set<string>();
  const put = (key: string): void => {
    const path = join(dir, folder, key);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'xl.meta'), template);
    keys.add(key);
  };
  const begin = new Date(Date.now() - (runs + 24) * 3_600_000);
  const history = longHistory({ runs, databases: ['orders'], runsOfChain, begin, bytes: body.length });
  const entries = [...history].map((entry) => withParts(entry, parts, body.length));
  for (const { manifest } of entries) {
    for (const { key } of manifest.objects) put(key);
    put(attemptKey(manifest.run, 1, 'poduid-1234'));
    put(runLogKey(manifest.run));
  }
  await bucket.remove('template');
  const own = below(bucket, folder);
  for (let from = 0; from < entries.length; from += atOnce)
    await Promise.all(entries.slice(from, from + atOnce).map(({ manifest }) => writeManifest(own, manifest)));
  for (const { key } of entries) keys.add(key);
  return { entries, keys };
}

const atOnce = 16;

function withParts({ manifest, ...entry }: CatalogueEntry, parts: number, bytes: number): CatalogueEntry {
  const [first] = manifest.objects;
  const names = Array.from({ length: parts }, (_, part) => `${first?.key}${part === 0 ? '' : `.${part}`}`);
  const objects = names.map((key) => ({ key, bytes }));
  return { ...entry, manifest: { ...manifest, objects, bytes: bytes * parts } };
}
