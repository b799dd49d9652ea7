import type { Lack, Lacks } from './features.ts';

/** Words for what the contract asks of a store, in the order of the table. */
export const operations = [
  'writing',
  'creating once',
  'reading',
  'naming',
  'listing',
  'listing many',
  'copying',
  'archiving',
  'removing',
  'refusing',
  'stopping',
  'probing',
  'below a folder',
  'with wrong keys',
  'where nobody made a bucket',
] as const;

export type Operation = (typeof operations)[number];

/** A store that the contract is played on, for the table of `docs/stores-tested.md`. */
export interface TestedStore {
  /** What it is, and what it is looked at for. */
  readonly what: string;
  /** The test that plays it, from the repository's root. */
  readonly file: string;
  readonly lacks?: Lacks;
  /** Operations that cannot be asked of it, and why. */
  readonly without?: { readonly [O in Operation]?: string };
  /** Operations that a further look at a store plays: those that its setting has to do with. */
  readonly plays?: readonly Operation[];
}

const noKeys = {
  'with wrong keys': 'nobody shows keys there',
  'where nobody made a bucket': 'there are no buckets',
} as const;

const notProven = /'unknown' to be 'proven'/;
const noClassTold = /expects to receive a string, but got undefined/;
const wasRead = /'it was read'/;

const noArchive = { why: 'it has one class, and copies go there', seen: noClassTold } as const;
const readsAtOnce = { why: 'what was archived is read at once', seen: wasRead } as const;
const noSleep = { archive: noArchive, sleep: readsAtOnce } as const;
const noProofs = (why: string): { readonly [F in 'ownProof' | 'ownProofOfParts' | 'ownProofOfCopies']: Lack } => ({
  ownProof: { why, seen: notProven },
  ownProofOfParts: { why, seen: notProven },
  ownProofOfCopies: { why, seen: notProven },
});
const noneSent = noProofs('without them none is sent, so none is kept');
const unconditionalCopies = (server: string): Lack => ({
  why: `${server} takes no condition on a copy: two copies to one key at the same moment are both made; one that looks first sees the other`,
});
const checksums: readonly Operation[] = ['writing', 'creating once', 'copying', 'removing'];
const versions: readonly Operation[] = [
  'creating once',
  'reading',
  'copying',
  'archiving',
  'removing',
  'below a folder',
];
const files = {
  fauxqs: 'packages/storage/src/s3/open-s3.test.ts',
  minio: 'test/cluster/store/s3-on-minio.test.ts',
  versitygw: 'test/cluster/store/s3-on-versitygw.test.ts',
  moto: 'test/cluster/store/s3-on-moto.test.ts',
  gcs: 'packages/storage/src/gcs/open-gcs.test.ts',
} as const;

const fauxqs = {
  ...noSleep,
  longSteps: { why: 'its objects are files, whose names have at most 255 bytes', seen: /\(500\)/ },
  ownProofOfCopies: { why: 'it keeps no checksum of an upload whose parts were copied', seen: notProven },
} as const;
const minio = {
  ...noSleep,
  longSteps: { why: 'its objects are folders, whose names have at most 255 bytes', seen: /\(400\)/ },
  keyAbove: { why: 'it takes such objects, and does not list them', seen: /expected \[ 'run' \] to deeply equal/ },
  ownProofOfCopies: { why: 'it makes no checksum of a part that it copies', seen: notProven },
  copyOnce: unconditionalCopies('MinIO'),
} as const;
const versitygw = {
  ...noSleep,
  longSteps: { why: 'its objects are files, whose names have at most 255 bytes', seen: /ExistingObjectIsDirectory/ },
  keyAbove: { why: 'its objects are files, and no file is a folder', seen: /ObjectParentIsFile/ },
  ownProofOfCopies: { why: 'it makes no checksum of a part that it copies', seen: notProven },
  copyOnce: unconditionalCopies('versitygw'),
  removeTogether: {
    why: 'of two that remove a key with versions at the same moment one may be told of an internal error; asked again, the key is gone',
  },
} as const;
const motoParts = 'it tells the checksum of an upload in parts without the number of its parts';
const moto = {
  ownProofOfParts: { why: motoParts, seen: notProven },
  ownProofOfCopies: { why: motoParts, seen: notProven },
  copyOnce: unconditionalCopies('moto'),
  createOnce: {
    why: 'moto looks whether a key is free and writes in the next moment: of two writers that meet just there both may win, and the last one stays',
  },
} as const;
const fakeGcs = {
  archive: { why: 'the service has the class ARCHIVE; this server forgets it', seen: noClassTold },
  sleep: { why: 'its class ARCHIVE is read at once, at a price', seen: wasRead },
  ...noProofs('it keeps MD5 and CRC32C, and a manifest says SHA-256'),
  copyOnce: {
    why: 'the service decides by itself; here our proxy looks for this server, and two copies that meet just there are both made',
  },
} as const;

/** Every store that the contract is played on: eight, and further looks at some of them. A contract that is not on it does not compile. */
export const testedStores = {
  memory: {
    what: 'a map, for tests',
    file: 'packages/storage/src/memory/open-memory.test.ts',
    lacks: noSleep,
    without: noKeys,
  },
  'a directory': {
    what: 'a folder, as a mounted claim is one',
    file: 'packages/storage/src/directory/open-directory.test.ts',
    lacks: {
      ...noSleep,
      ...noProofs('a file system keeps no checksums that it would tell'),
      longSteps: { why: 'the names of files have at most 255 bytes', seen: /ENAMETOOLONG/ },
      keyAbove: { why: 'no file is a folder', seen: /ENOTDIR/ },
    },
    without: noKeys,
  },
  fauxqs: { what: 'S3 in Node, of the quickstart, behind our proxy', file: files.fauxqs, lacks: fauxqs },
  MinIO: { what: 'S3, built from its module', file: files.minio, lacks: minio },
  versitygw: { what: 'S3 before a file system, built from its module', file: files.versitygw, lacks: versitygw },
  moto: { what: 'S3 with storage classes, from PyPI', file: files.moto, lacks: moto },
  'fake-gcs-server': {
    what: 'the JSON API of Google Cloud Storage, built from its module, behind our proxy',
    file: files.gcs,
    lacks: fakeGcs,
  },
  Azurite: {
    what: "Azure Blob Storage, Microsoft's own emulator, behind our proxy",
    file: 'packages/storage/src/azure/open-azure.test.ts',
    lacks: noProofs('it keeps MD5, and a manifest says SHA-256'),
  },
  'a store with every wrapper': {
    what: 'memory, retried, limited and measured',
    file: 'packages/storage/src/wrappers/wrappers.test.ts',
    lacks: noSleep,
    without: noKeys,
    plays: operations.filter((operation) => !(operation in noKeys)),
  },
  'fauxqs without the newer checksums': {
    what: '`checksumMode: WhenRequired`',
    file: files.fauxqs,
    lacks: { ...fauxqs, ...noneSent },
    plays: checksums,
  },
  'MinIO without the newer checksums': {
    what: '`checksumMode: WhenRequired`',
    file: files.minio,
    lacks: { ...minio, ...noneSent },
    plays: checksums,
  },
  'MinIO with versions': { what: 'a bucket with versions', file: files.minio, lacks: minio, plays: versions },
  'versitygw without the newer checksums': {
    what: '`checksumMode: WhenRequired`',
    file: files.versitygw,
    lacks: { ...versitygw, ...noneSent },
    plays: checksums,
  },
  'versitygw with versions': {
    what: 'a bucket with versions',
    file: files.versitygw,
    lacks: versitygw,
    plays: versions,
  },
  'moto without the newer checksums': {
    what: '`checksumMode: WhenRequired`',
    file: files.moto,
    lacks: { ...moto, ...noneSent },
    plays: checksums,
  },
  'moto with versions': { what: 'a bucket with versions', file: files.moto, lacks: moto, plays: versions },
  'fake-gcs-server with versions': {
    what: 'a bucket with versions',
    file: files.gcs,
    lacks: fakeGcs,
    plays: versions,
  },
} as const satisfies Readonly<Record<string, TestedStore>>;

export type StoreName = keyof typeof testedStores;

/** What a tested store lacks, as one type for all of them. */
export function storeNamed(name: StoreName): TestedStore {
  return testedStores[name];
}
