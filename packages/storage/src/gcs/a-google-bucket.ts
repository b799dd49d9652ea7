import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { openClusterClock } from '../../../../test/cluster/clock/clock.ts';
import { startGcs, type GcsStore } from '../../../../test/cluster/store/start-gcs.ts';
import type { ObjectStore } from '../object-store.ts';
import type { GcsConfig } from './gcs-client.ts';
import { openGcs } from './open-gcs.ts';

/** For tests: a server that speaks the JSON API, and fresh buckets of it. */
export interface GoogleBuckets {
  readonly server: GcsStore;
  /** Name of the bucket that was opened last. */
  readonly bucket: string;
  /** Opens a bucket of its own that tries each request once. */
  open(config?: Partial<GcsConfig>, options?: { versions?: boolean }): Promise<ObjectStore>;
}

/** Starts the server before the tests of a file and stops it after them; its faults end with each test. */
export function openBuckets(): GoogleBuckets {
  let dir: string;
  let server: GcsStore;
  let buckets = 0;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'holdfast-gcs-'));
    server = await startGcs({ dir, clock: openClusterClock(join(dir, 'clock.json')) });
  }, 900_000);
  afterEach(() => server.faults.clear());
  afterAll(async () => {
    await server?.stop();
    rmSync(dir, { recursive: true });
  });
  return {
    get server() {
      return server;
    },
    get bucket() {
      return `bucket-${buckets}`;
    },
    async open(config = {}, options = {}) {
      buckets += 1;
      await server.makeBucket(this.bucket, options);
      const identity = identityOf(server.account);
      return openGcs({ bucket: this.bucket, endpointUrl: server.endpoint, identity, requestAttempts: 1, ...config });
    },
  };
}

/** Who may come in with the key of this account. */
export function identityOf({ client_email: clientEmail, private_key: privateKey }: GcsStore['account']) {
  return { kind: 'serviceAccount', clientEmail, privateKey } as const;
}
