import { resources, type Kube, type KubeObject, type ResourceType, type WatchEvent } from '@holdfast/kube';
import type { Neo4jBackup } from '@holdfast/types';

/**
 * An API server that costs nothing but the JSON: backups are kept as text, as they come over the wire, and everything else is swallowed.
 * What is then measured is the watcher alone.
 */
export function pretendedKube(backups: readonly Neo4jBackup[]): Kube {
  const stored = new Map(backups.map((backup) => [keyOf(backup.metadata), JSON.stringify(backup)]));
  const events: WatchEvent<KubeObject>[] = [];
  let version = 1;
  let wake = Promise.withResolvers<void>();
  const isBackups = (type: ResourceType) => type.plural === resources.backups.plural;
  const parsed = <T>(text: string | undefined) => (text === undefined ? undefined : (JSON.parse(text) as T));

  return {
    get: async (type, key) => (isBackups(type) ? parsed(stored.get(keyOf(key))) : undefined),
    async *list() {},
    async listPage<T extends KubeObject>(type: ResourceType<T>, options: { continueToken?: string } = {}) {
      const all = isBackups(type) ? [...stored.values()] : [];
      const start = Number(options.continueToken ?? 0);
      const items = all.slice(start, start + 500).map((text) => JSON.parse(text) as T);
      const more = start + 500 < all.length ? { continueToken: String(start + 500) } : {};
      return { items, resourceVersion: String(version), ...more };
    },
    create: async <T extends KubeObject>(_type: ResourceType<T>, draft: object) => ({
      created: true,
      object: draft as T,
    }),
    replace: async () => 'gone',
    async replaceStatus<T extends KubeObject>(_type: ResourceType<T>, object: T) {
      const key = keyOf(object.metadata);
      const before = parsed<KubeObject>(stored.get(key));
      if (!before) return 'gone';
      if (before.metadata.resourceVersion !== object.metadata.resourceVersion) return 'conflict';
      version += 1;
      const resourceVersion = String(version);
      const text = JSON.stringify({ ...object, metadata: { ...object.metadata, resourceVersion } });
      stored.set(key, text);
      events.push({ kind: 'modified', object: JSON.parse(text) as KubeObject, resourceVersion });
      wake.resolve();
      wake = Promise.withResolvers();
      return JSON.parse(text) as T;
    },
    mergePatch: async () => 'gone',
    remove: async () => 'absent',
    async *watch<T extends KubeObject>(type: ResourceType<T>) {
      for (;;) {
        while (isBackups(type) && events.length > 0) yield* events.splice(0) as WatchEvent<T>[];
        await wake.promise;
      }
    },
    podLog: async () => undefined,
    close: () => undefined,
  };
}

function keyOf({ namespace, name }: { namespace?: string; name: string }): string {
  return `${namespace}/${name}`;
}
