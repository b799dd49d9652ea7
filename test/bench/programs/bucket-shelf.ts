// The S3 server of the benches: it keeps names and sizes of objects, answers listings page by page, forgets what is removed, and costs little
// beside whoever is measured. A real server would spend more on a page than its reader does, so that the reader could not be seen.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createInterface } from 'node:readline';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { shelvedObjects, type ShelvedObject } from './shelved-objects.ts';

/** What the shelf is told on its standard input. */
export type ShelfWish = { readonly fill: number } | { readonly tell: true };

/** What it answers. */
export interface ShelfTold {
  readonly url: string;
  /** Objects that are there. */
  readonly objects: number;
  /** Requests of each kind since it was last told to fill. */
  readonly requests: { readonly list: number; readonly remove: number; readonly read: number };
}

let [objects, gone]: [readonly ShelvedObject[], Uint8Array] = [[], new Uint8Array()];
let numbers = new Map<string, number>();
let requests = { list: 0, remove: 0, read: 0 };
const mostOfPage = 1_000;

process.once('SIGTERM', () => process.exit());
const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1', () => tell());

for await (const line of createInterface({ input: process.stdin })) {
  const wish = JSON.parse(line) as ShelfWish;
  if ('fill' in wish) fill(wish.fill);
  tell();
}

function fill(count: number): void {
  if (objects.length !== count) {
    objects = shelvedObjects(count);
    numbers = new Map(objects.map(({ key }, number) => [key, number]));
  }
  gone = new Uint8Array(objects.length);
  requests = { list: 0, remove: 0, read: 0 };
}

function tell(): void {
  const { port } = server.address() as AddressInfo;
  const left = gone.reduce((sum, each) => sum + 1 - each, 0);
  const told: ShelfTold = { url: `http://127.0.0.1:${port}`, objects: left, requests };
  process.stdout.write(`${JSON.stringify(told)}\n`);
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://shelf');
  const sent = await text(request);
  const xml = (body: string) => void response.writeHead(200, { 'content-type': 'application/xml' }).end(body);
  const [, , ...steps] = pathname.split('/');
  const key = decodeURIComponent(steps.join('/'));
  if (request.method === 'POST' && searchParams.has('delete')) xml(remove(sent));
  else if (searchParams.has('versioning')) xml('<VersioningConfiguration/>');
  else if (searchParams.has('uploads')) xml('<ListMultipartUploadsResult/>');
  else if (key === '' && request.method === 'GET') xml(page(searchParams));
  else if (request.method === 'GET') read(key, response);
  else response.writeHead(request.method === 'HEAD' && key === '' ? 200 : 404).end();
}

function read(key: string, response: ServerResponse): void {
  requests.read += 1;
  const number = numbers.get(key);
  const object = number === undefined || gone[number] === 1 ? undefined : objects[number];
  const { body = '{}', modifiedAt } = object ?? {};
  const headers = { 'last-modified': modifiedAt?.toUTCString(), 'content-length': Buffer.byteLength(body) };
  if (object) response.writeHead(200, headers).end(body);
  else response.writeHead(404, { 'content-type': 'application/xml' }).end('<Error><Code>NoSuchKey</Code></Error>');
}

/** Keys are in their order, and the token of the next page is the number of its first. */
function page(query: URLSearchParams): string {
  requests.list += 1;
  const prefix = query.get('prefix') ?? '';
  const most = Math.min(Number(query.get('max-keys') ?? mostOfPage), mostOfPage);
  const isBelow = (at: number): boolean => objects[at]?.key.startsWith(prefix) === true;
  let number = Number(query.get('continuation-token') ?? firstNotBefore(prefix));
  let contents = '';
  let count = 0;
  for (; count < most && isBelow(number); number += 1) {
    if (gone[number] === 1) continue;
    contents += contentOf(objects[number] as ShelvedObject);
    count += 1;
  }
  const more = isBelow(number);
  const next = more ? `<NextContinuationToken>${number}</NextContinuationToken>` : '';
  const encoding = query.get('encoding-type') === 'url' ? '<EncodingType>url</EncodingType>' : '';
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>shelf</Name><Prefix>${prefix}</Prefix><KeyCount>${count}</KeyCount><MaxKeys>${most}</MaxKeys>${encoding}<IsTruncated>${more}</IsTruncated>${contents}${next}</ListBucketResult>`;
}

/** As AWS writes it; the names on the shelf need no encoding. */
function contentOf({ key, bytes, modifiedAt, etag }: ShelvedObject): string {
  return `<Contents><Key>${key}</Key><LastModified>${modifiedAt.toISOString()}</LastModified><ETag>&quot;${etag}&quot;</ETag><Size>${bytes}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
}

function firstNotBefore(prefix: string): number {
  let [low, high] = [0, objects.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((objects[middle]?.key ?? '') < prefix) low = middle + 1;
    else high = middle;
  }
  return low;
}

function remove(sent: string): string {
  requests.remove += 1;
  let told = '';
  for (const [, key = ''] of sent.matchAll(/<Key>([^<]*)<\/Key>/g)) {
    const number = numbers.get(key);
    if (number !== undefined) gone[number] = 1;
    told += `<Deleted><Key>${key}</Key></Deleted>`;
  }
  const quiet = sent.includes('<Quiet>true</Quiet>');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${quiet ? '' : told}</DeleteResult>`;
}
