import { packTar, type TarEntry } from 'modern-tar';
import { anonymous, digestOf, type Layer } from './layer.ts';

/** What a container of the image starts as. */
export interface ImageStart {
  readonly entrypoint: readonly string[];
  /** Numeric, so that Kubernetes can see that it is not root. */
  readonly user: string;
  readonly env: readonly string[];
}

export interface Image {
  /** Such as `holdfast/watcher`. */
  readonly name: string;
  readonly version: string;
  readonly title: string;
  readonly start: ImageStart;
  readonly layers: readonly Layer[];
}

interface Archive {
  readonly bytes: Uint8Array;
  /** Of the image's manifest: what `name@sha256:…` means. */
  readonly digest: string;
}

const types = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

/** Words of images for this machine's processor. */
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** The image as one file: `archiveOfAll` of one. */
export async function archiveOf(image: Image, processor: string = process.arch): Promise<Archive> {
  const { bytes, digests } = await archiveOfAll([image], processor);
  const [digest = ''] = digests;
  return { bytes, digest };
}

/**
 * Images as one file that `ctr image import` and `docker load` read: an OCI layout, and beside it the older `manifest.json`. A layer that
 * several of them share is in it once.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 * @returns the file, and the digests of the images' manifests in the order of the images
 */
export async function archiveOfAll(
  images: readonly Image[],
  processor: string = process.arch,
): Promise<{ readonly bytes: Uint8Array; readonly digests: readonly string[] }> {
  const parts = images.map((image) => partsOf(image, processor));
  const index = { schemaVersion: 2, mediaType: types.index, manifests: parts.map(({ entry }) => entry) };
  const blobs = parts.flatMap((each) => each.blobs.map((blob) => [pathOf(blob), blob.bytes] as const));
  const bytes = await packTar([
    entry('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
    entry('index.json', json(index)),
    entry('manifest.json', json(parts.map(({ legacy }) => legacy))),
    ...[...new Map(blobs)].toSorted(([one], [other]) => (one < other ? -1 : 1)).map((each) => entry(...each)),
  ]);
  return { bytes, digests: parts.map(({ digest }) => digest) };
}

/** What an archive says of one image, and what of it lies in the archive. */
function partsOf(image: Image, processor: string) {
  const config = blob(types.config, configOf(image, processor));
  const layers = image.layers.map(({ digest, stored }) => ({ type: types.layer, digest, bytes: stored }));
  const manifest = blob(types.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: descriptor(config),
    layers: layers.map(descriptor),
  });
  return {
    digest: manifest.digest,
    blobs: [config, manifest, ...layers],
    entry: {
      ...descriptor(manifest),
      platform: { architecture: architectureOf(processor), os: 'linux' },
      annotations: {
        'io.containerd.image.name': `docker.io/${image.name}:${image.version}`, // how container runtimes spell a name without a host
        'org.opencontainers.image.ref.name': image.version,
      },
    },
    legacy: {
      Config: pathOf(config),
      RepoTags: [`${image.name}:${image.version}`],
      Layers: layers.map(pathOf),
    },
  };
}

interface Blob {
  readonly type: string;
  readonly digest: string;
  readonly bytes: Uint8Array;
}

function configOf({ title, version, start, layers }: Image, processor: string): unknown {
  return {
    created: '1970-01-01T00:00:00Z',
    architecture: architectureOf(processor),
    os: 'linux',
    config: {
      User: start.user,
      Env: start.env,
      Entrypoint: start.entrypoint,
      WorkingDir: '/',
      Labels: {
        'org.opencontainers.image.licenses': 'Apache-2.0',
        'org.opencontainers.image.title': title,
        'org.opencontainers.image.version': version,
      },
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(() => ({ created: '1970-01-01T00:00:00Z', created_by: 'npm run images' })),
  };
}

function architectureOf(processor: string): string {
  const found = architectures[processor];
  if (found === undefined)
    throw new Error(`images are made for x64 and arm64, and this machine is ${processor}; use one of those`);
  return found;
}

function blob(type: string, content: unknown): Blob {
  const bytes = json(content);
  return { type, digest: digestOf(bytes), bytes };
}

function descriptor({ type, digest, bytes }: Blob): { mediaType: string; digest: string; size: number } {
  return { mediaType: type, digest, size: bytes.byteLength };
}

function pathOf({ digest }: Blob): string {
  return `blobs/${digest.replace(':', '/')}`;
}

function json(content: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(content));
}

function entry(name: string, body: Uint8Array): TarEntry {
  return { header: { ...anonymous, name, mode: 0o644, type: 'file', size: body.byteLength }, body };
}
