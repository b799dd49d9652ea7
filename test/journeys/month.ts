import { expect, test } from 'vitest';
import { archivedKey, thawedKey } from '@holdfast/core';
import type { ObjectStore } from '@holdfast/storage';
import { annotations, type Manifest, type Status } from '@holdfast/types';
import type { StoreEvent } from '../cluster/store/store-events.ts';
import type { Control } from '../neo4j/control.ts';
import { claimOf } from './claim.ts';
import { brokenPromises } from './broken-promises.ts';
import { contentsOf, disagreements, openBucket, openClaim, openContainer, openGoogleBucket } from './contents.ts';
import { succeeded, type Journey } from './journey.ts';
import { restored } from './restore.ts';

export const namespace = 'neo4j';
const maxCount = 7;
const databases = ['neo4j', 'system'];

/** Where a month of nights is kept. */
export interface Place {
  readonly storage: object;
  /** Made before its first backup. */
  readonly make: (journey: Journey) => Promise<unknown>;
  readonly options?: object;
  readonly open: (journey: Journey) => Promise<ObjectStore>;
  /** The diary of its server, and the bucket in it; a claim has none. */
  readonly diary?: (journey: Journey) => Promise<readonly StoreEvent[]>;
  /** Class of what is archived there. */
  readonly storageClass?: string;
  /** Bringing back makes copies there. */
  readonly copies?: true;
}

const name = 'month';

export const places: Readonly<Record<'s3' | 'gcs' | 'azure' | 'pvc', Place>> = {
  s3: {
    storage: { type: 's3', bucket: name },
    make: ({ cluster }) => cluster.stores.s3.makeBucket(name),
    open: ({ cluster }) => openBucket(cluster, name),
    diary: ({ cluster }) => cluster.stores.s3.eventLog(),
  },
  gcs: {
    storage: { type: 'gcs', bucket: name },
    make: async ({ cluster }) => cluster.stores.gcs?.makeBucket(name),
    open: async ({ cluster }) => openGoogleBucket(cluster, name),
    diary: async ({ cluster }) => (await cluster.stores.gcs?.eventLog()) ?? [],
    // Its stand-in takes the class of a copy and does not keep it.
  },
  azure: {
    storage: { type: 'azure', bucket: name },
    make: async ({ cluster, kubectl }) => {
      await cluster.stores.azure.makeContainer(name);
      await kubectl.apply(claimOf(namespace, 'chains'));
    },
    open: ({ cluster }) => openContainer(cluster, name),
    diary: ({ cluster }) => cluster.stores.azure.eventLog(),
    storageClass: 'Archive',
    copies: true,
    // With a key of the account neo4j-admin does not reach it, so DIFFs need a volume that keeps their chain.
    options: { workVolume: 'chains' },
  },
  pvc: {
    storage: { type: 'pvc', pvc: { name, size: '1Gi' } },
    make: async () => undefined,
    open: async ({ cluster }) => openClaim(cluster, namespace, name),
  },
};

export interface Month {
  readonly journey: () => Journey;
  readonly target: () => Control;
  readonly places: readonly (keyof typeof places)[];
  /** Nights under a policy that deletes, and then under one that archives. */
  readonly nights: { readonly deleting: number; readonly archiving: number };
}

/**
 * The story of a month, in each place at once: FULLs and DIFFs by schedule in chains of three, of which the policy keeps seven runs; first what
 * expired is deleted, then archived. Time is given to the cluster, not waited for.
 */
export function tellAMonth({ journey, target, places: chosen, nights }: Month): void {
  /** Every manifest that was ever seen, by place and key. */
  const seen = new Map(chosen.map((place) => [place, new Map<string, Manifest>()]));
  const folder = (place: string) => `${namespace}/${place}`;
  const policy = (deletePolicy: string) => ({ maxCount, deletePolicy });
  let night = 0;

  const apply = (place: keyof typeof places, deletePolicy: string) =>
    journey().apply(namespace, place, {
      target: { kind: 'Cluster', name: 'prod' },
      storage: places[place].storage,
      schedule: '0 2 * * 1,3,5', // so that a month passes in a few runs
      retention: policy(deletePolicy),
      options: { maxChainLength: 3, ...places[place].options },
      historyLimit: 50,
    });

  /** Passes one night everywhere, and holds what is left against the plan that stood in status before anything went. */
  async function pass(): Promise<Map<string, Status>> {
    await target().commit('neo4j', 2);
    const slots = chosen.map(async (place) => (await journey().status(namespace, place)).nextRunTime ?? '');
    const [slot = '', ...others] = new Set(await Promise.all(slots));
    expect(others).toEqual([]); // the nights of all are the same
    journey().cluster.clock.reach(new Date(slot));
    night += 1;
    const told = new Map<string, Status>();
    for (const place of chosen) {
      const fits = (status: Status) =>
        succeeded(night)(status) && status.retention?.cause?.startsWith(status.history?.[0]?.runId ?? '-');
      const saying = `night ${night} of ${place} and its retention`;
      const status = await journey().when(namespace, place, fits, { withinMs: 300_000, saying });
      const { manifests } = await contentsOf(await places[place].open(journey()), folder(place));
      for (const manifest of manifests) seen.get(place)?.set(`${manifest.run}/${manifest.database}`, manifest);
      const chains = new Set(manifests.map(({ chain }) => chain));
      const kept = new Set(status.retention?.plan?.keep?.map(({ chain }) => chain));
      expect({ place, night, chains: [...chains].toSorted() }).toEqual({ place, night, chains: [...kept].toSorted() });
      expect(new Set(manifests.map(({ run }) => run)).size).toBeGreaterThanOrEqual(Math.min(night, maxCount));
      expect({ place, night, held: status.retention?.held }).toEqual({ place, night, held: [] });
      told.set(place, status);
    }
    return told;
  }

  test('passes night by night, and what is left is what the plan said', { timeout: 1_800_000 }, async () => {
    for (const place of chosen) {
      await places[place].make(journey());
      await apply(place, 'Delete');
    }
    const saying = 'the first night';
    for (const place of chosen)
      await journey().when(namespace, place, ({ nextRunTime }) => nextRunTime !== undefined, { saying });
    let last = new Map<string, Status>();
    for (let count = 0; count < nights.deleting; count += 1) last = await pass();
    for (const place of chosen) {
      const types = [...(seen.get(place)?.values() ?? [])].map((manifest) => manifest.type);
      expect([place, types.filter((one) => one === 'DIFF').length > types.length / 2]).toEqual([place, true]);
      expect(last.get(place)?.retention?.totals?.removed).toBeGreaterThan(0);
    }
  });

  test(
    'goes on under a policy that archives: whole chains move, and are listed with where and how',
    { timeout: 900_000 },
    async () => {
      for (const place of chosen) await apply(place, 'Archive');
      const before = new Map([...seen].map(([place, manifests]) => [place, manifests.size]));
      let last = new Map<string, Status>();
      for (let count = 0; count < nights.archiving; count += 1) last = await pass();
      for (const place of chosen) {
        const { archive, totals } = last.get(place)?.retention ?? {};
        const store = await places[place].open(journey());
        const { keys, manifests } = await contentsOf(store, folder(place));
        const inFolder = new Set(manifests.map(({ chain }) => chain));
        const archived = new Set(
          keys.filter((key) => key.startsWith('archive/')).map((key) => key.split('/')[1] ?? ''),
        );
        expect(before.get(place)).toBeGreaterThan(0);
        expect([place, archive?.chains, totals?.archived]).toEqual([place, archived.size, archive?.artifacts]);
        expect(archived.size).toBeGreaterThanOrEqual(databases.length);
        for (const chain of archived) expect(inFolder).not.toContain(chain);
        for (const { chain, storageClass, bytes, artifacts } of archive?.newest ?? []) {
          const { storageClass: expected } = places[place];
          expect([place, chain, storageClass]).toEqual([place, chain, expected]);
          const links = [...(seen.get(place)?.values() ?? [])].filter((manifest) => manifest.chain === chain);
          expect([place, chain, artifacts]).toEqual([place, chain, links.length]);
          expect(bytes).toBe(links.reduce((sum, manifest) => sum + manifest.bytes, 0));
          for (const { objects } of links)
            for (const { key } of objects) expect(keys).toContain(archivedKey(chain, key));
        }
      }
    },
  );

  test('leaves every chain whole at every instant, by the diary of its store', async () => {
    for (const place of chosen) {
      const store = await places[place].open(journey());
      expect([place, await disagreements(store, folder(place))]).toEqual([place, []]);
      const events = await places[place].diary?.(journey());
      if (!events) continue; // a volume keeps no diary
      const manifests = [...(seen.get(place)?.values() ?? [])];
      const told = { bucket: name, folder: folder(place), manifests, maxCount };
      expect([place, brokenPromises(events, told)]).toEqual([place, []]);
      expect(
        events.filter(({ key, operation }) => key.includes('/artifacts/') && operation === 'remove').length,
      ).toBeGreaterThan(0);
    }
  });

  test('restores byte for byte from every point that is kept', { timeout: 900_000 }, async () => {
    for (const place of chosen) {
      const store = await places[place].open(journey());
      const { manifests } = await contentsOf(store, folder(place));
      const points = manifests.filter(({ database }) => database === 'neo4j');
      expect(points.length).toBeGreaterThanOrEqual(maxCount);
      for (const { artifact, highestTx } of points)
        expect([place, artifact, await isRestored(store, folder(place), { artifact, highestTx })]).toEqual([
          place,
          artifact,
          true,
        ]);
    }
  });

  test('restores from an archived chain that was asked for', { timeout: 300_000 }, async () => {
    for (const place of chosen) {
      const store = await places[place].open(journey());
      const { archive } = (await journey().status(namespace, place)).retention ?? {};
      const chain = archive?.newest.find(({ database }) => database === 'neo4j')?.chain ?? '';
      await annotate(place, `${annotations.thaw}=${chain}`);
      const fits = ({ thaw }: Status) => {
        // As much time as a store may take passes at once.
        if (thaw?.state === 'Coming') journey().cluster.clock.reach(new Date(thaw.nextRunTime ?? ''));
        return thaw?.chain === chain && thaw.state === 'Readable';
      };
      const { thaw } = await journey().when(namespace, place, fits, {
        withinMs: 120_000,
        saying: `${chain} of ${place}`,
      });
      const from = places[place].copies ? thawedKey(chain, '') : archivedKey(chain, '');
      expect([place, thaw?.folder]).toEqual([place, `${from}artifacts/`]);
      const links = [...(seen.get(place)?.values() ?? [])].filter((manifest) => manifest.chain === chain);
      const newest = links.reduce((one, other) => (one.highestTx > other.highestTx ? one : other));
      expect([place, await isRestored(store, `${folder(place)}/${from.slice(0, -1)}`, newest)]).toEqual([place, true]);
      await annotate(place, `${annotations.thaw}-`);
      await journey().when(namespace, place, (status) => status.thaw === undefined && !status.activeRun, {
        saying: 'the end of it',
      });
      expect((await contentsOf(store, folder(place))).keys.filter((key) => key.startsWith('thawed/'))).toEqual([]);
    }
  });

  function annotate(place: string, what: string): Promise<string> {
    return journey().kubectl.ok('annotate', 'neo4jbackup', place, '-n', namespace, what, '--overwrite');
  }

  async function isRestored(
    store: ObjectStore,
    from: string,
    { artifact, highestTx }: Pick<Manifest, 'artifact' | 'highestTx'>,
  ): Promise<boolean> {
    const bytes = await restored(store, from, { database: 'neo4j', artifact });
    return bytes.equals(Buffer.concat([...target().expectedStore('neo4j', highestTx).chunks()]));
  }
}
