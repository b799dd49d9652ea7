import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { until } from '../until.ts';
import { ApiError, type ApiClient } from './kubelet/api-client.ts';

const root = resolve(fileURLToPath(new URL('.', import.meta.url)), '..', '..');
const definitionFolders = { product: 'deploy/crds', 'stand-ins': 'test/cluster/crds' } as const;
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

interface Definition {
  kind?: string;
  metadata: { name: string };
  spec: { group: string; names: { plural: string }; versions: { name: string; served: boolean }[] };
  status?: { conditions?: { type: string; status: string }[] };
}

/** Installs resource definitions, the product's and the stand-ins'; resolves when the server serves them. */
export async function installDefinitions(
  api: ApiClient,
  whose: readonly (keyof typeof definitionFolders)[] = ['product', 'stand-ins'],
): Promise<void> {
  const folders = whose.map((one) => join(root, definitionFolders[one]));
  const wanted = folders.flatMap(yamlFiles).flatMap(readDefinitions);
  await Promise.all(wanted.map((definition) => ensure(api, definitions, definition)));
  await Promise.all(wanted.map((definition) => untilServed(api, definition)));
}

/** Who makes volumes for the storage classes of a dev cluster. */
export const provisionerName = 'holdfast.dev/folder';

/** The storage classes our examples name: `standard` is the default one. */
export async function makeStorageClasses(api: ApiClient): Promise<void> {
  for (const [name, isDefault] of [
    ['standard', true],
    ['fast-ssd', false],
  ] as const) {
    await ensure(api, '/apis/storage.k8s.io/v1/storageclasses', storageClass(name, isDefault));
  }
}

function storageClass(name: string, isDefault: boolean): object {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name, ...(isDefault && { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } }) },
    provisioner: provisionerName,
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'WaitForFirstConsumer',
    allowVolumeExpansion: true,
  };
}

/** Makes a namespace, with the account that its pods run as; one that exists is fine. */
export async function makeNamespace(api: ApiClient, name: string): Promise<void> {
  await ensure(api, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const account = `/api/v1/namespaces/${name}/serviceaccounts/default`;
  await until(() => api.find(account), { saying: `ServiceAccount default of namespace ${name}`, everyMs: 20 });
}

/** Makes or replaces an Opaque Secret from plain text. */
export async function putSecret(
  api: ApiClient,
  namespace: string,
  name: string,
  entries: Record<string, string>,
): Promise<void> {
  const data = Object.fromEntries(
    Object.entries(entries).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  );
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  const secret = { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata: { name, namespace }, data };
  if (await api.find(`${path}/${name}`)) await api.patch(`${path}/${name}`, { data });
  else await api.create(path, secret);
}

/** Creates an object unless one of its name is there. */
export async function ensure(api: ApiClient, collection: string, object: unknown): Promise<void> {
  await api.create(collection, object).catch((error: unknown) => {
    if (!(error instanceof ApiError && error.status === 409)) throw error;
  });
}

function yamlFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

function readDefinitions(file: string): Definition[] {
  const documents = parseAllDocuments(readFileSync(file, 'utf8')).map(
    (document) => document.toJS() as Definition | null,
  );
  return documents.filter((document) => document?.kind === 'CustomResourceDefinition') as Definition[];
}

/** Established is not enough: the API server opens the storage of a kind a moment later, and until then answers 429. */
async function untilServed(api: ApiClient, { metadata: { name }, spec }: Definition): Promise<void> {
  const served = spec.versions.find((version) => version.served);
  if (!served) throw new Error(`definition ${name} serves no version`);
  const collection = `/apis/${spec.group}/${served.name}/${spec.names.plural}?limit=1`;
  const deadline = Date.now() + 15_000;
  for (;;) {
    const { status } = await api.get<Definition>(`${definitions}/${name}`);
    const established = status?.conditions?.some((each) => each.type === 'Established' && each.status === 'True');
    if (established && (await answers(api, collection))) return;
    if (Date.now() > deadline) throw new Error(`definition ${name} was not served within 15 s`);
    await sleep(20);
  }
}

async function answers(api: ApiClient, path: string): Promise<boolean> {
  return api.get(path).then(
    () => true,
    (error: unknown) => {
      if (error instanceof ApiError && [404, 429].includes(error.status)) return false;
      throw error;
    },
  );
}
