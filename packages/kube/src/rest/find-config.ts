import { access, readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { delimiter, dirname, join, resolve } from 'node:path';
import { BackupError } from '@holdfast/types';
import {
  newClusters,
  newContexts,
  newUsers,
  type Cluster,
  type User,
} from '@kubernetes/client-node/dist/config_types.js';

/** Which API server, and as whom. */
export interface KubeConfig {
  readonly cluster: Cluster;
  readonly user?: User;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The kubeconfig at `path`; without a path the pod's own ServiceAccount; outside a pod the files of `KUBECONFIG`, else
 * `~/.kube/config`. What is named and cannot be used is an error, never a reason to take the next.
 */
export async function findConfig(path: string | undefined, env: Env): Promise<KubeConfig> {
  if (path) return readConfigs([resolve(path)]);
  const host = env['KUBERNETES_SERVICE_HOST'];
  if (host && (await exists(`${accountFolder}/token`))) return ofThePod(host, env['KUBERNETES_SERVICE_PORT'] ?? '443');
  const named = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  return readConfigs(named.length > 0 ? named : [join(env['HOME'] ?? '/', '.kube', 'config')]);
}

const accountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

function ofThePod(host: string, port: string): KubeConfig {
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  return {
    cluster: { name: 'pod', server, caFile: `${accountFolder}/ca.crt`, skipTLSVerify: false },
    user: { name: 'pod', authProvider: { name: 'tokenFile', config: { tokenFile: `${accountFolder}/token` } } },
  };
}

/** Several files count as one; of entries with the same name the first counts, as in kubectl. */
async function readConfigs(paths: readonly string[]): Promise<KubeConfig> {
  const documents = await Promise.all(paths.map((path) => readDocument(path)));
  const place = paths.join(', ');
  const current =
    documents.map((each) => each['current-context']).find((name) => typeof name === 'string' && name !== '') ?? '';
  const contexts = documents.flatMap((each) => newContexts(each['contexts'], skipInvalid));
  const context = contexts.find((each) => each.name === current);
  if (!context) throw unusable(`${place} has no context "${current as string}"; set current-context to one it has`);
  const cluster = documents
    .flatMap((each) => newClusters(each['clusters'], skipInvalid))
    .find((each) => each.name === context.cluster);
  if (!cluster) throw unusable(`${place} has no usable cluster "${context.cluster}"; add it with its server address`);
  const user = documents
    .flatMap((each) => newUsers(withTokenFiles(each['users']), skipInvalid))
    .find((each) => each.name === context.user);
  return user ? { cluster, user } : { cluster };
}

const skipInvalid = { onInvalidEntry: 'filter' } as const;

async function readDocument(path: string): Promise<Record<string, unknown>> {
  // Loaded only here: inside a pod there is no YAML to read.
  const { parse } = await import('yaml');
  try {
    const document: unknown = parse(await readFile(path, 'utf8'));
    if (!isRecord(document)) throw new Error('it is not a mapping');
    return withAbsolutePaths(document, dirname(resolve(path)));
  } catch (cause) {
    throw unusable(`the kubeconfig ${path} cannot be read; name a readable one`, cause);
  }
}

const pathFields = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile'];

/** Paths in a kubeconfig are relative to its own folder. */
function withAbsolutePaths(document: Record<string, unknown>, folder: string): Record<string, unknown> {
  for (const entry of [...listOf(document['clusters']), ...listOf(document['users'])]) {
    for (const body of [entry['cluster'], entry['user']].filter(isRecord)) {
      for (const field of pathFields) {
        const path = body[field];
        if (typeof path === 'string' && path !== '') body[field] = resolve(folder, path);
      }
    }
  }
  return document;
}

/** The library knows `tokenFile` as an auth provider only, and would read `token-file` just once. */
function withTokenFiles(users: unknown): unknown {
  return listOf(users).map((entry) => {
    const user = isRecord(entry['user']) ? entry['user'] : {};
    if (!user['tokenFile'] || user['token']) return entry;
    const provider = { name: 'tokenFile', config: { tokenFile: user['tokenFile'] } };
    return { ...entry, user: { ...user, 'auth-provider': provider } };
  });
}

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unusable(message: string, cause?: unknown): BackupError {
  return new BackupError('ApiDenied', 'terminal', message, { cause });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
