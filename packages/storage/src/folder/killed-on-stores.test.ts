import { mkdtempSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openClusterClock } from '../../../../test/cluster/clock/clock.ts';
import { startAzure, type AzureStore } from '../../../../test/cluster/store/start-azure.ts';
import { wantsGcs } from '../../../../test/cluster/store/start-gcs.ts';
import { startStore, type S3Store } from '../../../../test/cluster/store/start-store.ts';
import { openAzure } from '../azure/open-azure.ts';
import { below } from '../below.ts';
import { openDirectory } from '../directory/open-directory.ts';
import { openBuckets } from '../gcs/a-google-bucket.ts';
import type { ObjectStore } from '../object-store.ts';
import { openS3 } from '../s3/open-s3.ts';
import { aManifest } from './a-manifest.ts';
import { expectWhole, fill, keysIn, keysOf, planOf } from './a-swept-folder.ts';
import { Killed, killing } from './killing.ts';
import { sweepChains } from './sweep-chains.ts';

const dir = mkdtempSync(join(tmpdir(), 'holdfast-killed-'));
const clock = openClusterClock(join(dir, 'clock.json'));
afterAll(() => rmSync(dir, { recursive: true }));

const old = [
  aManifest({ run: 'run-1', parts: 2 }),
  aManifest({ run: 'run-2', chain: 'orders-run-1' }),
  aManifest({ run: 'run-3', chain: 'orders-run-1', parts: 1 }),
];
const kept = [aManifest({ run: 'run-4' }), aManifest({ run: 'run-5', chain: 'orders-run-4' })];

describe('a claim', () => {
  diesAnywhere(async () => openDirectory(await mkdtemp(join(dir, 'claim-'))));
});

describe('S3', () => {
  let server: S3Store;
  beforeAll(async () => {
    server = await startStore({ dir: join(dir, 's3'), clock });
    await server.makeBucket('orders');
  });
  afterAll(() => server.stop());
  diesAnywhere(async () => {
    const { accessKeyId, secretAccessKey, endpoint: endpointUrl } = server;
    const identity = { accessKeyId, secretAccessKey };
    return openS3({ bucket: 'orders', region: 'us-east-1', endpointUrl, forcePathStyle: true, identity });
  });
});

describe('Azure', () => {
  let server: AzureStore;
  beforeAll(async () => {
    server = await startAzure({ dir: join(dir, 'azure'), clock });
    await server.makeContainer('orders');
  });
  afterAll(() => server.stop());
  diesAnywhere(async () => {
    const { account, accountKey, endpoint: endpointUrl } = server;
    return openAzure({ bucket: 'orders', account, endpointUrl, identity: { kind: 'accountKey', accountKey } });
  });
});

describe.skipIf(!wantsGcs('killed sweeps on Google Cloud Storage'))('Google Cloud Storage', () => {
  const google = openBuckets();
  diesAnywhere(() => google.open());
});

/** A sweep of a folder on such a store, whose process dies at one of its changes. */
function diesAnywhere(open: () => Promise<ObjectStore>): void {
  test.each([
    { change: 2, when: 'after' },
    { change: 4, when: 'before' },
    { change: 7, when: 'after' },
    { change: 11, when: 'before' },
    { change: 16, when: 'after' },
  ] as const)(
    'killed $when change $change: what is left is whole and shorter, and the next sweep ends it',
    async (at) => {
      const folder = below(await open(), `team/killed-${at.change}`);
      await fill(folder, [...old, ...kept]);
      const look = (): Promise<void> => expectWhole(folder, [old, kept]);
      const sweep = async (store: ObjectStore) =>
        sweepChains(store, await planOf(folder, [old]), { guard: async () => true });
      await expect(sweep(killing(folder, at, look).store)).rejects.toThrow(Killed);
      expect((await sweep(killing(folder, { change: Infinity, when: 'after' }, look).store)).finished).toBe(true);
      expect(await keysIn(folder)).toEqual(keysOf(kept, ['run-4', 'run-5']));
    },
  );
}
