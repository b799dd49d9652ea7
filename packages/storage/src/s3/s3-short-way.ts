import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SignatureV4 } from '@smithy/signature-v4';

/** The operations that are worth it: their pages, batches, documents and looks are many. */
export type Shortened = 'ListObjectsV2' | 'DeleteObjects' | 'GetObject' | 'HeadObject';

export interface Change {
  /** Another object, where the way was learnt with the key of one. */
  readonly key?: string;
  /** Replaces these parameters of the query; undefined takes one away. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
}

/**
 * Makes a request again that the SDK has made once: the same place, headers, connections and signature, without the layers between. The SDK
 * spends several times as much on a page of a listing, most of it on its XML. Whatever is unusual, an error above all, gives no answer here, and
 * whoever asked goes the long way: so errors, redirections and retries are the SDK's own, and this may never be wrong, only of no use.
 */
export interface ShortWay {
  /**
   * Lets the way of a command be learnt while the SDK goes it.
   * @param key of the object that it asks for, if it asks for one
   */
  learn(operation: Shortened, command: Learning, key?: string): void;
  /**
   * What `read` finds in the body of a successful answer; undefined where the long way has to be gone.
   * @param read undefined for a body that it does not know: the server writes in its own way, and is not asked so again
   */
  ask<T>(
    operation: Shortened,
    change: Change,
    options: {
      read: (body: Buffer, headers: Readonly<Record<string, string>>) => T | undefined;
      /** A larger answer is left to the long way. */
      mostBytes?: number;
      signal: AbortSignal | undefined;
    },
  ): Promise<T | undefined>;
}

/** The part of a command that learning needs. */
export interface Learning {
  readonly middlewareStack: {
    add(
      middleware: <A extends { request: unknown }, R>(next: (args: A) => Promise<R>) => (args: A) => Promise<R>,
      options: { step: 'deserialize'; priority: 'low'; name: string },
    ): void;
  };
}

/** @param Signer the SDK's own; loaded by whoever loads the SDK */
export function shortWay(client: S3Client, Signer: typeof SignatureV4): ShortWay {
  const known = new Map<Shortened, Made>();
  const foreign = new Set<Shortened>();
  return {
    learn: (operation, command, key) =>
      command.middlewareStack.add(
        (next) => async (args) => {
          const result = await next(args);
          const made = madeBy(args.request, { client, Signer, key });
          if (made && !foreign.has(operation)) known.set(operation, made);
          return result;
        },
        { step: 'deserialize', priority: 'low', name: 'holdfastShortWay' },
      ),
    async ask(operation, change, { read, mostBytes, signal }) {
      const made = known.get(operation);
      if (!made) return undefined;
      signal?.throwIfAborted();
      const answer = await again(client, made, { change, mostBytes, signal }).catch(() => undefined); // the long way tells the trouble
      signal?.throwIfAborted();
      const value = answer && read(answer.body, answer.headers);
      if (value === undefined) known.delete(operation); // what was learnt may be of another region
      if (answer && value === undefined) foreign.add(operation);
      return value;
    },
  };
}

/** How the SDK made a request, after all redirections. Without a key of its own: the path ends where that began. */
interface Made {
  readonly request: Request;
  readonly signer: SignatureV4;
}

interface Request {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: Record<string, string>;
}

/** A request that is signed in the usual way of S3; undefined for any other. The region is that of its signature. */
function madeBy(
  request: unknown,
  { client, Signer, key = '' }: { client: S3Client; Signer: typeof SignatureV4; key: string | undefined },
): Made | undefined {
  if (!isRequest(request) || !request.path.endsWith(pathOf(key))) return undefined;
  const region = /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/([^/]+)\/s3\/aws4_request,/.exec(
    request.headers['authorization'] ?? '',
  )?.[1];
  const checksums = Object.keys(request.headers).filter((name) => /^x-amz-checksum-(?!mode)|^content-md5$/.test(name));
  if (region === undefined || checksums.some((name) => !(name in checksumsOf))) return undefined;
  const { credentials, sha256 } = client.config;
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !ofOneRequest.test(name)));
  return {
    request: { ...request, path: request.path.slice(0, request.path.length - pathOf(key).length), headers },
    signer: new Signer({ service: 's3', region, credentials, sha256, uriEscapePath: false, applyChecksum: true }),
  };
}

/** A key as the SDK writes it in a path. */
function pathOf(key: string): string {
  const escaped = (step: string): string =>
    encodeURIComponent(step).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  return key.split('/').map(escaped).join('/');
}

/** Headers that speak of one request alone; the signer and the checksums make them anew. */
const ofOneRequest = /^(authorization|x-amz-date|x-amz-security-token|x-amz-content-sha256|amz-sdk-.*)$/;

const checksumsOf: Readonly<Record<string, (body: string) => string>> = {
  'x-amz-checksum-crc32': crc32Of,
  'x-amz-checksum-sha256': (body) => createHash('sha256').update(body).digest('base64'),
  'content-md5': (body) => createHash('md5').update(body).digest('base64'),
};

/** As S3 writes it in its headers. */
export function crc32Of(body: string | Buffer): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return bytes.toString('base64');
}

async function again(
  client: S3Client,
  { request, signer }: Made,
  {
    change: { key = '', query = {}, body },
    mostBytes = Infinity,
    signal,
  }: { change: Change; mostBytes: number | undefined; signal: AbortSignal | undefined },
): Promise<{ body: Buffer; headers: Record<string, string> } | undefined> {
  const asked = Object.entries({ ...request.query, ...query }).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  const headers = { ...request.headers };
  if (body !== undefined) {
    headers['content-length'] = String(Buffer.byteLength(body));
    for (const [name, sumOf] of Object.entries(checksumsOf)) if (name in headers) headers[name] = sumOf(body);
  }
  const path = request.path + pathOf(key);
  const clone = { ...request, path, query: Object.fromEntries(asked), headers, ...(body !== undefined && { body }) };
  const signingDate = new Date(Date.now() + client.config.systemClockOffset);
  const signed = await signer.sign(clone as Parameters<SignatureV4['sign']>[0], { signingDate });
  const { response } = await client.config.requestHandler.handle(
    signed as Parameters<S3Client['config']['requestHandler']['handle']>[0],
    signal ? { abortSignal: signal } : {},
  );
  const stream = response.body as Readable;
  const tooLarge = mostBytes < Infinity && !(Number(response.headers['content-length']) <= mostBytes);
  if (response.statusCode !== 200 || tooLarge) {
    stream.destroy();
    return undefined;
  }
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return { body: Buffer.concat(pieces), headers: response.headers };
}

function isRequest(request: unknown): request is Request {
  if (typeof request !== 'object' || request === null) return false;
  const { method, protocol, hostname, path, query, headers } = request as Record<string, unknown>;
  return (
    [method, protocol, hostname, path].every((each) => typeof each === 'string') &&
    [query, headers].every((each) => typeof each === 'object' && each !== null)
  );
}
