import http, { Agent, request as send, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { pipeline } from 'node:stream';

/**
 * Connections to servers behind our proxies. The stores close those that nobody uses after some seconds, at the very moment perhaps when a busy
 * machine sends the next request on one; so each request has its own.
 */
const agent = new Agent({ keepAlive: false, maxSockets: 256 });
const secureAgent = new https.Agent({ keepAlive: true, maxSockets: 256 });

/**
 * Sends a request on to `target` (`http://host:port`, or `https:` with the server's authority `ca`), streaming its body, and answers the
 * response's head. The Host header is kept: signatures cover it. `headers` replaces what the client sent.
 */
export function forward(
  request: IncomingMessage,
  target: string,
  headers: IncomingHttpHeaders,
  ca?: string,
): Promise<IncomingMessage> {
  const { hostname, port, protocol } = new URL(target);
  const sent = { hostname, port, method: request.method, path: request.url, headers };
  return new Promise((resolve, reject) => {
    const upstream =
      protocol === 'https:'
        ? https.request({ ...sent, agent: secureAgent, ca }, resolve)
        : http.request({ ...sent, agent }, resolve);
    upstream.once('error', reject);
    request.once('aborted', () => upstream.destroy());
    pipeline(request, upstream, () => {}); // its error reaches us as the upstream's
  });
}

/** As `forward`, with a body that was read already. */
export function forwardBody(
  request: IncomingMessage,
  target: string,
  headers: IncomingHttpHeaders,
  body: Buffer,
): Promise<IncomingMessage> {
  const { hostname, port } = new URL(target);
  return new Promise((resolve, reject) => {
    const upstream = send({ hostname, port, method: request.method, path: request.url, headers, agent }, resolve);
    upstream.once('error', reject);
    upstream.end(body);
  });
}

/** A HEAD (or GET) of our own; the body is dropped. Answers the status. */
export function ask(target: string, path: string, headers: IncomingHttpHeaders = {}, method = 'HEAD'): Promise<number> {
  const { hostname, port } = new URL(target);
  return new Promise((resolve, reject) => {
    const asked = send({ hostname, port, method, path, headers, agent }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
    });
    asked.once('error', reject);
    asked.end();
  });
}

/** Reads a body that is known to be small. */
export async function readAll(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}
