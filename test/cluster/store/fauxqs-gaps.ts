/** The part of fauxqs's object store that we look into. */
export interface FauxqsStore {
  persistence: object | undefined;
  readonly buckets: Map<string, Map<string, FauxqsObject>>;
  readonly multipartUploads: Map<string, { uploadId: string; bucket: string; key: string; initiated: Date }>;
  listObjects(bucket: string, options?: ListOptions): Listing;
}

interface FauxqsObject {
  readonly key: string;
}

interface ListOptions {
  readonly prefix?: string;
  readonly delimiter?: string;
  readonly maxKeys?: number;
  readonly startAfter?: string;
  readonly marker?: string;
}

interface Listing {
  objects: FauxqsObject[];
  commonPrefixes: string[];
  isTruncated: boolean;
}

/**
 * S3 lists in the order of UTF-8 bytes. fauxqs sorts by the machine's language but compares page ends by code unit, so
 * that a listing of several pages can leave out keys: fatal for anything that reads listings. This puts it right.
 */
export function correctListing(store: FauxqsStore): FauxqsStore {
  const original = store.listObjects.bind(store);
  store.listObjects = (bucket, options = {}) => {
    const objects = store.buckets.get(bucket);
    return objects ? page([...objects.values()], options) : original(bucket, options); // its own error for no bucket
  };
  return store;
}

/** One page of a listing; a page that is cut ends with an object, for fauxqs makes its token from the last one. */
export function page(all: readonly FauxqsObject[], options: ListOptions): Listing {
  const { prefix = '', delimiter, maxKeys = 1000 } = options;
  const after = options.startAfter ?? options.marker ?? '';
  const entries = new Map<string, FauxqsObject | undefined>();
  for (const object of all) {
    if (!object.key.startsWith(prefix)) continue;
    const cut = delimiter ? object.key.indexOf(delimiter, prefix.length) : -1;
    const entry = cut >= 0 ? object.key.slice(0, cut + (delimiter ?? '').length) : object.key;
    if (!after || byBytes(entry, after) > 0) entries.set(entry, cut >= 0 ? undefined : object);
  }
  const sorted = [...entries].sort(([a], [b]) => byBytes(a, b));
  let count = Math.min(maxKeys, sorted.length);
  const isTruncated = count < sorted.length;
  if (isTruncated) {
    const lastObject = sorted.slice(0, count).findLastIndex(([, object]) => object);
    if (lastObject >= 0) count = lastObject + 1;
  }
  const taken = sorted.slice(0, count);
  return {
    objects: taken.flatMap(([, object]) => (object ? [object] : [])),
    commonPrefixes: taken.flatMap(([entry, object]) => (object ? [] : [entry])),
    isTruncated,
  };
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

interface GapRequest {
  readonly method: string;
  readonly url: string;
}

interface GapReply {
  code(status: number): GapReply;
  header(name: string, value: string): GapReply;
  send(body: string): unknown;
}

/** Subresources fauxqs does not know: it would answer with the bucket's listing or the object. */
const unknown = new Set(
  `acl cors encryption location object-lock policy replication retention legal-hold tagging
   versioning versions website notification ownershipControls publicAccessBlock restore select`.split(/\s+/),
);

/** Answers what fauxqs would answer wrongly: lists uploads, says which bucket features are off, refuses the rest. */
export function answerGaps(store: FauxqsStore) {
  return async (request: GapRequest, reply: GapReply): Promise<unknown> => {
    const url = new URL(request.url, 'http://store');
    const [bucket = '', ...rest] = url.pathname.slice(1).split('/');
    const onBucket = rest.join('') === '';
    const asked = [...url.searchParams.keys()].find((name) => unknown.has(name) || (name === 'uploads' && onBucket));
    if (!asked) return undefined;
    const answer = (status: number, xml: string) =>
      reply
        .code(status)
        .header('content-type', 'application/xml')
        .send(`<?xml version="1.0" encoding="UTF-8"?>\n${xml}`);
    if (!store.buckets.has(bucket)) return answer(404, failure('NoSuchBucket', 'The specified bucket does not exist'));
    if (request.method === 'GET' && onBucket) {
      if (asked === 'uploads') return answer(200, uploadsOf(store, bucket, url.searchParams.get('prefix') ?? ''));
      if (asked === 'versioning') return answer(200, '<VersioningConfiguration/>');
      if (asked === 'location') return answer(200, '<LocationConstraint/>');
      if (asked === 'object-lock') {
        return answer(
          404,
          failure('ObjectLockConfigurationNotFoundError', 'Object Lock configuration does not exist for this bucket'),
        );
      }
    }
    return answer(501, failure('NotImplemented', `this store does not implement ?${asked}`));
  };
}

function uploadsOf(store: FauxqsStore, bucket: string, prefix: string): string {
  const uploads = [...store.multipartUploads.values()]
    .filter((upload) => upload.bucket === bucket && upload.key.startsWith(prefix))
    .sort((a, b) => byBytes(a.key, b.key))
    .map(({ key, uploadId, initiated }) => {
      const fields = `<Key>${escapeXml(key)}</Key><UploadId>${uploadId}</UploadId><Initiated>${initiated.toISOString()}</Initiated>`;
      return `<Upload>${fields}<StorageClass>STANDARD</StorageClass></Upload>`;
    });
  return `<ListMultipartUploadsResult><Bucket>${bucket}</Bucket><Prefix>${escapeXml(prefix)}</Prefix><IsTruncated>false</IsTruncated>${uploads.join('')}</ListMultipartUploadsResult>`;
}

function failure(code: string, message: string): string {
  return `<Error><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
