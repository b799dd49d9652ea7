import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeAuthority } from '../../../test/cluster/certificates/authority.ts';
import { openClusterClock } from '../../../test/cluster/clock/clock.ts';
import { startTlsFront, type TlsFront } from '../../../test/cluster/proxy/tls-front.ts';
import { startAzure } from '../../../test/cluster/store/start-azure.ts';
import { startGcs, wantsGcs } from '../../../test/cluster/store/start-gcs.ts';
import { startStore } from '../../../test/cluster/store/start-store.ts';
import { failureOf } from './a-troubled-store.ts';
import { openAzure } from './azure/open-azure.ts';
import { content, mebibyte } from './contract/contents.ts';
import { identityOf } from './gcs/a-google-bucket.ts';
import { openGcs } from './gcs/open-gcs.ts';
import type { ObjectStore } from './object-store.ts';
import { openS3 } from './s3/open-s3.ts';

const authority = makeAuthority('our own');
const stranger = makeAuthority("somebody else's");
const bucket = 'backups';

type Open = (authorities: readonly string[] | undefined) => Promise<ObjectStore>;

/** A server without TLS, what opens it at an address with TLS, and how to end it. */
interface Started {
  readonly endpoint: string;
  readonly openAt: (url: string) => Open;
  stop(): Promise<void>;
}

type Place = Parameters<typeof startStore>[0];

async function s3(place: Place): Promise<Started> {
  const server = await startStore(place);
  await server.makeBucket(bucket);
  const { accessKeyId, secretAccessKey } = server;
  const identity = { accessKeyId, secretAccessKey };
  return {
    endpoint: server.endpoint,
    openAt: (endpointUrl) => (authorities) =>
      openS3({ bucket, endpointUrl, forcePathStyle: true, identity, authorities }),
    stop: () => server.stop(),
  };
}

async function azure(place: Place): Promise<Started> {
  const server = await startAzure(place);
  await server.makeContainer(bucket);
  const { account, accountKey } = server;
  const identity = { kind: 'accountKey', accountKey } as const;
  return {
    endpoint: server.endpoint,
    openAt: (endpointUrl) => (authorities) => openAzure({ bucket, account, endpointUrl, identity, authorities }),
    stop: () => server.stop(),
  };
}

async function google(place: Place): Promise<Started> {
  const server = await startGcs(place);
  await server.makeBucket(bucket);
  const identity = identityOf(server.account);
  return {
    endpoint: server.endpoint,
    openAt: (endpointUrl) => async (authorities) => openGcs({ bucket, endpointUrl, identity, authorities }),
    stop: () => server.stop(),
  };
}

const stores: [string, (place: Place) => Promise<Started>][] = [
  ['S3', s3],
  ['Azure', azure],
];
if (wantsGcs('certificates of a private authority')) stores.push(['Google', google]);

describe.each(stores)('a store of %s whose certificate no public authority signed', (_name, start) => {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-authority-'));
  let server: Started;
  let front: TlsFront;
  let open: Open;

  beforeAll(async () => {
    server = await start({ dir, clock: openClusterClock(join(dir, 'clock.json')) });
    front = await startTlsFront(server.endpoint, authority.issue());
    open = server.openAt(front.url);
  }, 900_000);
  afterAll(async () => {
    await front?.close();
    await server?.stop();
    rmSync(dir, { recursive: true });
  });

  async function refusal(authorities: readonly string[] | undefined): Promise<string> {
    const store = await open(authorities);
    const failure = await failureOf(() => store.probe());
    expect(failure).toMatchObject({ reason: 'CertificateNotTrusted', fate: 'terminal' });
    expect(failure.message).toContain(new URL(front.url).host);
    return failure.message;
  }

  test('is trusted by the client that was given its authority, and by no other one beside it', async () => {
    const store = await open([stranger.pem, authority.pem]);
    const body = Buffer.alloc(9 * mebibyte, 'holdfast');
    await store.probe();
    expect((await store.create('large', body)).created).toBe(true);
    expect(body.equals((await content(store, 'large')) ?? Buffer.alloc(0))).toBe(true);
    expect(await refusal(undefined)).toContain('caSecret');
    expect(await refusal([stranger.pem])).toContain('caSecret');
    expect((await store.removeMany(['large'])).map(({ error }) => error)).toEqual([undefined]);
  });

  test.each([
    ['that has expired', () => authority.issue({ to: new Date(Date.now() - 60_000) }), 'out of date'],
    ['that is not valid yet', () => authority.issue({ from: new Date(Date.now() + 3_600_000) }), 'not valid yet'],
    ['for another name', () => authority.issue({ address: '192.0.2.1' }), 'for another name'],
    ['of an authority that has expired', () => expired.issue(), 'out of date'],
  ])('is refused with a certificate %s, whoever signed it', async (_what, issue, words) => {
    front.show(issue());
    expect(await refusal([authority.pem, expired.pem])).toContain(words);
  });

  test('is trusted by whoever knows only the lower of two authorities, or only the upper one', async () => {
    const below = authority.below('for stores');
    front.show(below.issue());
    await (await open([below.pem])).probe();
    await (await open([authority.pem])).probe();
  });

  test('does not cost the client the public authorities', async () => {
    const usual = getCACertificates('default');
    front.show(stranger.issue());
    setDefaultCACertificates([...usual, stranger.pem]);
    try {
      await (await open([authority.pem])).probe();
    } finally {
      setDefaultCACertificates(usual);
    }
    await refusal([authority.pem]);
  });
});

const expired = makeAuthority('of old', {
  from: new Date(Date.now() - 7_200_000),
  to: new Date(Date.now() - 3_600_000),
});
