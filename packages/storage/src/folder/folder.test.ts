import { attemptKey, manifestKey } from '@holdfast/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { openMemory } from '../memory/open-memory.ts';
import type { ObjectStore } from '../object-store.ts';
import { aManifest } from './a-manifest.ts';
import { largestDocumentBytes } from '../object-store.ts';
import { writeDocument } from './documents.ts';
import { writeManifest } from './manifests.ts';
import { markDamage, proveRun } from './prove-run.ts';
import { readAttempts } from './read-attempts.ts';
import { readCatalogue } from './read-catalogue.ts';

let store: ObjectStore;
beforeEach(() => {
  store = openMemory();
});

test('a document is written once; the same again is success, another is refused', async () => {
  expect((await writeDocument(store, 'a.json', { a: 1, b: [2] })).created).toBe(true);
  expect((await writeDocument(store, 'a.json', { b: [2], a: 1 })).created).toBe(false);
  await expect(writeDocument(store, 'a.json', { a: 2 })).rejects.toMatchObject({
    reason: 'NameTaken',
    fate: 'terminal',
  });
});

describe('the catalogue', () => {
  test('holds every manifest, with its key and the time the store gave it', async () => {
    const manifests = Array.from({ length: 40 }, (_, index) =>
      aManifest({ run: `run-${index}`, database: 'Ümläut/db' }),
    );
    for (const manifest of manifests) await writeManifest(store, manifest);
    const { entries, unreadable } = await readCatalogue(store);
    expect(unreadable).toEqual([]);
    expect(entries.map(({ manifest }) => manifest).toSorted((a, b) => a.run.localeCompare(b.run))).toEqual(
      manifests.toSorted((a, b) => a.run.localeCompare(b.run)),
    );
    expect(entries.every(({ key, manifest }) => key === manifestKey(manifest.run, manifest.database))).toBe(true);
  });

  const good = aManifest({ run: 'run-1' });
  test.each([
    ['no JSON', 'manifests/run-1/orders.json', '{"formatVersion": 1,', 'no JSON'],
    ['no UTF-8', 'manifests/run-1/orders.json', Buffer.from([0xff, 0xfe]), 'no JSON'],
    ['nothing', 'manifests/run-1/orders.json', '', 'no JSON'],
    [
      'a newer format',
      'manifests/run-1/orders.json',
      JSON.stringify({ ...good, formatVersion: 2 }),
      'newer formatVersion 2',
    ],
    ['another kind', 'manifests/run-1/orders.json', JSON.stringify({ ...good, kind: 'Other' }), 'kind'],
    [
      'a key that leaves the folder',
      'manifests/run-1/orders.json',
      JSON.stringify({ ...good, objects: [{ key: '../x', bytes: 1 }] }),
      'objects.0.key',
    ],
    ['another run', 'manifests/run-2/orders.json', JSON.stringify(good), 'says run run-1'],
    ['another database', 'manifests/run-1/system.json', JSON.stringify(good), 'says database orders'],
    ['a foreign key', 'manifests/readme.txt', 'hello', 'its key'],
    ['10 MB of junk', 'manifests/run-1/orders.json', Buffer.alloc(10 * largestDocumentBytes, 'x'), 'larger than'],
  ])('names a manifest that is %s', async (_, key, text, problem) => {
    await writeManifest(store, aManifest({ run: 'run-0' }));
    await store.create(key, Buffer.from(text));
    const { entries, unreadable } = await readCatalogue(store);
    expect(entries).toHaveLength(1);
    expect(unreadable).toEqual([{ key, problem: expect.stringContaining(problem) }]);
  });

  test('ignores fields that it does not know', async () => {
    await store.create('manifests/run-1/orders.json', Buffer.from(JSON.stringify({ ...good, future: { x: 1 } })));
    expect((await readCatalogue(store)).entries).toMatchObject([{ manifest: good }]);
  });
});

describe('the proof of a run', () => {
  test('finds nothing where every object is what its manifest says', async () => {
    const manifest = await stored({});
    const { manifests, findings } = await proveRun(store, 'run-1');
    expect([manifests.map((entry) => entry.manifest), findings]).toEqual([[manifest], []]);
  });

  test.each([
    ['is missing', 'ArtifactMissing', { key: 'artifacts/other', bytes: 1 }],
    ['has another size', 'ArtifactChanged', { key: 'artifacts/a', bytes: 2 }],
    ['has another ETag', 'ArtifactChanged', { key: 'artifacts/a', bytes: 1, etag: 'other' }],
    ['has another checksum', 'ArtifactChanged', { key: 'artifacts/a', bytes: 1, checksum: 'sha256:AAAA' }],
  ])('says when an object %s', async (_, reason, object) => {
    await stored({ objects: [object] });
    expect((await proveRun(store, 'run-1')).findings).toMatchObject([{ reason, key: object.key, database: 'orders' }]);
  });

  test('compares only what manifest and store both know', async () => {
    await stored({ objects: [{ key: 'artifacts/a', bytes: 1, versionId: 'v1', checksum: 'crc32:AAAA' }] });
    expect((await proveRun(store, 'run-1')).findings).toEqual([]);
  });

  test('says when a manifest cannot be read, and nothing of other runs', async () => {
    await store.create('manifests/run-1/orders.json', Buffer.from('junk'));
    await store.create('manifests/run-10/orders.json', Buffer.from('junk'));
    expect(await proveRun(store, 'run-1')).toMatchObject({
      manifests: [],
      findings: [{ reason: 'UnreadableManifest', key: 'manifests/run-1/orders.json' }],
    });
  });

  test('a DIFF is worth nothing when what it builds on is gone, and that is marked where it lies', async () => {
    await stored({ objects: [{ key: 'artifacts/full', bytes: 1 }] });
    const diff = { ...aManifest({ run: 'run-2', chain: 'orders-run-1', objects: [{ key: 'artifacts/a', bytes: 1 }] }) };
    await writeManifest(store, { ...diff, parent: 'orders-run-1.backup', lowestTx: 11, highestTx: 20 });
    const proof = await proveRun(store, 'run-2');
    expect(proof.manifests).toHaveLength(1);
    expect(proof.findings).toMatchObject([{ reason: 'ArtifactMissing', key: 'artifacts/full' }]);
    await markDamage(store, proof, { run: 'run-2', at: new Date(0) });
    const { entries } = await readCatalogue(store);
    expect(entries.filter(({ suspect }) => suspect).map(({ manifest }) => manifest.run)).toEqual(['run-1']);
    expect((await proveRun(store, 'run-1')).findings).toMatchObject([{ reason: 'ArtifactMissing' }]);
  });

  test('a DIFF whose FULL has no manifest any more is no success', async () => {
    await store.create('artifacts/a', Buffer.from('a'));
    const diff = aManifest({ run: 'run-2', chain: 'orders-run-1', objects: [{ key: 'artifacts/a', bytes: 1 }] });
    await writeManifest(store, { ...diff, parent: 'orders-run-1.backup', lowestTx: 11, highestTx: 20 });
    expect((await proveRun(store, 'run-2')).findings).toMatchObject([{ reason: 'ChainBroken', database: 'orders' }]);
  });

  async function stored(told: Pick<Parameters<typeof aManifest>[0], 'objects'>): Promise<unknown> {
    await store.create('artifacts/a', Buffer.from('a'));
    return (
      await writeManifest(store, aManifest({ run: 'run-1', objects: [{ key: 'artifacts/a', bytes: 1 }], ...told }))
    ).manifest;
  }
});

describe('the attempts of a run', () => {
  const time = '2026-03-01T02:00:00Z';
  const result = {
    v: 1,
    verb: 'backup',
    run: 'run-1',
    outcome: 'Succeeded',
    reason: 'Succeeded',
    message: 'good',
    startTime: time,
    completionTime: time,
  };
  const leave = (
    attempt: number,
    pod: string,
    text = JSON.stringify({ ...result, attempt, message: pod }),
  ): Promise<unknown> => store.create(attemptKey('run-1', attempt, pod), Buffer.from(text));

  test('are none where none was left', async () => {
    await store.create('runs/run-1/run.log', Buffer.from('log'));
    expect(await readAttempts(store, 'run-1')).toBeUndefined();
  });

  test('the newest counts: highest attempt by number, then last written', async () => {
    let at = 0;
    store = openMemory({ now: () => new Date((at += 1_000)) });
    await leave(10, 'pod-b');
    await leave(10, 'pod-a');
    await leave(9, 'pod-c');
    expect(await readAttempts(store, 'run-1')).toMatchObject({ attempt: 10, message: 'pod-a' });
  });

  test('an unreadable one does not hide an older one, but alone it is not the same as none', async () => {
    await leave(2, 'pod-b', 'junk');
    await expect(readAttempts(store, 'run-1')).rejects.toMatchObject({ reason: 'EvidenceMissing' });
    await leave(1, 'pod-a');
    expect(await readAttempts(store, 'run-1')).toMatchObject({ attempt: 1 });
  });
});
