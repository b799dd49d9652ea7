import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Kube, WatchEvent } from './kube.ts';
import type { KubeObject, Lease } from './objects.ts';
import { resources } from './resources.ts';

/** A cluster to try an implementation on; the namespace exists and is empty. */
export interface Subject {
  readonly kube: Kube;
  readonly namespace: string;
  close?(): Promise<void>;
}

/** What every `Kube` promises, told on Secrets, Leases and Jobs so that any cluster will do. */
export function kubeContract(name: string, open: () => Promise<Subject>): void {
  describe(name, () => {
    let subject: Subject;
    beforeAll(async () => void (subject = await open()));
    afterAll(async () => {
      subject.kube.close();
      await subject.close?.();
    });

    const { secrets, leases, jobs } = resources;
    const aName = (): string => `c-${randomUUID().slice(0, 8)}`;
    const draft = (labels: Record<string, string> = {}, extra: object = {}) => ({
      metadata: { name: aName(), namespace: subject.namespace, labels, ...extra },
    });
    const keyOf = ({ metadata: { name, namespace } }: KubeObject) => ({ name, ...(namespace && { namespace }) });

    test('what was created can be read, with identity and version', async () => {
      const { created, object } = await subject.kube.create(secrets, { ...draft({ a: 'b' }), data: { k: 'dg==' } });
      expect(created).toBe(true);
      const read = await subject.kube.get(secrets, keyOf(object));
      expect(read).toMatchObject({
        apiVersion: 'v1',
        kind: 'Secret',
        data: { k: 'dg==' },
        metadata: { labels: { a: 'b' } },
      });
      expect(read?.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
      expect(read?.metadata.resourceVersion).toMatch(/./);
      expect(Date.parse(read?.metadata.creationTimestamp ?? '')).toBeGreaterThan(0);
    });

    test('creating twice gives the first object back', async () => {
      const first = await subject.kube.create(secrets, draft());
      const again = await subject.kube.create(secrets, { metadata: keyOf(first.object), data: { other: 'dg==' } });
      expect(again.created).toBe(false);
      expect(again.object.metadata.uid).toBe(first.object.metadata.uid);
      expect(again.object.data).toBeUndefined();
    });

    test('a missing object is undefined', async () => {
      expect(await subject.kube.get(secrets, { namespace: subject.namespace, name: 'nobody' })).toBeUndefined();
    });

    test('a kind that is not served has no objects', async () => {
      const unknown = { ...secrets, group: 'nowhere.example.com', plural: 'ghosts', kind: 'Ghost' };
      expect(await subject.kube.get(unknown, { namespace: subject.namespace, name: 'x' })).toBeUndefined();
      expect(await Array.fromAsync(subject.kube.list(unknown, { namespace: subject.namespace }))).toEqual([]);
      expect(await subject.kube.listPage(unknown, { namespace: subject.namespace })).toBe('unserved');
    });

    test('a listing goes through all pages and obeys the selector', async () => {
      const group = aName();
      for (let i = 0; i < 5; i++) await subject.kube.create(secrets, draft({ group, even: String(i % 2 === 0) }));
      const options = { namespace: subject.namespace, limit: 2 };
      const all = await Array.fromAsync(subject.kube.list(secrets, { ...options, labelSelector: `group=${group}` }));
      expect(new Set(all.map((each) => each.metadata.uid)).size).toBe(5);
      const labelSelector = `group=${group},even=true`;
      expect(await Array.fromAsync(subject.kube.list(secrets, { ...options, labelSelector }))).toHaveLength(3);
      const page = await subject.kube.listPage(secrets, { ...options, labelSelector: `group in (${group})` });
      expect(page).toMatchObject({
        items: [{}, {}],
        continueToken: expect.any(String),
        resourceVersion: expect.any(String),
      });
    });

    test('a listing obeys a field selector', async () => {
      const { object } = await subject.kube.create(secrets, draft());
      const fieldSelector = `metadata.name=${object.metadata.name}`;
      const found = await Array.fromAsync(subject.kube.list(secrets, { namespace: subject.namespace, fieldSelector }));
      expect(found.map((each) => each.metadata.uid)).toEqual([object.metadata.uid]);
    });

    test('a replacement of a stale object is a conflict, of a removed one it is gone', async () => {
      const { object } = await subject.kube.create(leases, { ...draft(), spec: { holderIdentity: 'a' } });
      const next: Lease = { ...object, spec: { ...object.spec, holderIdentity: 'b' } };
      expect(await subject.kube.replace(leases, next)).toMatchObject({ spec: { holderIdentity: 'b' } });
      expect(await subject.kube.replace(leases, next)).toBe('conflict');
      const secret = await subject.kube.create(secrets, draft());
      await subject.kube.remove(secrets, keyOf(secret.object), { propagation: 'Background' });
      expect(['gone', 'conflict']).toContain(await subject.kube.replace(secrets, secret.object));
    });

    test('the replacement of an object that was made anew meanwhile is a conflict', async () => {
      const { object } = await subject.kube.create(secrets, draft());
      await subject.kube.remove(secrets, keyOf(object), { propagation: 'Background' });
      await subject.kube.create(secrets, { metadata: keyOf(object) });
      expect(await subject.kube.replace(secrets, object)).toBe('conflict');
    });

    test('status is written apart from the rest, under the same conditions', async () => {
      const { object } = await subject.kube.create(jobs, { ...draft(), spec: aJobSpec });
      // Controllers write there too, so a conflict is no surprise.
      const write = async () => {
        const fresh = (await subject.kube.get(jobs, keyOf(object))) ?? object;
        const conditions = [...(fresh.status?.conditions ?? []), { type: 'Remark', status: 'True' }];
        const spec = { ...fresh.spec, activeDeadlineSeconds: 77 };
        return subject.kube.replaceStatus(jobs, { ...fresh, spec, status: { ...fresh.status, conditions } });
      };
      const remark = expect.objectContaining({ type: 'Remark' });
      await expect.poll(write).toMatchObject({ status: { conditions: expect.arrayContaining([remark]) } });
      expect((await subject.kube.get(jobs, keyOf(object)))?.spec.activeDeadlineSeconds).toBeUndefined();
      expect(await subject.kube.replaceStatus(jobs, object)).toBe('conflict');
      await subject.kube.remove(jobs, keyOf(object), { propagation: 'Background' });
    });

    test('a merge patch changes what it names and removes what it nulls', async () => {
      const { object } = await subject.kube.create(secrets, { ...draft({ a: '1', b: '2' }), data: { k: 'dg==' } });
      const patched = await subject.kube.mergePatch(secrets, keyOf(object), {
        metadata: { labels: { a: null, c: '3' } },
      });
      expect(patched).toMatchObject({ data: { k: 'dg==' } });
      expect(patched).toHaveProperty('metadata.labels', { b: '2', c: '3' });
      const { resourceVersion } = object.metadata;
      expect(await subject.kube.mergePatch(secrets, keyOf(object), { metadata: { resourceVersion } })).toBe('conflict');
      const nobody = { namespace: subject.namespace, name: 'nobody' };
      expect(await subject.kube.mergePatch(secrets, nobody, { metadata: { labels: {} } })).toBe('gone');
    });

    test('a removal with a UID spares a later object of the same name', async () => {
      const { object } = await subject.kube.create(secrets, draft());
      const key = keyOf(object);
      const other = { uid: randomUUID(), propagation: 'Background' } as const;
      expect(await subject.kube.remove(secrets, key, other)).toBe('replaced');
      const own = { uid: object.metadata.uid, propagation: 'Background' } as const;
      expect(await subject.kube.remove(secrets, key, own)).toBe('removed');
      expect(await subject.kube.remove(secrets, key, own)).toBe('absent');
    });

    test('an object with a finalizer stays, marked, until the finalizer leaves', async () => {
      const { object } = await subject.kube.create(secrets, draft({}, { finalizers: ['example.com/wait'] }));
      expect(await subject.kube.remove(secrets, keyOf(object), { propagation: 'Background' })).toBe('removed');
      const marked = await subject.kube.get(secrets, keyOf(object));
      expect(marked?.metadata.deletionTimestamp).toMatch(/Z$/);
      await subject.kube.mergePatch(secrets, keyOf(object), { metadata: { finalizers: null } });
      await expect.poll(() => subject.kube.get(secrets, keyOf(object))).toBeUndefined();
    });

    test('what an object owns goes with it', async () => {
      const { object: owner } = await subject.kube.create(secrets, draft());
      const { name, uid } = owner.metadata;
      const owned = draft({}, { ownerReferences: [{ apiVersion: 'v1', kind: 'Secret', name, uid }] });
      const { object } = await subject.kube.create(secrets, owned);
      await subject.kube.remove(secrets, keyOf(owner), { propagation: 'Background' });
      await expect.poll(() => subject.kube.get(secrets, keyOf(object)), { timeout: 30_000 }).toBeUndefined();
    }, 40_000);

    test('a watch from a listing sees every later change of the selection, in order', async () => {
      const group = aName();
      const selection = { namespace: subject.namespace, labelSelector: `group=${group}` };
      const page = await subject.kube.listPage(secrets, selection);
      if (typeof page === 'string') throw new Error(page);
      const stop = new AbortController();
      const watch = subject.kube.watch(secrets, { ...selection, resourceVersion: page.resourceVersion }, stop.signal);
      const { object } = await subject.kube.create(secrets, draft({ group }));
      await subject.kube.create(secrets, draft({ group: 'another' }));
      await subject.kube.mergePatch(secrets, keyOf(object), { metadata: { labels: { more: 'x' } } });
      await subject.kube.mergePatch(secrets, keyOf(object), { metadata: { labels: { group: 'another' } } });
      await subject.kube.mergePatch(secrets, keyOf(object), { metadata: { labels: { group } } });
      await subject.kube.remove(secrets, keyOf(object), { propagation: 'Background' });
      const seen = await take(watch, 5);
      stop.abort();
      expect(seen.map((event) => event.kind)).toEqual(['added', 'modified', 'deleted', 'added', 'deleted']);
      expect(seen.every((event) => 'object' in event && event.object.metadata.uid === object.metadata.uid)).toBe(true);
    });

    test('a watch ends at its time limit without an error', async () => {
      const page = await subject.kube.listPage(secrets, { namespace: subject.namespace });
      if (typeof page === 'string') throw new Error(page);
      const { resourceVersion } = page;
      const events = subject.kube.watch(secrets, { namespace: subject.namespace, resourceVersion, timeoutSeconds: 1 });
      for await (const event of events) expect(event.kind).toBe('bookmark');
    });

    test('a watch says that it is open, whether anything happens or not', async () => {
      const page = await subject.kube.listPage(secrets, { namespace: subject.namespace });
      if (typeof page === 'string') throw new Error(page);
      const stop = new AbortController();
      const opened = Promise.withResolvers<void>();
      const options = { labelSelector: `group=${aName()}`, onOpen: opened.resolve };
      const seen = Array.fromAsync(
        subject.kube.watch(secrets, { ...options, resourceVersion: page.resourceVersion }, stop.signal),
      );
      await opened.promise;
      stop.abort();
      await expect(seen).rejects.toHaveProperty('name', 'AbortError');
    });

    test('an aborted call ends with the abort', async () => {
      const call = subject.kube.get(secrets, { namespace: subject.namespace, name: 'x' }, AbortSignal.abort());
      await expect(call).rejects.toHaveProperty('name', 'AbortError');
    });

    test('the log of an unknown pod is undefined', async () => {
      const key = { namespace: subject.namespace, name: 'nobody' };
      expect(await subject.kube.podLog(key, { container: 'c' })).toBeUndefined();
    });
  });
}

const aJobSpec = {
  suspend: true,
  template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'example.com/none:1' }] } },
};

async function take<T>(events: AsyncIterable<WatchEvent<T>>, count: number): Promise<WatchEvent<T>[]> {
  const taken: WatchEvent<T>[] = [];
  for await (const event of events) {
    if (event.kind !== 'bookmark') taken.push(event);
    if (taken.length === count) break;
  }
  return taken;
}
