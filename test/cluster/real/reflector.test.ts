import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openKube, resources, type Kube } from '@holdfast/kube';
import { builtModule } from '../../go-build.ts';
import { until } from '../../until.ts';
import { openClusterClock, type ClusterClock } from '../clock/clock.ts';
import { writeKubeconfig } from '../kubeconfig.ts';
import { ApiClient } from '../kubelet/api-client.ts';
import { startFaultProxy, type FaultProxy } from '../proxy/fault-proxy.ts';
import type { ProxiedRequest } from '../proxy/faults.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { follow, type Follower, type FollowOptions, type Kind } from './follower.ts';
import { kubernetes } from './kubernetes.ts';
import { openWriter, type Writer } from './writer.ts';

const ready = builtModule(kubernetes) !== undefined;
/** The API server keeps `cached` in memory as it does with nearly everything, and asks etcd for `uncached` each time. */
const [cached, uncached] = [resources.leases, resources.secrets];

/** The server said that the version is too old, and nothing else made the reflector list: five errors in a row would, too. */
const listedAgainOnce = { expirations: 1, lists: 2 };

describe.skipIf(!ready)('a reflector before a real API server', { concurrent: false }, () => {
  let dir: string;
  let clock: ClusterClock;
  let plane: ControlPlane;
  let admin: ApiClient;
  let proxy: FaultProxy;
  let kube: Kube;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'holdfast-reflector-'));
    mkdirSync(join(dir, 'logs'));
    clock = openClusterClock(join(dir, 'clock.json'));
    const env = { HOLDFAST_CLOCK_FILE: clock.file };
    plane = await startControlPlane({ dir: join(dir, 'plane'), logs: join(dir, 'logs'), env, uncached: ['secrets'] });
    admin = new ApiClient(plane.access);
    proxy = await startFaultProxy(plane.access);
    writeKubeconfig(join(dir, 'kubeconfig'), { ...plane.access, url: proxy.url });
    kube = await openKube({ kubeconfig: join(dir, 'kubeconfig') });
  });
  afterAll(async () => {
    kube?.close();
    admin?.close();
    await proxy?.close();
    await plane?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  let over: AbortController;
  beforeEach(() => void (over = new AbortController()));
  afterEach(async () => {
    over.abort();
    proxy.faults.clear();
    await proxy.reconnect();
  });

  const start = async (
    kind: Kind,
    namespace: string,
    how: Partial<FollowOptions> = {},
    through = kube,
  ): Promise<{ writer: Writer; follower: Follower }> => {
    const writer = await openWriter(admin, kind, namespace);
    for (const name of ['stays', 'changes', 'goes']) await writer.put(name, 'first');
    const follower = follow(through, { kind, namespace, signal: over.signal, ...how });
    await follower.picture.synced;
    return { writer, follower };
  };

  /** Both pictures, the one that is kept and the one that was told, are the server's. */
  async function agrees(follower: Follower, writer: Writer): Promise<void> {
    const truth = await writer.truth();
    const kept = () =>
      [...follower.picture.entries()].map(([key, v]) => `${key.slice(writer.namespace.length + 1)}=${v}`).toSorted();
    await expect.poll(kept, { timeout: 60_000 }).toEqual(truth);
    expect(follower.toldState()).toEqual(truth);
    expect(follower.contradictions).toEqual([]);
  }

  test('bookmarks arrive, and the next watch goes on from the version that they bring', async () => {
    const { writer, follower } = await start(cached, 'bookmarks', { watchSeconds: 5 });
    const elsewhere = await openWriter(admin, cached, 'elsewhere'); // of the same kind, and not of the selection
    const [listed = ''] = await until(() => follower.watchedFrom.length > 0 && follower.watchedFrom);
    await elsewhere.churn(12);
    const isLater = (version: string) => Number(version) > Number(listed);
    await until(() => follower.bookmarks.some(isLater), { saying: 'a bookmark from behind the changes elsewhere' });
    const newest = follower.bookmarks.findLast(isLater) ?? '';
    await until(() => follower.watchedFrom.some((version) => Number(version) >= Number(newest)), {
      saying: 'a watch from there',
    });
    expect(follower.picture.stats.lists).toBe(1);
    await writer.put('changes', 'second');
    await agrees(follower, writer);
    expect(follower.picture.stats.lists).toBe(1);
  });

  test('what etcd has forgotten is listed again, and removals that nobody told are found by difference', async () => {
    const follower = await behindItsBack(uncached, 'forgotten', () => plane.compact());
    expect({ expirations: follower.expirations(), ...follower.picture.stats }).toMatchObject(listedAgainOnce);
  });

  test('a listing whose next page etcd has forgotten begins anew, and makes nothing look removed', async () => {
    let forget = 0;
    const after = async () => {
      if (forget-- <= 0) return;
      await writer.put('changes', `again-${forget}`);
      await plane.compact();
    };
    const writer = await openWriter(admin, uncached, 'pages');
    const { follower } = await start(uncached, 'pages', { pages: { limit: 2, after } });
    forget = 2;
    await follower.picture.relist();
    expect(follower.removals).toEqual([]);
    expect(follower.picture.stats.errors).toBeGreaterThan(0);
    await agrees(follower, writer);
  });

  test('an API server that is killed and comes back, and after it etcd, loses no change', async () => {
    const followers = [await start(cached, 'killed-cached'), await start(uncached, 'killed-uncached')];
    const churns = followers.map(({ writer }) => writer.churn(150));
    await plane.kill('kube-apiserver');
    await plane.start('kube-apiserver');
    await plane.kill('etcd');
    await plane.start('etcd');
    await Promise.all(churns);
    for (const { follower, writer } of followers) await agrees(follower, writer);
  });

  test('an API server that comes back without the versions that were asked from it is listed again', async () => {
    const follower = await behindItsBack(cached, 'young-cache', async () => {
      await plane.compact();
      await plane.kill('kube-apiserver');
      await plane.start('kube-apiserver');
      await until(takesWatches, { saying: 'an API server that takes watches' }); // ready, it may still refuse them
    });
    expect({ expirations: follower.expirations(), ...follower.picture.stats }).toMatchObject(listedAgainOnce);
  });

  test('connections that are cut, slow, silent or torn in the middle of an event lose no change', async () => {
    const { writer, follower } = await start(cached, 'torn', { silenceMs: 1_500 });
    const churn = writer.churn(300);
    for (const act of [
      () => proxy.dropWatches(),
      () => proxy.faults.next(2, { kind: 'truncate', bytes: 700 }, isWatch),
      () => proxy.faults.next(2, { kind: 'latency', ms: 300 }, isWatch),
      () => proxy.faults.next(1, { kind: 'cutAfter' }, isWatch),
      () => proxy.disconnect().then(() => proxy.reconnect()),
    ]) {
      const before = follower.watchedFrom.length;
      await act();
      proxy.dropWatches();
      await until(() => follower.watchedFrom.length > before, { saying: 'another watch' });
    }
    const speakAgain = proxy.silenceWatches(isWatch);
    const before = follower.watchedFrom.length;
    await until(() => follower.watchedFrom.length > before, { saying: 'the end of the silent watch' });
    speakAgain();
    await churn;
    await agrees(follower, writer);
  });

  test('a token that has run out is replaced by the one that its file holds by then, without a restart', async () => {
    const namespace = 'tenant';
    const writer = await openWriter(admin, cached, namespace);
    const file = join(dir, 'token');
    const give = async () => {
      writeFileSync(`${file}.new`, `${await boundToken(namespace)}\n`);
      renameSync(`${file}.new`, file); // a kubelet changes it in one step, too
    };
    await give();
    writeKubeconfig(join(dir, 'kubeconfig.tenant'), { url: proxy.url, tokenFile: file });
    const own = await openKube({ kubeconfig: join(dir, 'kubeconfig.tenant') });
    const { follower } = await start(cached, namespace, {}, own);
    const refused = () => proxy.count(({ status, path }) => status === 401 && path.includes(`/${namespace}/`));
    expect(refused()).toBe(0);

    clock.advance(11 * 60_000); // longer than the token lives
    const isOurs = isOf(namespace);
    // For a moment the API server believes what it has just looked up.
    await until(() => proxy.dropWatches(isOurs) >= 0 && refused() > 0, { everyMs: 500, saying: 'a refused token' });
    await writer.put('changes', 'second');
    await writer.remove('goes');
    await give();
    await agrees(follower, writer);
    await writer.put('changes', 'third');
    await agrees(follower, writer);
    own.close();
  });

  const takesWatches = () =>
    admin.text('/apis/coordination.k8s.io/v1/leases?watch=true&resourceVersion=0&timeoutSeconds=1').then(
      () => true,
      () => false,
    );

  /** While nobody watches something comes, something changes and something goes, and then `forget` happens. */
  async function behindItsBack(kind: Kind, namespace: string, forget: () => Promise<void>): Promise<Follower> {
    let gate = Promise.resolve();
    const { writer, follower } = await start(kind, namespace, { beforeWatch: () => gate });
    await until(() => follower.watchedFrom.length > 0, { saying: 'a watch' });
    const { promise, resolve: open } = Promise.withResolvers<void>();
    gate = promise;
    // Not the one of an earlier test, which the proxy may still hold.
    await until(() => proxy.dropWatches(isOf(namespace)) > 0, { saying: 'the end of that watch' });
    await writer.put('comes', 'first');
    await writer.put('changes', 'second');
    await writer.remove('goes');
    await forget();
    open();
    await agrees(follower, writer);
    expect(follower.toldState()).toEqual(['changes=second', 'comes=first', 'stays=first']);
    return follower;
  }

  /** A token of ten minutes, the shortest there is, for an account that may follow Leases of its namespace. */
  async function boundToken(namespace: string): Promise<string> {
    const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
    const name = 'follower';
    const rules = [{ apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['list', 'watch'] }];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name };
    const subjects = [{ kind: 'ServiceAccount', name: 'default', namespace }];
    await admin.find(`${rbac}/roles/${name}`).then(async (there) => {
      if (there) return;
      await admin.create(`${rbac}/roles`, { metadata: { name }, rules });
      await admin.create(`${rbac}/rolebindings`, { metadata: { name }, roleRef, subjects });
    });
    const account = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
    const { status } = await admin.create<{ status: { token: string } }>(`${account}/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 600 },
    });
    return status.token;
  }
});

function isOf(namespace: string): (request: ProxiedRequest) => boolean {
  return ({ path }) => path.includes(`/${namespace}/`);
}

function isWatch({ query }: ProxiedRequest): boolean {
  return query.has('watch');
}
