import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { ClusterClock } from '../clock/clock.ts';
import { actBefore, Faults, proxied, type FaultAction } from '../proxy/faults.ts';
import { ask, forward, forwardBody, readAll } from '../proxy/forward.ts';
import { KeyLocks } from './key-locks.ts';
import { refuse } from './signature.ts';
import { StoreEvents } from './store-events.ts';
import type { Dialect, StoreRequest } from './store-request.ts';
import { shiftTimes, WriteTimes } from './write-times.ts';

export interface StoreProxyOptions {
  /** Answers `http://host:port` of the server; asked with each request, so that a server may be started by the first. */
  readonly target: () => Promise<string>;
  readonly dialect: Dialect;
  readonly clock: ClusterClock;
  /** File for the diary of requests. */
  readonly eventFile: string;
  /** Whoever signs with other keys is refused. Left out: the server behind checks for itself. */
  readonly keys?: { accessKeyId: string; secretAccessKey: string };
  /** Does the server behind know conditional writes? If not they are done here. */
  readonly conditionalWrites: 'here' | 'behind';
  /** Largest body of one PUT that the server behind takes. */
  readonly mostPutBytes?: number;
  /**
   * Which time requests are signed at. Clients follow the Date header of what they were answered, and a server that looks at the time of
   * signatures refuses any that is not its own. Default the cluster's.
   */
  readonly signedBy?: "the cluster's clock" | 'its own clock';
  /** What the server behind does not do and the service it stands for does. */
  readonly gaps?: ServerGaps;
}

/** What a proxy does in place of the server behind it. */
export interface ServerGaps {
  /** An answer that is given without asking the server. */
  answerInstead(
    request: IncomingMessage,
  ): Promise<{ readonly status: number; readonly headers: Record<string, string>; readonly body: string } | undefined>;
  /** Told of every answer of the server. */
  answered(asked: StoreRequest, request: IncomingMessage, answer: IncomingMessage): void;
}

/** A proxy before a store's server that gives it the cluster's clock, conditional writes, a diary and faults. */
export interface StoreProxy {
  readonly url: string;
  readonly port: number;
  readonly faults: Faults;
  readonly events: StoreEvents;
  close(): Promise<void>;
}

/** Listens on loopback and forwards, streaming both ways. */
export async function startStoreProxy(options: StoreProxyOptions): Promise<StoreProxy> {
  const desk = new StoreDesk(options);
  const server = createServer((request, response) => {
    desk.serve(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502, { 'content-type': 'text/plain' }).end(`store proxy: ${String(error)}`);
    });
  });
  server.keepAliveTimeout = 0; // closed by who opened it, or a busy client's next request meets the end of an idle connection
  server.requestTimeout = 0; // a slow upload of hundreds of megabytes is fine
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    faults: desk.faults,
    events: desk.events,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      await desk.events.close();
    },
  };
}

class StoreDesk {
  readonly faults = new Faults();
  readonly events: StoreEvents;
  readonly #options: StoreProxyOptions;
  readonly #times = new WriteTimes();
  readonly #locks = new KeyLocks();

  constructor(options: StoreProxyOptions) {
    this.#options = options;
    this.events = new StoreEvents(options.eventFile);
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = this.#options.dialect.parse(request);
    const fault = this.faults.take(proxied(request));
    response.once('finish', () => this.#note(asked, [asked.key], request, response.statusCode));
    if (await actBefore(fault, request, response)) return;
    const refusal = this.#options.keys && refuse(request, this.#options.keys);
    if (refusal) return fail(request, response, 403, refusal.code, refusal.message);
    const instead = await this.#options.gaps?.answerInstead(request);
    if (instead) {
      request.resume();
      response.writeHead(instead.status, instead.headers).end(instead.body);
      return;
    }
    const most = this.#options.mostPutBytes ?? Infinity;
    if (asked.method === 'PUT' && Number(request.headers['content-length'] ?? 0) > most) {
      return fail(
        request,
        response,
        400,
        'EntityTooLarge',
        `this dev store takes at most ${most} bytes in one PUT; send parts`,
      );
    }
    if (!['put', 'copy', 'complete'].includes(asked.operation)) return this.#pass(asked, request, response, fault);
    const unlock = await this.#locks.take(`${asked.bucket}/${asked.key}`);
    try {
      await this.#write(asked, request, response, fault);
    } finally {
      unlock();
    }
  }

  async #write(
    asked: StoreRequest,
    request: IncomingMessage,
    response: ServerResponse,
    fault?: FaultAction,
  ): Promise<void> {
    if (!asked.createOnly || this.#options.conditionalWrites === 'behind')
      return this.#pass(asked, request, response, fault);
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    if ((await ask(await this.#options.target(), path)) === 200) {
      return fail(
        request,
        response,
        412,
        'PreconditionFailed',
        'At least one of the pre-conditions you specified did not hold',
      );
    }
    delete request.headers['if-none-match'];
    await this.#pass(asked, request, response, fault);
  }

  async #pass(
    asked: StoreRequest,
    request: IncomingMessage,
    response: ServerResponse,
    fault?: FaultAction,
  ): Promise<void> {
    const { clock, signedBy } = this.#options;
    const target = await this.#options.target();
    const body = asked.removesMany ? await readAll(request) : undefined;
    const answer = body
      ? await forwardBody(request, target, request.headers, body)
      : await forward(request, target, request.headers);
    const status = answer.statusCode ?? 502;
    if (status < 300) this.#remember(asked, body?.toString('utf8'), request, status);
    this.#options.gaps?.answered(asked, request, answer);
    if (fault?.kind === 'cutAfter') {
      answer.resume();
      request.socket.destroy();
      this.#note(asked, [asked.key], request, status);
      return;
    }
    const headers: IncomingHttpHeaders = { ...answer.headers };
    if (signedBy !== 'its own clock') headers.date = clock.now().toUTCString();
    const modified = headers['last-modified'];
    if (modified) headers['last-modified'] = this.#times.shiftHeader(asked.bucket, asked.key, modified);
    if (this.#hasTimesInBody(asked, answer)) {
      const text = Buffer.from(this.#shift(asked, (await readAll(answer)).toString('utf8')));
      delete headers['transfer-encoding'];
      response.writeHead(status, { ...headers, 'content-length': text.length }).end(text);
      return;
    }
    response.writeHead(status, headers);
    if (fault?.kind === 'truncate') return truncate(answer, response, fault.bytes);
    await pipeline(answer, response);
  }

  /** Listings and the answers to copies and new uploads are small documents with times or ids in them; JSON describes objects everywhere. */
  #hasTimesInBody(asked: StoreRequest, answer: IncomingMessage): boolean {
    const type = answer.headers['content-type'] ?? '';
    if (this.#options.dialect.answers === 'json') return type.includes('json') && asked.operation !== 'read';
    return type.includes('xml') && ['list', 'copy', 'startUpload'].includes(asked.operation);
  }

  #shift(asked: StoreRequest, xml: string): string {
    if (this.#options.dialect.answers === 'json') return this.#times.shiftJson(asked.bucket, xml);
    if (asked.operation === 'list') return this.#times.shiftListing(asked.bucket, xml);
    const [, started] = /<UploadId>([^<]+)<\/UploadId>/.exec(xml) ?? [];
    if (started) this.#times.uploadStarted(started, this.#options.clock.offsetMs());
    return shiftTimes(xml, this.#options.clock.offsetMs());
  }

  #remember(asked: StoreRequest, body: string | undefined, request: IncomingMessage, status: number): void {
    const { bucket, key, operation, query } = asked;
    if (['put', 'copy', 'complete'].includes(operation))
      this.#times.written(bucket, key, this.#options.clock.offsetMs());
    if (operation === 'complete' || operation === 'abortUpload') this.#times.uploadEnded(query.get('uploadId') ?? '');
    if (operation !== 'remove') return;
    const keys = body === undefined ? [key] : this.#options.dialect.keysToRemove(body);
    for (const each of keys) this.#times.removed(bucket, each);
    if (body !== undefined) this.#note(asked, keys, request, status);
  }

  /** DeleteObjects is noted once per key, when its keys are known; the request itself is not noted again. */
  #note(
    { removesMany, ...asked }: StoreRequest,
    keys: readonly string[],
    request: IncomingMessage,
    status: number,
  ): void {
    if (removesMany && keys[0] === '' && status < 300) return;
    const length = Number(request.headers['x-amz-decoded-content-length'] ?? request.headers['content-length']);
    const sized = ['put', 'uploadPart'].includes(asked.operation) && Number.isFinite(length);
    for (const key of keys) {
      this.events.add({
        at: this.#options.clock.now().toISOString(),
        operation: asked.operation,
        method: asked.method,
        bucket: asked.bucket,
        key,
        status,
        ...(sized && { bytes: length }),
      });
    }
  }
}

function fail(request: IncomingMessage, response: ServerResponse, status: number, code: string, message: string): void {
  request.resume(); // the client is still sending
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  response.writeHead(status, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(xml) });
  response.end(request.method === 'HEAD' ? undefined : xml);
}

async function truncate(answer: IncomingMessage, response: ServerResponse, bytes: number): Promise<void> {
  let left = bytes;
  for await (const chunk of answer) {
    await new Promise((sent) => response.write((chunk as Buffer).subarray(0, left), sent));
    left -= (chunk as Buffer).length;
    if (left <= 0) break;
  }
  answer.destroy();
  response.socket?.destroy();
}
