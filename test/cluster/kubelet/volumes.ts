import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ApiError, type ApiClient, type KubeObject } from './api-client.ts';
import { fieldOf, NotYet, type PodFacts, type ValueSource } from './environment.ts';
import type { DownwardItem, KeyToPath, Pod, Volume } from './pod-types.ts';

/** What volumes need of their surroundings. */
export interface VolumeRoom {
  readonly api: ApiClient;
  readonly source: ValueSource;
  /** Folder of this pod; what lives in it goes with the pod. */
  readonly podDir: string;
  /** Folder under which claims persist, as `<namespace>/<claim>`. */
  readonly claimsDir: string;
}

/** Makes every volume of the pod and answers their folders by volume name; throws `NotYet` while one is not available. */
export async function prepareVolumes(pod: Pod, facts: PodFacts, room: VolumeRoom): Promise<Map<string, string>> {
  const folders = new Map<string, string>();
  for (const volume of pod.spec.volumes ?? []) folders.set(volume.name, await prepareVolume(volume, pod, facts, room));
  return folders;
}

async function prepareVolume(volume: Volume, pod: Pod, facts: PodFacts, room: VolumeRoom): Promise<string> {
  const namespace = pod.metadata.namespace ?? 'default';
  const folder = join(room.podDir, 'volumes', volume.name);
  if (volume.hostPath) return volume.hostPath.path;
  if (volume.persistentVolumeClaim) return claimFolder(namespace, volume.persistentVolumeClaim.claimName, room);
  if (volume.ephemeral) return ephemeralFolder(volume.name, volume.ephemeral.volumeClaimTemplate, pod, room);
  mkdirSync(folder, { recursive: true });
  if (volume.emptyDir) return folder;
  if (volume.secret) {
    const { secretName, items, optional = false } = volume.secret;
    writeEntries(folder, need('secret', secretName, optional, await room.source.secret(namespace, secretName)), items);
    return folder;
  }
  if (volume.configMap) {
    const { name, items, optional = false } = volume.configMap;
    writeEntries(folder, need('configmap', name, optional, await room.source.configMap(namespace, name)), items);
    return folder;
  }
  if (volume.downwardAPI) {
    writeDownward(folder, volume.downwardAPI.items, pod, facts);
    return folder;
  }
  if (volume.projected) {
    for (const part of volume.projected.sources) await project(part, folder, pod, facts, room);
    return folder;
  }
  throw new NotYet('CreateContainerConfigError', `volume "${volume.name}" is of a kind this node does not know`);
}

type ProjectedSource = NonNullable<Volume['projected']>['sources'][number];

async function project(
  part: ProjectedSource,
  folder: string,
  pod: Pod,
  facts: PodFacts,
  room: VolumeRoom,
): Promise<void> {
  const namespace = pod.metadata.namespace ?? 'default';
  if (part.secret) {
    const { name, items, optional = false } = part.secret;
    writeEntries(folder, need('secret', name, optional, await room.source.secret(namespace, name)), items);
  }
  if (part.configMap) {
    const { name, items, optional = false } = part.configMap;
    writeEntries(folder, need('configmap', name, optional, await room.source.configMap(namespace, name)), items);
  }
  if (part.downwardAPI) writeDownward(folder, part.downwardAPI.items, pod, facts);
  if (part.serviceAccountToken) {
    const { path, audience, expirationSeconds = 3600 } = part.serviceAccountToken;
    const account = pod.spec.serviceAccountName ?? 'default';
    writeEntry(
      folder,
      path,
      Buffer.from(await requestToken(room.api, namespace, account, audience, expirationSeconds)),
    );
  }
}

/** The embedded API server issues no tokens (404); such a pod gets a text that says so instead of a token. */
async function requestToken(
  api: ApiClient,
  namespace: string,
  account: string,
  audience: string | undefined,
  expirationSeconds: number,
): Promise<string> {
  const spec = { audiences: audience ? [audience] : [], expirationSeconds };
  try {
    const made = await api.create<{ status: { token: string } }>(
      `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
      { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec },
    );
    return made.status.token;
  } catch (error) {
    if (error instanceof ApiError && [404, 405, 501].includes(error.status)) return 'this-cluster-issues-no-tokens';
    throw error;
  }
}

interface Claim extends KubeObject {
  status?: { phase?: string };
}

async function claimFolder(namespace: string, name: string, room: VolumeRoom): Promise<string> {
  const claim = await room.api.find<Claim>(`/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`);
  if (!claim) throw new NotYet('ContainerCreating', `persistentvolumeclaim "${name}" not found`);
  if (claim.status?.phase !== 'Bound')
    throw new NotYet('ContainerCreating', `persistentvolumeclaim "${name}" is not bound`);
  const folder = join(room.claimsDir, namespace, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** A generic ephemeral volume is a claim `<pod>-<volume>` owned by its pod; made here where no controller makes it. */
async function ephemeralFolder(
  volumeName: string,
  template: { metadata?: object; spec: object },
  pod: Pod,
  room: VolumeRoom,
): Promise<string> {
  const namespace = pod.metadata.namespace ?? 'default';
  const name = `${pod.metadata.name}-${volumeName}`;
  const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
  if (!(await room.api.find<Claim>(`${path}/${name}`))) {
    const owner = { apiVersion: 'v1', kind: 'Pod', name: pod.metadata.name, uid: pod.metadata.uid, controller: true };
    await room.api.create(path, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { ...template.metadata, name, namespace, ownerReferences: [owner] },
      spec: template.spec,
    });
  }
  return claimFolder(namespace, name, room);
}

function need(
  kind: string,
  name: string,
  optional: boolean,
  entries: Record<string, Buffer> | undefined,
): Record<string, Buffer> {
  if (!entries && !optional)
    throw new NotYet('ContainerCreating', `MountVolume.SetUp failed: ${kind} "${name}" not found`);
  return entries ?? {};
}

function writeEntries(folder: string, entries: Record<string, Buffer>, items: readonly KeyToPath[] | undefined): void {
  const chosen = items ?? Object.keys(entries).map((key) => ({ key, path: key }));
  for (const { key, path } of chosen) {
    const value = entries[key];
    if (!value) throw new NotYet('ContainerCreating', `MountVolume.SetUp failed: references non-existent key: ${key}`);
    writeEntry(folder, path, value);
  }
}

function writeDownward(folder: string, items: readonly DownwardItem[] = [], pod: Pod, facts: PodFacts): void {
  for (const { path, fieldRef } of items) {
    if (fieldRef) writeEntry(folder, path, Buffer.from(fieldOf(pod, fieldRef.fieldPath, facts)));
  }
}

function writeEntry(folder: string, path: string, value: Buffer): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, value, { mode: 0o640 });
}
