import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../until.ts';
import { makeNamespace } from '../furnish.ts';
import { ApiError, type ApiClient, type KubeObject } from '../kubelet/api-client.ts';
import type { Kind } from './follower.ts';

/** Makes, changes and removes objects of a kind in a namespace of its own, straight at the API server. */
export interface Writer {
  readonly namespace: string;
  put(name: string, v: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** So many changes, one after the other, on a dozen names; each is tried until the API server has taken it. */
  churn(changes: number): Promise<void>;
  /** What is there, as `name=v`, sorted. */
  truth(): Promise<string[]>;
}

/** A writer in a fresh namespace. */
export async function openWriter(client: ApiClient, kind: Kind, namespace: string): Promise<Writer> {
  await makeNamespace(client, namespace);
  const group = kind.group === '' ? '/api/v1' : `/apis/${kind.group}/${kind.version}`;
  const collection = `${group}/namespaces/${namespace}/${kind.plural}`;
  const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;

  async function put(name: string, v: string): Promise<void> {
    const labels = { v };
    try {
      await client.create(collection, { apiVersion, kind: kind.kind, metadata: { name, labels } });
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409)) throw error;
      await client.patch(`${collection}/${name}`, { metadata: { labels } });
    }
  }

  async function remove(name: string): Promise<void> {
    await client.delete(`${collection}/${name}`).catch((error: unknown) => {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    });
  }

  return {
    namespace,
    put,
    remove,
    async churn(changes) {
      for (let i = 0; i < changes; i += 1) {
        const name = `o${(i * 7) % 12}`;
        const change = () => (i % 3 === 2 ? remove(name) : put(name, String(i)));
        // While it is away it takes nothing; what a cut connection leaves in doubt is done again.
        await until(() => change().then(() => true), { saying: `change ${i}`, everyMs: 100, withinMs: 90_000 });
        if (i % 10 === 0) await sleep(1); // whoever listens gets its turn
      }
    },
    async truth() {
      const { items } = await client.get<{ items: KubeObject[] }>(collection);
      return items.map(({ metadata }) => `${metadata.name}=${metadata.labels?.['v'] ?? ''}`).toSorted();
    },
  };
}
